"""Sentences through the real model to real processes."""

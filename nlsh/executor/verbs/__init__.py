"""The core verbs, a module for each part of the system."""

"""Measures nlsh on this machine: `python -m tests.bench` prints the figures as JSON, and a table beside it."""

"""Carries out a plan: selectors to processes, operations on them, reports, jobs, rules and undo."""

"""Judges acts and keeps the record: policy, grants, permits, the audit log."""

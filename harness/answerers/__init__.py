"""Candidates under test: whatever answers a question."""

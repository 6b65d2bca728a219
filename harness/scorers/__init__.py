"""Metrics over one answer."""

"""Runs on disk: JSON lines, one header and then one record a line; readable at any moment, whatever was killed.

Lines are ASCII-escaped, so that lone surrogates survive, and never hold NaN. They are flushed to the operating system
one by one. Paid answers that are not scored yet lie in `<candidate>.part`, one a line, before they are scored.
"""

from __future__ import annotations

from harness.store.files import CasesWriter, read_cases, write_cases, write_json, write_text
from harness.store.journal import Entry, Journal, writing
from harness.store.reading import Lines, file_digest, in_order, is_run, read, read_folder, run_paths, selected

__all__ = [
    "CasesWriter",
    "Entry",
    "Journal",
    "Lines",
    "file_digest",
    "in_order",
    "is_run",
    "read",
    "read_cases",
    "read_folder",
    "run_paths",
    "selected",
    "write_cases",
    "write_json",
    "write_text",
    "writing",
]

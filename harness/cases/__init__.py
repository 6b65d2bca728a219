"""Case files: YAML suites and JSON lines, checked whole before anything is spent."""

from __future__ import annotations

from harness.cases.case_set import CaseSet, Suite, load
from harness.cases.schema import json_schema
from harness.cases.skeleton import skeleton
from harness.cases.writing import suite_yaml

__all__ = ["CaseSet", "Suite", "json_schema", "load", "skeleton", "suite_yaml"]

"""Evaluate how faithful RAG answers are to their contexts, and see the evidence in the text.

>>> import harness  # loads nothing heavy: every name below is imported when it is first used
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

_WHERE: Final = {
    "calibrate": "harness.api",
    "compare": "harness.summary",
    "detect": "harness.api",
    "load_cases": "harness.api",
    "read_run": "harness.api",
    "run": "harness.api",
    "stream": "harness.api",
    "summarise": "harness.summary",
}

__all__ = ["calibrate", "compare", "detect", "load_cases", "read_run", "run", "stream", "summarise"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module holds
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    msg = f"module 'harness' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)

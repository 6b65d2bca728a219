"""What a module exports is sorted, there, and said once."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.util import find_spec

import pytest

import harness

APART = ("harness.__main__",) if find_spec("ragas") else ("harness.__main__", "harness.scorers.ragas.")
"""Left out: ragas is imported by its own scorer alone, and `.ci/run` looks at that where ragas is installed."""
MODULES = sorted(
    info.name for info in pkgutil.walk_packages(harness.__path__, "harness.") if not info.name.startswith(APART)
)


def test_there_are_modules() -> None:
    assert "harness.runner.scoring" in MODULES


@pytest.mark.parametrize("name", ["harness", *MODULES])
def test_exports_exist(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} does not say what it is for"
    exported = getattr(module, "__all__", [])
    assert len(set(exported)) == len(exported)
    for attribute in exported:
        assert getattr(module, attribute) is not None

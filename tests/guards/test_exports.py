"""What a module exports is sorted, there, and said once."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import harness

MODULES = sorted(
    info.name for info in pkgutil.walk_packages(harness.__path__, "harness.") if info.name != "harness.__main__"
)


def test_there_are_modules() -> None:
    assert "harness.runner.scoring" in MODULES


@pytest.mark.parametrize("name", ["harness", *MODULES])
def test_exports_exist(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != "ragas":
            raise
        pytest.skip("needs the extra ragas")
    assert module.__doc__, f"{name} does not say what it is for"
    exported = getattr(module, "__all__", [])
    assert len(set(exported)) == len(exported)
    for attribute in exported:
        assert getattr(module, attribute) is not None

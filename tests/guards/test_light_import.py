"""Importing the package, asking for help and loading the plug-in stay light."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "aiohttp", "asyncio", "click", "jinja2", "numpy", "openai", "pydantic", "rapidfuzz", "rich", "sentencex", "yaml",
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import harness", set()),
        ("import harness.pytest_plugin", {"asyncio", "rich"}),  # whatever pytest itself has loaded
        ("from harness.cli import main; main(['--help'], standalone_mode=False)", {"click"}),
        ("from harness.cli import main; main(['run', '--help'], standalone_mode=False)", {"click"}),
    ],
)
def test_nothing_heavy_is_loaded(code: str, allowed: set[str]) -> None:
    script = f"{code}\nimport sys\nprint('\\n' + ' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "harness" in loaded
    assert not (loaded & HEAVY) - allowed


def test_no_core_command_needs_an_extra() -> None:
    code = "import harness.api, harness.report, harness.answerers.openai, harness.detectors.lexical, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"scipy", "sklearn", "pandas", "ragas", "datasets", "torch"}

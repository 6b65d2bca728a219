"""`harness init`: what it makes runs as it stands, and what is there already stays."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from harness.errors import UsageError
from harness.studies import starting

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
MADE = {
    ".github/workflows/faithfulness.yml", "cases/case.schema.json", "cases/sample.yaml", "gate.yaml", "pyproject.toml",
    "reports/.gitignore",
}  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def commands(folder: Path) -> list[str]:
    text = (folder / ".github" / "workflows" / "faithfulness.yml").read_text(encoding="utf-8")
    return [step["run"] for step in yaml.safe_load(text)["jobs"]["score"]["steps"] if "run" in step]


def test_its_workflow_runs_as_it_stands(
    tmp_path: Path, harness: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    begun = harness("init")
    assert begun.returncode == 0, begun.stderr
    assert set(contents(tmp_path)) == MADE
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "GITHUB_STEP_SUMMARY": "page"}
    for command in commands(tmp_path)[1:]:
        program, *rest = shlex.split(command)
        plugin = ["-p", "harness.pytest_plugin"] if program == "pytest" else []
        arguments = [sys.executable, "-m", program, *rest, *plugin]
        done = subprocess.run(arguments, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "groundedness" in (tmp_path / "page").read_text(encoding="utf-8")
    assert (tmp_path / "reports" / "ci" / "report.html").exists()
    lint = harness("cases", "lint", "--rules", "gate.yaml")
    assert lint.returncode == 0, lint.stdout


def test_a_second_time_nothing_changes(tmp_path: Path) -> None:
    starting.begin(tmp_path)
    before = contents(tmp_path)
    again = starting.begin(tmp_path)
    assert {step.verb for step in again} == {"kept"}
    assert contents(tmp_path) == before


def test_a_repository_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    own = {
        "cases/own.yaml": "suite: own\n",
        "gate.yaml": "rules: []\n",
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"',
        "requirements.txt": "shop\n",
    }
    for name, text in own.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = [str(step) for step in starting.begin(tmp_path)]
    assert "kept cases (it holds own.yaml)" in said
    assert "kept gate.yaml (it is there already)" in said
    assert "added to pyproject.toml ([tool.harness])" in said
    assert "cases/sample.yaml" not in contents(tmp_path)
    text = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    assert text.startswith(own["pyproject.toml"] + "\n")
    assert tomllib.loads(text)["project"]["name"] == "shop"
    assert tomllib.loads(text)["tool"]["harness"]["paths"] == ["cases"]
    assert commands(tmp_path)[:3] == [
        "pip install faithful-harness pytest",
        "pip install -r requirements.txt",
        "pip install .",
    ]


def test_settings_that_are_there_stay(tmp_path: Path) -> None:
    text = '[tool.harness]\nanswerers = ["extractive"]\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    starting.begin(tmp_path)
    assert (tmp_path / "pyproject.toml").read_text(encoding="utf-8") == text


def test_what_can_not_be_read_or_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool", encoding="utf-8")
    with pytest.raises(UsageError, match="not readable as TOML"):
        starting.begin(tmp_path)
    assert set(contents(tmp_path)) == {"pyproject.toml"}
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        starting.begin(tmp_path / "file")

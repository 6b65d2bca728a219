"""A project in an existing repository: a sample suite, settings, rules and a workflow; nothing is replaced."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.cases import json_schema, skeleton
from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Step", "begin"]

_PYPROJECT: Final = "pyproject.toml"
_SETTINGS: Final = """\
[tool.harness]
paths = ["cases"]
answerers = ["recorded"]  # your own: "function:mypackage.rag:answer", "openai:MODEL?base_url=…&key_env=…", or a name

# [tool.harness.candidates.mine]
# use = "openai:MODEL"
# base_url = "http://127.0.0.1:8000/v1"
# key_env = "MY_KEY"
"""
_RULES: Final = """\
# What a run must reach: `harness run --gate gate.yaml`. `on: low` holds the interval's lower end against the bound, and
# `against: baseline` a kept run; with few cases neither shows much, so both wait until there are more.
rules:
  - {metric: groundedness, at_least: 0.8}
  - {metric: refusal, at_least: 0.8}
  - {metric: failures, at_most: 0.02}
min_cases: 2
"""
_WORKFLOW: Final = """\
# Scores the suites and holds them against gate.yaml; the report is on the run's page and among its artefacts.
name: faithfulness
on:
  push:
    branches: [main]
  pull_request:
  schedule:
    - cron: "17 3 * * *"
permissions:
  contents: read
jobs:
  score:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
{install}
      - run: harness cases check
      - run: pytest cases
      - run: harness run --gate gate.yaml -o reports/ci
      - if: always()
        run: harness report reports/ci --also step-summary --also annotations
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: faithfulness
          path: reports/ci
"""
_IGNORED: Final = "# runs are made anew; a baseline that is kept is added by `git add -f`\n*\n!.gitignore\n"


class Step(NamedTuple):
    """What was done about a file: `verb` is wrote, added to, or kept; `why` says it in words where it was kept."""

    verb: str
    file: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.file}" + (f" ({self.why})" if self.why else "")


def begin(folder: Path) -> list[Step]:
    """Write what is missing into `folder`; a file that is there stays as it is, but a pyproject.toml is added to.

    Raises:
        UsageError: the folder cannot be written to, or its pyproject.toml is not TOML.
    """
    project = _project(folder)
    try:
        return [*_suite(folder), *_settings(folder, project), *_others(folder, project)]
    except OSError as error:
        msg = f"{error.filename or folder}: cannot be written: {error.strerror}. Name a folder of your own."
        raise UsageError(msg) from error


def _project(folder: Path) -> dict[str, object] | None:
    path = folder / _PYPROJECT
    if not path.exists():
        return None
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not readable as TOML: {error}. Mend it first."
        raise UsageError(msg) from error


def _suite(folder: Path) -> Iterator[Step]:
    """A sample suite, unless there are suites."""
    there = sorted(path.name for path in (folder / "cases").glob("*.y*ml"))
    if there:
        yield Step("kept", "cases", f"it holds {there[0]}")
        return
    yield _write(folder, "cases/sample.yaml", skeleton("sample"))
    yield _write(folder, "cases/case.schema.json", json_schema())


def _settings(folder: Path, project: dict[str, object] | None) -> Iterator[Step]:
    path = folder / _PYPROJECT
    if project is None:
        yield _write(folder, _PYPROJECT, _SETTINGS)
        return
    tool = project.get("tool", {})
    if isinstance(tool, dict) and "harness" in tool:
        yield Step("kept", _PYPROJECT, "it has [tool.harness]")
        return
    with path.open("a", encoding="utf-8") as file:
        file.write(("" if path.read_text(encoding="utf-8").endswith("\n") else "\n") + "\n" + _SETTINGS)
    yield Step("added to", _PYPROJECT, "[tool.harness]")


def _others(folder: Path, project: dict[str, object] | None) -> Iterator[Step]:
    yield _write(folder, "gate.yaml", _RULES)
    yield _write(folder, "reports/.gitignore", _IGNORED)
    install = ["pip install faithful-harness pytest"]
    if (folder / "requirements.txt").exists():
        install.append("pip install -r requirements.txt")
    if project is not None and "project" in project:
        install.append("pip install .")
    steps = "\n".join(f"      - run: {command}" for command in install)
    yield _write(folder, ".github/workflows/faithfulness.yml", _WORKFLOW.replace("{install}", steps))


def _write(folder: Path, name: str, text: str) -> Step:
    path = folder / Path(name)
    if path.exists():
        return Step("kept", name, "it is there already")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Step("wrote", name)

"""The manual is true: every command stands in it, its Python runs, and what is generated is fresh."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from harness import cases
from harness.cli import main
from harness.errors import FAILURE_CODES
from harness.gate import load_rules
from harness.settings import load
from harness.studies.training.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RECIPES = (ROOT / "docs" / "recipes").glob("*.md")
FOLLOWED = {ROOT / "docs" / "faq.md", ROOT / "docs" / "quick-start.md", *RECIPES}  # by tests/recipes
MANUAL = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def blocks(language: str) -> list[tuple[str, str]]:
    fence = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [
        (page.name, code)
        for page in PAGES
        if page not in FOLLOWED
        for code in fence.findall(page.read_text(encoding="utf-8"))
    ]


def commands(group: click.Group, before: str = "harness") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


@pytest.mark.parametrize("command", list(commands(main)))
def test_every_command_is_documented(command: str) -> None:
    assert command in MANUAL


@pytest.mark.parametrize("option", [p.opts[0] for p in main.commands["run"].params if isinstance(p, click.Option)])
def test_every_option_of_run_is_documented(option: str) -> None:
    assert option in MANUAL


@pytest.mark.parametrize("code", FAILURE_CODES)
def test_every_failure_code_is_documented(code: str) -> None:
    assert f"`{code}`" in MANUAL


def test_the_schema_is_fresh() -> None:
    assert (ROOT / "cases" / "case.schema.json").read_text(encoding="utf-8") == cases.json_schema()


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_the_python_of_the_manual_runs(page: str, code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page}: {done.stderr}"
    assert done.stdout


def test_the_readme_commands_run(tmp_path: Path) -> None:
    (script,) = [code for page, code in blocks("sh") if page == "README.md" and "cases new" in code]
    shell = f'harness() {{ "{sys.executable}" -m harness "$@"; }}\nset -e\n{script}'
    done = subprocess.run(
        ["bash", "-c", shell], cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "supported" in done.stdout


@pytest.mark.parametrize("code", [code for page, code in blocks("py") if page == "pytest.md"])
def test_the_tests_of_the_manual_pass(code: str, tmp_path: Path) -> None:
    (tmp_path / "test_manual.py").write_text(code, encoding="utf-8")
    plugins = ("-p", "harness.pytest_plugin", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", f"--rootdir={ROOT}", "-c", os.devnull, *plugins]
    done = subprocess.run(
        [*command, str(tmp_path / "test_manual.py")], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_settings_and_rules_of_the_manual_load(tmp_path: Path) -> None:
    for _, text in blocks("toml"):
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        assert load(start=tmp_path).answerers
    (rules,) = [code for page, code in blocks("yaml") if page == "running.md"]
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    assert len(load_rules(tmp_path / "rules.yaml").rules) == 4
    (more,) = [code for page, code in blocks("yaml") if page == "statistics.md"]
    (tmp_path / "rules.yaml").write_text(more, encoding="utf-8")
    assert len(load_rules(tmp_path / "rules.yaml").rules) == 7


@pytest.mark.parametrize("command", ["compare", "gate", "report", "history", "power"])
def test_every_option_of_the_readers_is_documented(command: str) -> None:
    for option in main.commands[command].params:
        if isinstance(option, click.Option) and option.name not in {"as_json", "metric", "wanted"}:
            assert any(name in MANUAL for name in option.opts), option.opts


def test_the_suite_of_the_manual_loads(tmp_path: Path) -> None:
    (suite,) = [code for page, code in blocks("yaml") if page == "cases.md"]
    (tmp_path / "handbook.txt").write_text("Days lapse.", encoding="utf-8")
    (tmp_path / "leave.yaml").write_text(suite, encoding="utf-8")
    (case,) = cases.load([tmp_path / "leave.yaml"])
    assert case.id == "leave-policy/carry-over"


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_detectors_figures_are_those_of_its_weights() -> None:
    weights = json.loads((ROOT / "harness" / "detectors" / "lexical.json").read_text(encoding="utf-8"))
    assert tables(weights["about"]) in (ROOT / "docs" / "detector.md").read_text(encoding="utf-8")

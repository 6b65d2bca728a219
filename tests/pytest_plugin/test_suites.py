"""The plug-in in real pytest runs: silent without suites, an item a recorded answer, readable failures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

import pytest

ROOT = Path(__file__).parents[2]
SUITE = """\
suite: pumps
cases:
  - id: start
    query: When does the pump start?
    contexts: [The pump starts at nine. The valve is made of brass.]
    answerable: yes
    answers:
      - {model: good, text: The pump starts at nine., labels: {faithful: yes, refusal: no}}
      - model: bad
        text: The pump starts at nine. Then calibrate the flux sensor with the vendor's mobile app.
        labels: {LABELS}
      - {model: free, text: The pump starts at nine.}
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def pytest_run(labels: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "cases").mkdir(exist_ok=True)
        (tmp_path / "cases" / "pumps.yaml").write_text(SUITE.replace("LABELS", labels))
        (tmp_path / "cases" / "other.yaml").write_text("key: value\n")
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command = [sys.executable, "-m", "pytest", "-p", "harness.pytest_plugin", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    return pytest_run


def test_labels_that_agree_pass(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run("faithful: no, refusal: no", "cases", "-v")
    assert done.returncode == 0, done.stdout
    assert "start[good]" in done.stdout
    assert "3 passed" in done.stdout


def test_a_label_that_disagrees_fails_with_the_words_underlined(
    run: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = run("faithful: yes", "cases")
    assert done.returncode == 1
    assert "labelled faithful; we say: 1 unsupported span" in done.stdout
    assert "~~~" in done.stdout
    assert "Traceback" not in done.stdout
    assert "1 failed, 2 passed" in done.stdout


def test_a_known_disagreement_is_an_expected_failure(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert "2 passed, 1 xfailed" in run("faithful: yes, known: false_alarm", "cases").stdout
    unexpected = run("faithful: no, known: miss", "cases")
    assert unexpected.returncode == 1
    assert "known: miss" in unexpected.stdout


def test_a_mistake_in_a_suite_is_said(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run("faithfull: no", "cases")
    assert done.returncode == 2
    assert "Did you mean 'faithful'" in done.stdout


def test_suites_are_collected_only_where_asked(
    run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    done = run("faithful: yes", "test_own.py")
    assert "1 passed" in done.stdout
    assert "1 passed" in run("faithful: yes").stdout
    code = "import sys, pytest; pytest.main(['-q', 'test_own.py', '-p', 'harness.pytest_plugin']); print('harness.cases' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert said.stdout.rstrip().endswith("False")

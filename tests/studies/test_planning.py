"""How many cases and trials: from a discordance, from two runs, from one run's trials; and the commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.studies import planning

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Harness = Callable[..., subprocess.CompletedProcess[str]]


def test_a_discordance_gives_the_published_figure() -> None:
    plan = planning.of_discordance(0.272, 0.8, 0.065)
    assert plan.detectable(511, 1) == pytest.approx(0.0645, abs=0.0005)
    assert plan.needed(1) == pytest.approx(503, abs=5)
    assert planning.table(plan).columns == ("cases", "1 trial")
    assert list(planning.sentences(plan)) == [f"{plan.needed(1)} cases show 6.5 points with 1 trial each"]
    with pytest.raises(UsageError, match="must lie above 0"):
        planning.of_discordance(0.0, 0.8, None)


def test_more_cases_and_more_power_need_what_they_should() -> None:
    plan, stronger = (planning.of_discordance(0.2, power, 0.03) for power in (0.8, 0.95))
    assert plan.detectable(2000, 1) < plan.detectable(500, 1)
    assert (stronger.needed(1) or 0) > 1.5 * (plan.needed(1) or 0)


def test_the_commands_plan_and_follow(tmp_path: Path, suite: Path, harness: Harness) -> None:
    suite.write_text(suite.read_text().replace("    group: manual\n", ""))
    for name in ("one", "two"):
        assert harness("run", suite.name, "-a", "recorded", "-o", f"runs/{name}").returncode == 0
    done = harness("power", "runs/one/good.jsonl", "runs/one/bad.jsonl", "--metric", "refusal", "--difference", "0.1")
    assert done.returncode == 0, done.stderr
    assert "Smallest difference shown with 80% power" in done.stdout
    assert "cases show 10 points" in done.stdout
    data = json.loads(harness("power", "--discordance", "0.25", "--json").stdout)
    assert data["spread"]["error"] == 0.5
    for arguments, says in (
        (("power",), "nothing to plan from"),
        (("power", "--discordance", "0.2", "--difference", "3"), "must lie between 0 and 1"),
        (("power", "runs/one/good.jsonl"), "one trial a case"),
        (("compare", "runs/one", "runs/two"), "holds 2 candidates"),
        (("compare", "runs/one/good.jsonl", "runs/one/bad.jsonl", "--margin", "2"), "a margin must lie"),
        (("history", "nowhere"), "no run file"),
    ):
        done = harness(*arguments)
        assert done.returncode == 2, arguments
        assert says in done.stderr
    done = harness("history", "runs", "-o", "history.html", "--feed", "history.json", "--index", "runs.sqlite")
    assert done.returncode == 0, done.stderr
    assert "no candidate is shown to be worse" in done.stdout
    assert json.loads((tmp_path / "history.json").read_text())["trends"]
    assert (tmp_path / "history.html").read_text().startswith("<!doctype html>")
    done = harness("compare", "runs/one/good.jsonl", "runs/one/bad.jsonl", "--margin", "0.1")
    assert done.returncode == 0, done.stderr

"""History, power and self-test as text: the same bytes as the golden files."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from harness.records import Answer, Header, Metric, Record, Run, Score, Spec
from harness.report import terminal, trends
from harness.studies import planning
from harness.studies.selftest import Planted, SelfTest, tables
from harness.summary import Night, history
from harness.summary.table import tabulate

if TYPE_CHECKING:
    from harness.report.figures import Table

GOLDEN = Path(__file__).parents[1] / "golden"
METRICS = (
    Metric(name="groundedness", direction="higher", unit="share", rule="all"),
    Metric(name="hallucination", direction="lower", unit="share", rule="none"),
)


def same(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("HARNESS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def shown(*found: Table) -> str:
    console = Console(file=io.StringIO(), width=120, color_system=None, highlight=False, legacy_windows=False)
    for table in found:
        terminal.show_table(table, console)
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def _night(number: int, good: int) -> Night:
    records = tuple(
        Record(
            case_id=f"s/{n:03}",
            answer=Answer(text="x"),
            scores=(
                Score(metric="groundedness", value=float(n < good), passed=n < good),
                Score(metric="hallucination", value=float(n >= good), passed=n < good),
            ),
        )
        for n in range(60)
    )
    header = Header(
        candidate="<vendor>", answerer=Spec(name="x"), detector=Spec(name="lexical"), scorers=(), metrics=METRICS,
        cases_digest="d" if number < 5 else "e", cases=60, planned=60, started=f"2026-01-{number:02}T03:00:00+00:00",
    )  # fmt: skip
    run = Run(header=header, records=records)
    return Night(path=f"runs/{number}/vendor.jsonl", header=header, table=tabulate(run))


def test_history() -> None:
    found = history([_night(number, good) for number, good in ((4, 30), (1, 54), (2, 55), (3, 50), (5, 54))])
    same("history.html", trends.render(found))
    said = "".join(f"{line}\n" for line in (*found.restarts, trends.headline(found)))
    same("history.txt", shown(trends.table(found), trends.regressions(found)) + said)


def test_power() -> None:
    plan = planning.of_discordance(0.272, 0.8, 0.065)
    same("power.txt", shown(planning.table(plan)) + "".join(f"{line}\n" for line in planning.sentences(plan)))


def test_self_test() -> None:
    rules = ("groundedness at least 0.9", "groundedness not worse than the baseline by 0.01 or more")
    planted = tuple(
        Planted(
            kind="facts changed",
            share=share,
            answers=round(200 * share),
            caught=dict(zip(rules, (share, 1.0), strict=True)),
        )
        for share in (0.05, 0.2)
    )
    result = SelfTest(
        candidate="a",
        answers=200,
        planted=planted,
        alarms=dict(zip(rules, (0.27, 0.02), strict=True)),
        any_alarm=0.28,
        nulls=100,
    )
    same("self-test.txt", shown(*tables(result)))

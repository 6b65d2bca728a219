"""What the page holds of large runs, and where the marks of its charts go."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from harness.records import (
    Answer,
    Call,
    Case,
    Header,
    Labels,
    Metric,
    Passage,
    Question,
    Record,
    RecordedAnswer,
    Run,
    Score,
    Span,
    Spec,
)
from harness.report import charts, html
from harness.report.explorer import MAX_RECORDS, explored, shown_keys
from harness.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Sequence

METRICS = tuple(
    Metric(name=name, direction=direction, unit="share", rule="all")  # type: ignore[arg-type]  # parametrised with plain strings
    for name, direction in (("groundedness", "higher"), ("hallucination", "lower"))
)


def _record(number: int, grounded: float, **fields: object) -> Record:
    spans = (Span(start=0, end=3, label="baseless", confidence=number / 10_000, reason="new"),) if grounded < 1 else ()
    scores = (
        Score(metric="groundedness", value=grounded, passed=grounded == 1, details={"probability": 1 - grounded}),
        Score(metric="hallucination", value=1 - grounded, passed=grounded == 1, spans=spans),
    )
    plain = Record(case_id=f"s/{number:05}", answer=Answer(text="It is so."), scores=scores)
    return dataclasses.replace(plain, **fields)  # type: ignore[arg-type]  # parametrised with plain strings


def _run(name: str, records: Sequence[Record]) -> Run:
    header = Header(
        candidate=name, answerer=Spec(name="x"), detector=Spec(name="lexical"), scorers=(), metrics=METRICS,
        cases_digest="d", cases=len(records), planned=len(records),
    )  # fmt: skip
    return Run(header=header, records=tuple(records))


def test_a_large_run_shows_the_worst_and_the_disagreements_and_says_so() -> None:
    count = MAX_RECORDS // 2 + 10
    first = _run("a", [_record(n, 0.5 if n % 2 else 1.0) for n in range(count)])
    second = _run("b", [_record(n, 1.0 if n > 5 else 0.0) for n in range(count)])
    summary = summarise([first, second], title="large")
    keys = shown_keys(summary)
    assert keys is not None
    assert len({key for key in keys if key[0] == "a"}) <= 1000 + 200
    found = explored(summary, {}, [first, second])
    assert not found.complete
    assert found.shown < 1500
    page = html.render(summary, {}, [first, second])
    assert "hold more than 5,000 records" in page
    assert len(page) < 1_000_000
    small = summarise([_run("a", first.records[:50])], title="small")  # type: ignore[index]  # a run read whole has a list of records
    assert shown_keys(small) is None


def test_the_front_is_where_nobody_is_better_in_both_ways() -> None:
    def priced(cost: float, good: int) -> list[Record]:
        call = Call(stage="answer", component="x", cost=cost)
        answer = Answer(text="It is so.", latency=cost)
        return [_record(n, 1.0 if n < good else 0.0, calls=(call,), answer=answer) for n in range(60)]

    runs = [_run("cheap", priced(0.1, 40)), _run("dear", priced(0.3, 55)), _run("poor", priced(0.4, 30))]
    cost, latency = charts.trade_offs(summarise(runs, title="t"))
    for chart in (cost, latency):
        assert {dot.name for dot in chart.dots if dot.front} == {"cheap", "dear"}
        by_name = {dot.name: dot for dot in chart.dots}
        assert by_name["cheap"].x < by_name["dear"].x < by_name["poor"].x
        assert by_name["dear"].y < by_name["cheap"].y < by_name["poor"].y
        assert all(dot.high <= dot.y <= dot.low for dot in chart.dots)


def test_a_forest_keeps_its_marks_inside() -> None:
    runs = [_run("a", [_record(n, 1.0) for n in range(60)]), _run("b", [_record(n, float(n % 2)) for n in range(60)])]
    summary = summarise(runs, title="t")
    chart = charts.differences(summary.comparisons[0])
    assert chart is not None
    assert chart.zero is not None
    for bar in chart.bars:
        assert charts.LEFT - 0.1 <= bar.low <= bar.value <= bar.high <= charts.WIDTH - charts.RIGHT + 0.1
    assert {bar.kind for bar in chart.bars} == {"worse"}
    duel = charts.duels(summary)
    assert duel is not None
    assert [bar.name for bar in duel.bars] == ["b"]


def test_labels_of_the_very_answer_are_what_calibration_is_drawn_from() -> None:
    cases = {
        f"s/{n:05}": Case(
            id=f"s/{n:05}",
            question=Question(id="q", query="?", passages=(Passage(id="p1", text="It is so."),)),
            answers=(
                RecordedAnswer(model="a", text="It is so." if n else "Another.", labels=Labels(faithful=bool(n % 2))),
            ),
        )
        for n in range(5)
    }
    run = _run("a", [_record(n, 1.0 if n % 2 else 0.2) for n in range(5)])
    found = explored(summarise([run], title="t"), cases, [run])
    assert sorted(found.labelled) == [(0.0, False), (0.0, False), (0.8, True), (0.8, True)]
    chart = charts.calibration(found.labelled)
    assert chart is not None
    assert [dot.words for dot in chart.dots] == [
        "0.0% of 2 labelled unfaithful, 0.0% expected",
        "100.0% of 2 labelled unfaithful, 80.0% expected",
    ]
    assert charts.calibration([]) is None


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.37, 0.37), (0, 1234), (0.82, 1)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    ticks = charts._ticks(low, high)
    assert 3 <= len(ticks) <= 11
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)

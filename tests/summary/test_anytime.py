"""Bounds that may be looked at while runs go on, and how many looks at a baseline there were."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING

import pytest

from harness import stats, store
from harness.errors import RunFolderError, UsageError
from harness.report.contrasts import anytime_table
from harness.summary import anytime, history, indexed, looks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.records import Record, Run


def _drawn(record: Callable[..., Record], rate: float, seed: int, count: int = 400) -> list[Record]:
    draw = random.Random(seed)
    return [record(n, float(draw.random() < rate), group=f"g{n // 2}") for n in range(count)]


def test_the_bounds_are_those_of_the_clusters_in_their_order(
    record: Callable[..., Record], run: Callable[..., Run]
) -> None:
    first, second = _drawn(record, 0.9, 1), _drawn(record, 0.6, 2)
    found = {row.metric: row for row in anytime(run(first), run(second, "b"))}
    values = [
        sum((b.scores[0].value or 0.0) - (a.scores[0].value or 0.0) for a, b in zip(first[n:n + 2], second[n:n + 2], strict=True)) / 2
        for n in range(0, 400, 2)
    ]  # fmt: skip
    low, high = stats.confidence_sequence(values, within=(-1.0, 1.0))
    got = found["groundedness"].difference
    assert (got.low, got.high, got.n) == (low[-1], high[-1], 200)
    assert got.value == pytest.approx(sum(values) / 200)
    assert "refusal" not in found, "it has no value anywhere"
    rows = {row[0]: row[-1] for row in anytime_table(anytime(run(first), run(second, "b"))).rows}
    assert rows == {"groundedness": "worse", "hallucination ↓": "worse", "word_limit": "nothing yet"}


def test_an_unfinished_run_has_bounds_that_only_narrow(record: Callable[..., Record], run: Callable[..., Run]) -> None:
    first, second = _drawn(record, 0.9, 1), _drawn(record, 0.6, 2)
    before = (-1.0, 1.0)
    for count in (2, 20, 100, 400):
        got = anytime(run(first), run(second[:count], "b"), allow_unlike=True)[0].difference
        assert got.low is not None
        assert got.high is not None
        assert before[0] <= got.low <= got.high <= before[1]
        before = (got.low, got.high)


def test_unlike_runs_are_refused(record: Callable[..., Record], run: Callable[..., Run]) -> None:
    records = _drawn(record, 0.9, 1, 10)
    with pytest.raises(UsageError, match="different cases"):
        anytime(run(records), run(records, cases_digest="other"))


def test_looks_are_the_runs_since_the_baseline(
    record: Callable[..., Record], run: Callable[..., Run], tmp_path: Path
) -> None:
    records = _drawn(record, 0.9, 1, 4)
    for night in range(1, 6):
        made = run(records, started=f"2026-11-0{night}T03:00:00+00:00")
        for name in ("a", "other"):
            folder = tmp_path / "runs" / str(night)
            folder.mkdir(parents=True, exist_ok=True)
            header = dataclasses.replace(made.header, candidate=name)
            journal = store.Journal(folder, name, header)
            for each in records:
                journal.add(each)
            journal.close(finished=True)
    list(history(indexed(sorted((tmp_path / "runs").rglob("*.jsonl")), tmp_path / "index.sqlite")).trends)
    baseline = run(records, started="2026-11-02T03:00:00+00:00").header
    tonight = run(records, started="2026-11-05T03:00:00+00:00").header
    for where in (tmp_path / "runs", tmp_path / "index.sqlite"):
        assert looks(where, tonight, baseline) == 3, "the third night since the second"
        assert looks(where, tonight, dataclasses.replace(baseline, cases_digest="new")) == 1
    with pytest.raises(RunFolderError, match="no such index"):
        looks(tmp_path / "nothing", tonight, baseline)

"""Many candidates against each other; steadiness over trials; what breakdowns would change; subgroups; margins."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import UsageError
from harness.records import Answer, Failure
from harness.stats import holm, mean_error
from harness.summary import compare, paired_differences, summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.records import Record, Run

    MakeRecord = Callable[..., Record]
    MakeRun = Callable[..., Run]


def _values(record: MakeRecord, share: float, seed: int, count: int = 80, **fields: object) -> list[Record]:
    good = np.random.default_rng(seed).random(count) < share
    return [record(n, 1.0 if good[n] else 0.5, **fields) for n in range(count)]


def test_every_two_candidates_are_compared_and_corrected_together(record: MakeRecord, run: MakeRun) -> None:
    runs = [
        run(_values(record, share, seed), name)
        for seed, (name, share) in enumerate([("a", 0.95), ("b", 0.5), ("c", 0.5)])
    ]
    summary = summarise(runs, title="t")
    pairs = [(c.first, c.second) for c in summary.comparisons]
    assert len(pairs) == 3
    assert all(pair[0] == "a" for pair in pairs[:2])
    rows = [row for c in summary.comparisons for row in c.differences if row.p_value is not None]
    assert [row.adjusted for row in rows] == pytest.approx(holm([row.p_value for row in rows]))
    assert all((row.false_discovery or 0) <= (row.adjusted or 0) + 1e-12 for row in rows)
    by_name = {c.name: c for c in summary.candidates}
    assert by_name["a"].places == (1, 1)
    assert by_name["b"].places == by_name["c"].places == (2, 3)
    assert (by_name["a"].group, by_name["b"].group, by_name["c"].group) == ("a", "b", "b")


def test_two_runs_say_the_same_as_the_contest(record: MakeRecord, run: MakeRun) -> None:
    first, second = run(_values(record, 0.9, 1), "a"), run(_values(record, 0.6, 2), "b")
    (held,) = summarise([first, second], title="t").comparisons
    alone = {row.metric: row for row in compare(first, second, tags=()).differences}
    for row in held.differences:
        assert row.difference == alone[row.metric].difference
        assert (row.p_value, row.error) == (alone[row.metric].p_value, alone[row.metric].error)


def test_baselines_and_thin_candidates_have_no_place(record: MakeRecord, run: MakeRun) -> None:
    runs = [
        run(_values(record, 0.9, 1), "a"), run(_values(record, 0.6, 2), "b"),
        run(_values(record, 0.99, 3, count=5), "thin"), run(_values(record, 0.99, 4), "oracle", baseline=True),
    ]  # fmt: skip
    summary = summarise(runs, title="t")
    assert {c.name for c in summary.candidates if c.places} == {"a", "b"}
    assert [(c.first, c.second) for c in summary.comparisons] == [("a", "b")]


def test_few_cases_give_no_place_away(record: MakeRecord, run: MakeRun) -> None:
    runs = [run([record(n, value) for n in range(3)], name) for name, value in (("a", 1.0), ("b", 0.0))]
    assert {c.places for c in summarise(runs, title="t").candidates} == {(1, 2)}


def test_where_candidates_differ_most_comes_first(record: MakeRecord, run: MakeRun) -> None:
    first = run([record(0, 1.0), record(1, 1.0), record(2, 1.0)], "a")
    second = run([record(0, 0.5), record(1, 0.0), record(2, 1.0)], "b")
    found = summarise([first, second], title="t").disagreements
    assert [(d.case_id, d.values) for d in found] == [
        ("s/0001", {"a": 1.0, "b": 0.0}),
        ("s/0000", {"a": 1.0, "b": 0.5}),
    ]


def test_steadiness_is_over_the_trials_of_a_case(record: MakeRecord, run: MakeRun) -> None:
    records = [record(n, 1.0 if t < n % 3 else 0.0, trial=t) for n in range(30) for t in range(2)]
    found = summarise([run(records, trials=2)], title="t").candidates[0].metrics["groundedness"].repeats
    assert found is not None
    assert found.k == 2
    assert (found.pass_at.value, found.pass_hat.value, found.flip_rate.value) == pytest.approx((2 / 3, 1 / 3, 1 / 3))
    assert found.pass_at.n == 30
    once = summarise([run([record(n, 1.0) for n in range(9)])], title="t").candidates[0]
    assert once.metrics["groundedness"].repeats is None


def test_what_breakdowns_would_change_is_said(record: MakeRecord, run: MakeRun) -> None:
    lost = Failure(stage="answer", component="x", code="timeout", message="60 s")
    first = run([record(n, 1.0 if n % 10 else 0.0) for n in range(80)], "old")
    broken = [
        record(n, 1.0 if n % 10 else 0.0) if n < 60 else record(n, None, answer=None, scores=(), failures=(lost,))
        for n in range(80)
    ]
    (grounded, *_) = compare(first, run(broken, "new")).differences
    assert grounded.verdict == "no difference shown"
    assert grounded.sensitivity is not None
    assert grounded.sensitivity.failures == 20
    assert grounded.sensitivity.if_missed == "worse"
    assert grounded.sensitivity.if_hit == "no difference shown"
    assert compare(first, first).differences[0].sensitivity is None


def test_beside_no_difference_stands_what_would_have_been_shown(record: MakeRecord, run: MakeRun) -> None:
    first, second = run(_values(record, 0.8, 1), "a"), run(_values(record, 0.8, 2), "b")
    row = compare(first, second).differences[0]
    values = [b.scores[0].value - a.scores[0].value for a, b in zip(first.records, second.records, strict=True)]  # type: ignore[operator]
    assert row.error == pytest.approx(mean_error(values, range(80)))
    assert row.detectable == pytest.approx(2.83 * (row.error or 0), rel=0.01)


def test_tags_are_compared_each_and_corrected_over_tags(record: MakeRecord, run: MakeRun) -> None:
    def tagged(share: float, seed: int) -> list[Record]:
        made = _values(record, 0.9, seed, count=120)
        return [
            dataclasses.replace(r, tags=(f"t{n % 4}",))
            if n % 4
            else record(n, 1.0 if n / 120 < share else 0.0, tags=("t0",))
            for n, r in enumerate(made)
        ]

    found = compare(run(tagged(1.0, 1), "a"), run(tagged(0.3, 2), "b"))
    rows = {row.tag: row for row in found.subgroups if row.metric == "groundedness"}
    assert rows["t0"].verdict == "worse"
    assert {row.verdict for tag, row in rows.items() if tag != "t0"} == {"no difference shown"}
    ordered = [rows[tag] for tag in sorted(rows)]
    assert [row.adjusted for row in ordered] == pytest.approx(holm([row.p_value for row in ordered]))


def test_a_margin_tells_equivalent_from_not_shown(record: MakeRecord, run: MakeRun) -> None:
    first, second = run(_values(record, 0.9, 1, count=600), "a"), run(_values(record, 0.9, 2, count=600), "b")
    assert compare(first, second, margin=0.05).differences[0].verdict == "equivalent"
    assert compare(first, second, margin=0.001).differences[0].verdict == "no difference shown"
    worse = run(_values(record, 0.8, 3, count=600), "c")
    assert compare(first, worse, margin=0.3).differences[0].verdict == "worse within the margin"
    with pytest.raises(UsageError, match="must lie between 0 and 1"):
        compare(first, second, margin=5)


def test_paired_differences_of_one_run_are_between_its_trials(record: MakeRecord, run: MakeRun) -> None:
    records = [record(n, float((n + t) % 2), trial=t) for n in range(4) for t in range(3)]
    values, cases, clusters = paired_differences(run(records, trials=3), None, "groundedness")
    assert sorted(values) == [-1.0] * 4 + [1.0] * 4
    assert np.bincount(cases).tolist() == np.bincount(clusters).tolist() == [2, 2, 2, 2]
    with pytest.raises(UsageError, match="'x' was not scored"):
        paired_differences(run(records), None, "x")


def test_latency_of_an_answer_is_no_reason_to_read_it(record: MakeRecord, run: MakeRun) -> None:
    slow = [record(n, 1.0, answer=Answer(text="x", latency=float(n))) for n in range(9)]
    assert summarise([run(slow)], title="t").candidates[0].latency.p50 == 4.0

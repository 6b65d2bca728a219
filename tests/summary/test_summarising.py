"""What a summary says of runs: counts, estimates, tables, notes; whatever the order of the records."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.records import Answer, Call, Failure, Score, Span
from harness.summary import MAX_FINDINGS, MAX_ROWS, summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.records import Record, Run

    MakeRecord = Callable[..., Record]
    MakeRun = Callable[..., Run]

BROKEN = Failure(stage="answer", component="openai", code="timeout", message="60 s")


def test_the_order_of_records_changes_nothing(record: MakeRecord, run: MakeRun) -> None:
    records = [
        record(
            n % 40,
            round((n * 7 % 10) / 10, 1),
            trial=n // 40,
            group=f"g{n % 25}" if n % 3 == 0 else None,
            tags=("even",) if n % 2 == 0 else ("odd", "late"),
            calls=(Call(stage="answer", component="openai", cost=0.1 * n),),
            answer=Answer(text="hello world", latency=n / 7),
        )
        for n in range(120)
    ]
    records = [dataclasses.replace(r, group=f"g{int(r.case_id[-2:]) % 25}") for r in records]
    straight = summarise([run(records)], title="t")
    random.Random(1).shuffle(records)
    assert summarise([run(records)], title="t") == straight


def test_breakdowns_are_counted_and_left_out_of_every_mean(record: MakeRecord, run: MakeRun) -> None:
    records = [record(n, 1.0) for n in range(8)]
    records.append(record(8, 0.0, answer=None, scores=(), failures=(BROKEN,)))
    judged = Failure(stage="score", component="judge", code="verdict_missing", message="none")
    records.append(record(9, 1.0, failures=(judged,)))
    (candidate,) = summarise([run(records, planned=12)], title="t").candidates
    assert (candidate.planned, candidate.answered, candidate.failed, candidate.missing) == (12, 9, 1, 2)
    assert (candidate.broken, candidate.cases) == (2, 9)
    assert candidate.failures == {"timeout": 1, "verdict_missing": 1}
    grounded = candidate.metrics["groundedness"].mean
    assert (grounded.value, grounded.n) == (1.0, 9)


def test_scores_that_do_not_apply_are_counted_apart(record: MakeRecord, run: MakeRun) -> None:
    records = [record(0, None), record(1, 0.5), record(2, 1.0)]
    metric = summarise([run(records)], title="t").candidates[0].metrics["groundedness"]
    assert (metric.absent, metric.mean.n, metric.mean.value) == (1, 2, 0.75)
    assert metric.pass_rate.value == 0.5


def test_trials_belong_to_their_case(record: MakeRecord, run: MakeRun) -> None:
    records = [record(n, 1.0, trial=t) for n in range(5) for t in range(3)]
    found = summarise([run(records)], title="t").candidates[0].metrics["groundedness"].mean
    assert (found.n, found.clusters) == (15, 5)


def test_a_group_is_one_cluster_and_never_a_case_of_the_same_name(record: MakeRecord, run: MakeRun) -> None:
    records = [record(0, 1.0, group="s/0003"), record(1, 1.0, group="s/0003"), record(3, 1.0)]
    assert summarise([run(records)], title="t").candidates[0].metrics["groundedness"].mean.clusters == 2


def test_the_refusal_table_and_its_rates(record: MakeRecord, run: MakeRun) -> None:
    said: list[tuple[str | None, str]] = [
        ("no", "answered"),
        ("no", "hedged"),
        ("no", "refused"),
        ("no", "refused"),
        ("yes", "refused"),
    ]
    said += [("yes", "answered")] * 4 + [(None, "partial")]
    records = [record(n, 1.0, answerable=kind, response=response) for n, (kind, response) in enumerate(said)]
    table = summarise([run(records)], title="t").candidates[0].refusal
    assert table.counts["no"]["refused"] == 2
    assert table.counts[None]["partial"] == 1
    assert (table.missed_refusals.value, table.missed_refusals.n) == (0.5, 4)
    assert (table.over_refusals.value, table.over_refusals.n) == (0.2, 5)


def test_eligible_groundedness_is_over_the_answers_that_answer(record: MakeRecord, run: MakeRun) -> None:
    records = [record(0, 1.0), record(1, 0.5, response="partial"), record(2, 0.0, response="hedged")]
    found = summarise([run(records)], title="t").candidates[0].eligible_groundedness
    assert (found.value, found.n) == (0.75, 2)


def test_without_a_refusal_score_all_answers_are_eligible(record: MakeRecord, run: MakeRun) -> None:
    records = [record(n, 0.5, scores=(Score(metric="groundedness", value=0.5, passed=False),)) for n in range(3)]
    assert summarise([run(records)], title="t").candidates[0].eligible_groundedness.n == 3


def test_one_unknown_price_makes_the_cost_unknown(record: MakeRecord, run: MakeRun) -> None:
    priced = Call(stage="answer", component="openai", cost=0.25, cached=True)
    unpriced = Call(stage="detect", component="judge")
    known = summarise([run([record(0, 1.0, calls=(priced, priced))])], title="t").candidates[0]
    assert (known.cost, known.calls, known.cached_calls) == (0.5, 2, 2)
    assert summarise([run([record(0, 1.0, calls=(priced, unpriced))])], title="t").candidates[0].cost is None


def test_tags_have_means_and_pass_rates(record: MakeRecord, run: MakeRun) -> None:
    records = [record(0, 1.0, tags=("x",)), record(1, 0.5, tags=("x", "y")), record(2, 0.0)]
    candidate = summarise([run(records)], title="t").candidates[0]
    assert candidate.by_tag["x"]["groundedness"].value == 0.75
    assert candidate.passed_by_tag["x"]["groundedness"].value == 0.5
    assert candidate.by_tag["y"]["groundedness"].n == 1


def test_words_and_latency_are_distributed(record: MakeRecord, run: MakeRun) -> None:
    records = [record(n, 1.0, answer=Answer(text="hello world", latency=float(n))) for n in range(5)]
    candidate = summarise([run(records)], title="t").candidates[0]
    assert (candidate.words.p50, candidate.words.max) == (4.0, 6.0)
    assert (candidate.latency.n, candidate.latency.p50) == (5, 2.0)
    assert (candidate.first_token.n, candidate.first_token.p50) == (0, None)


def test_rows_and_findings_are_bounded_and_the_right_ones(record: MakeRecord, run: MakeRun) -> None:
    records = [record(n, 0.0) for n in range(MAX_FINDINGS + 50)]
    worst = Span(start=0, end=11, label="conflict", confidence=1.0, reason="against p1")
    last = records[-1]
    scores = tuple(dataclasses.replace(s, spans=(worst,)) if s.spans else s for s in last.scores)
    records[-1] = dataclasses.replace(last, scores=scores)
    summary = summarise([run(records[::-1])], title="t")
    rows = summary.candidates[0].rows
    assert [row.case_id for row in rows] == [f"s/{n:04}" for n in range(MAX_ROWS)]
    assert summary.candidates[0].findings == MAX_FINDINGS + 50
    assert len(summary.findings) == MAX_FINDINGS
    assert summary.findings[0].span == worst
    assert [f.case_id for f in summary.findings[1:]] == [f"s/{n:04}" for n in range(MAX_FINDINGS - 1)]
    sentence = summary.findings[0].sentence
    assert sentence is not None
    assert (sentence.start, sentence.end, sentence.verdict) == (0, 11, "unsupported")


def test_findings_of_real_candidates_come_before_those_of_baselines(record: MakeRecord, run: MakeRun) -> None:
    runs = [run([record(0, 0.0)], "echo", baseline=True), run([record(0, 0.0)], "b")]
    assert [f.candidate for f in summarise(runs, title="t").findings] == ["b", "echo"]


def test_a_case_that_stands_twice_is_refused(record: MakeRecord, run: MakeRun) -> None:
    with pytest.raises(UsageError, match=r"case 's/0001', trial 0, stands in the run twice"):
        summarise([run([record(1, 1.0), record(1, 0.5)])], title="t")


def test_notes_tell_of_gaps_drift_and_unlike_settings(record: MakeRecord, run: MakeRun) -> None:
    drifted = [record(n, 1.0, answer=Answer(text="x", model=f"m{n}", system_fingerprint=f"f{n}")) for n in range(2)]
    runs = [
        run([record(0, 1.0)], "a", planned=3, cases=5),
        run(drifted, "b", cases_digest="d2", cases=2),
    ]
    notes = "\n".join(summarise(runs, title="t").notes)
    assert "'a' covers 3 of 5 answers" in notes
    assert "2 of 3 answers are missing; finish with --resume" in notes
    assert "more than one model: m0, m1" in notes
    assert "fingerprints f0, f1" in notes
    assert "unlike cases" in notes


def test_a_plain_run_has_no_notes(record: MakeRecord, run: MakeRun) -> None:
    assert summarise([run([record(0, 1.0)])], title="t").notes == ()


def test_no_run_is_an_empty_summary() -> None:
    summary = summarise([], title="t")
    assert (summary.candidates, summary.decision.kind, summary.cases) == ((), "empty", 0)

"""Which candidate to ship, and what is said when none can be named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.records import Call, Failure
from harness.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.records import Record, Run

    MakeRecord = Callable[..., Record]
    MakeRun = Callable[..., Run]


def _values(record: MakeRecord, every: int, count: int = 60, **fields: object) -> list[Record]:
    return [record(n, 0.0 if n % every == 0 else 1.0, **fields) for n in range(count)]


def test_the_clear_leader_is_shipped(record: MakeRecord, run: MakeRun) -> None:
    summary = summarise([run(_values(record, 2), "bad"), run(_values(record, 30), "good")], title="t")
    assert (summary.decision.kind, summary.decision.leaders) == ("ship", ("good",))
    assert summary.decision.text.startswith("ship good: groundedness 96.7%")
    assert [c.name for c in summary.candidates] == ["good", "bad"]


def test_close_candidates_are_not_told_apart_and_the_needed_cases_are_named(record: MakeRecord, run: MakeRun) -> None:
    summary = summarise([run(_values(record, 7), "a"), run(_values(record, 6), "b")], title="t")
    decision = summary.decision
    assert (decision.kind, decision.leaders) == ("tie", ("a", "b"))
    assert "a and b can't be told apart on 60 cases that both answered" in decision.text
    assert decision.more_cases is not None
    assert f"about {decision.more_cases:,} more cases" in decision.text


def test_identical_candidates_would_never_be_told_apart(record: MakeRecord, run: MakeRun) -> None:
    cheap, dear = (Call(stage="answer", component="x", cost=cost) for cost in (0.01, 0.02))
    runs = [run(_values(record, 7, calls=(dear,)), "a"), run(_values(record, 7, calls=(cheap,)), "b")]
    decision = summarise(runs, title="t").decision
    assert (decision.kind, decision.more_cases, decision.leaders) == ("tie", None, ("b", "a"))
    assert decision.text.endswith("b costs least")


def test_a_missed_rule_outweighs_groundedness(record: MakeRecord, run: MakeRun) -> None:
    leaky = [record(n, 1.0, answerable="no") for n in range(30)] + [record(n, 1.0) for n in range(30, 60)]
    summary = summarise([run(leaky, "leaky"), run(_values(record, 4), "plain")], title="t")
    assert [c.name for c in summary.candidates] == ["plain", "leaky"]
    assert (summary.decision.kind, summary.decision.leaders) == ("ship", ("plain",))
    assert "answered 100% of the unanswerable cases" in summary.decision.unmet["leaky"][0]


def test_a_missed_refusal_among_few_is_not_held_against_a_candidate(record: MakeRecord, run: MakeRun) -> None:
    records = [record(0, 1.0, answerable="no"), *(record(n, 1.0, answerable="no", response="refused") for n in (1, 2))]
    assert summarise([run(records)], title="t").decision.unmet == {}


def test_no_candidate_meets_the_rules(record: MakeRecord, run: MakeRun) -> None:
    lost = Failure(stage="answer", component="x", code="timeout", message="60 s")
    records = [record(n, 1.0, answer=None, scores=(), failures=(lost,)) for n in range(10)]
    records += [record(n, 1.0) for n in range(10, 60)]
    decision = summarise([run(records, "a"), run(records, "b")], title="t").decision
    assert (decision.kind, decision.leaders) == ("none", ())
    assert "a: 10 of 60 answers broke down (17%, at most 5%)" in decision.text


def test_a_single_candidate_is_described(record: MakeRecord, run: MakeRun) -> None:
    decision = summarise([run(_values(record, 30))], title="t").decision
    assert (decision.kind, decision.leaders) == ("single", ("a",))
    assert "a is the only candidate and meets the rules; groundedness 96.7%" in decision.text


def test_baselines_come_last_and_are_never_shipped(record: MakeRecord, run: MakeRun) -> None:
    runs = [run(_values(record, 99), "oracle", baseline=True), run(_values(record, 3), "real")]
    summary = summarise(runs, title="t")
    assert [c.name for c in summary.candidates] == ["real", "oracle"]
    assert summary.decision.kind == "single"


def test_runs_without_a_case_in_common_are_not_told_apart(record: MakeRecord, run: MakeRun) -> None:
    other = [record(n, 0.0) for n in range(100, 160)]
    decision = summarise([run(_values(record, 9), "a"), run(other, "b")], title="t").decision
    assert decision.kind == "tie"
    assert "on 0 cases that both answered: they have none in common" in decision.text


def test_nothing_scored_is_nothing_decided(record: MakeRecord, run: MakeRun) -> None:
    lost = Failure(stage="answer", component="x", code="timeout", message="60 s")
    gone = [record(0, 1.0, answer=None, scores=(), failures=(lost,))]
    assert summarise([run(gone)], title="t").decision.kind == "empty"


def test_who_never_answers_is_no_rival(record: MakeRecord, run: MakeRun) -> None:
    silent = [record(n, None, response="refused") for n in range(60)]
    decision = summarise([run(_values(record, 30), "good"), run(silent, "silent")], title="t").decision
    assert (decision.kind, decision.leaders) == ("ship", ("good",))

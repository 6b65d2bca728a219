"""Rules files and what they decide; a gate that can't be decided is an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness.errors import GateError, UsageError
from harness.gate import GateResult, Rule, Rules, check, load_rules
from harness.gate.checking import AMOUNT_OF, SHARE_OF
from harness.gate.rules import SHARES, SINGLE
from harness.records import Answer, Call, Failure, Header, Metric, Record, Run, Score, Spec
from harness.summary import summarise

if TYPE_CHECKING:
    from pathlib import Path

    from harness.summary import Summary

METRICS = (Metric(name="groundedness", direction="higher", unit="share", rule="no unsupported sentence"),)


def _record(number: int, *, value: float, answerable: str = "yes") -> Record:
    return Record(
        case_id=f"s/{number:03}",
        tags=("odd",) if number % 2 else (),
        answerable="no" if answerable == "no" else "yes",
        answer=Answer(text="hello", latency=1.0 + number),
        scores=(
            Score(metric="groundedness", value=value, passed=value == 1.0),
            Score(metric="refusal", value=1.0, passed=True, details={"response": "answered"}),
        ),
        calls=(Call(stage="answer", component="x", cost=0.1),),
    )


def _summary(*records: Record, name: str = "a", planned: int | None = None, baseline: bool = False) -> Summary:
    header = Header(
        candidate=name,
        answerer=Spec(name="recorded"),
        detector=Spec(name="lexical"),
        scorers=(),
        metrics=METRICS,
        cases_digest="d",
        cases=len(records),
        planned=len(records) if planned is None else planned,
        baseline=baseline,
    )
    return summarise([Run(header=header, records=records)], title="t")


MIXED = _summary(*(_record(n, value=1.0 if n % 10 else 0.0, answerable="no" if n < 5 else "yes") for n in range(40)))


def _check(rule: Rule, summary: Summary = MIXED) -> GateResult:
    return check(Rules(rules=(rule,)), summary)


def _load(folder: Path, text: str) -> Rules:
    file = folder / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    return load_rules(file)


def test_a_rule_file_is_read(tmp_path: Path) -> None:
    rules = _load(
        tmp_path,
        "rules:\n"
        "  - {metric: groundedness, at_least: 0.9, on: low, tag: odd}\n"
        "  - metric: cost\n"
        "    at_most: 2.50\n"
        "    candidate: a\n"
        "min_cases: 20\n",
    )
    assert rules.min_cases == 20
    assert rules.rules[0] == Rule(
        metric="groundedness", at_least=0.9, on="low", tag="odd", location=f"{tmp_path / 'rules.yaml'}:2"
    )
    assert (rules.rules[1].at_most, rules.rules[1].candidate) == (2.5, "a")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("rules: []\n", ":1: `rules` must be a list with at least one rule"),
        ("- 1\n", ":1: the file must be a mapping"),
        ("rules:\n  - {metrc: cost, at_most: 1}\n", ":2: unknown key 'metrc'. Did you mean 'metric'?"),
        ("rules:\n  - {at_most: 1}\n", ":2: the rule names no metric"),
        ("rules:\n  - {metric: cost}\n", ":2: the rule on 'cost' needs one bound"),
        ("rules:\n  - {metric: x, at_most: 0.1, at_least: 0}\n", "needs one bound"),
        ("rules:\n  - {metric: x, at_most: '0.1'}\n", "at_most must be a number, not '0.1'"),
        ("rules:\n  - {metric: x, at_most: .nan}\n", "at_most must be a number"),
        ("rules:\n  - {metric: x, at_most: [1]}\n", "at_most must be a number, not a list"),
        ("rules:\n  - {metric: x, at_least: 90}\n", "at_least must lie in 0 to 1 for 'x', not 90. Write 0.9 for 90%"),
        ("rules:\n  - {metric: cost, at_most: -1}\n", "at_most must be 0 or more for 'cost', not -1"),
        ("rules:\n  - {metric: x, at_least: 0.9, on: lo}\n", "unknown on: 'lo'. Did you mean 'low'?"),
        ("rules:\n  - {metric: cost, at_most: 9, tag: t}\n", "'cost' is one number for the whole run"),
        ("rules:\n  - {metric: missed_refusals, at_most: 0.1, on: rate}\n", "has neither tags nor a pass rate"),
        ("rules:\n  - {metric: truthfulness, at_least: -1.5}\n", "at_least must lie in -1 to 1 for 'truthfulness'"),
        ("rules:\n  - {metric: refusal_f1, at_least: -0.5}\n", "at_least must lie in 0 to 1 for 'refusal_f1'"),
        ("rules:\n  - {metric: x, metric: y, at_least: 0.9}\n", "the key 'metric' stands here twice"),
        ("rules:\n  - {metric: x, at_least: 0.9}\nmin_cases: 0\n", ":3: min_cases must be a whole number from 1"),
        ("rules: [\n", "not YAML"),
        ("rules: " + "[" * 5000, "not YAML: nested too deeply"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)) as caught:
        _load(tmp_path, text)
    assert str(tmp_path / "rules.yaml") in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        _load(tmp_path, "rules:\n  - {metric: x}\n  - {metric: y, at_most: no}\nmin_case: 3\n")
    assert len(str(caught.value).splitlines()) == 3


def test_files_that_are_missing_huge_or_not_text_are_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        load_rules(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        load_rules(tmp_path / "latin.yaml")
    (tmp_path / "huge.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageError, match="too many"):
        load_rules(tmp_path / "huge.yaml")


@pytest.mark.parametrize(
    ("rule", "observed", "passed"),
    [
        (Rule(metric="groundedness", at_least=0.9), 0.9, True),
        (Rule(metric="groundedness", at_least=0.91), 0.9, False),
        (Rule(metric="groundedness", at_most=0.1, on="rate"), 0.1, True),
        (Rule(metric="groundedness", at_least=0.9, on="pass_rate"), 0.9, True),
        (Rule(metric="groundedness", at_least=1.0, tag="odd"), 1.0, True),
        (Rule(metric="groundedness", at_most=0.0, on="rate", tag="odd"), 0.0, True),
        (Rule(metric="missed_refusals", at_most=0.05), 1.0, False),
        (Rule(metric="over_refusals", at_most=0.0), 0.0, True),
        (Rule(metric="refusal_f1", at_least=0.5), 0.0, False),
        (Rule(metric="truthfulness", at_least=-1.0), -1.0, True),
        (Rule(metric="eligible_groundedness", at_least=0.95), 0.9, False),
        (Rule(metric="failures", at_most=0.0), 0.0, True),
        (Rule(metric="cost", at_most=4.0), 4.0, True),
        (Rule(metric="cost", at_most=3.99), 4.0, False),
        (Rule(metric="latency_p50", at_most=20.5), 20.5, True),
    ],
)
def test_a_rule_is_met_at_its_bound_and_unmet_beyond(rule: Rule, observed: float, passed: bool) -> None:
    (result,) = _check(rule).results
    assert result.observed == pytest.approx(observed)
    assert result.passed is passed
    assert _check(rule).passed is passed
    assert ("met" in result.reason) is passed


def test_rounding_does_not_miss_a_bound() -> None:
    summary = _summary(*(_record(n, value=0.0 if n < 3 else 1.0) for n in range(10)))
    assert _check(Rule(metric="groundedness", at_most=0.3, on="rate"), summary).passed


def test_bounds_of_the_interval_are_held_against_the_rule() -> None:
    pass_rate = MIXED.candidates[0].metrics["groundedness"].pass_rate
    assert pass_rate.low is not None
    observed = {
        on: _check(Rule(metric="groundedness", at_least=0.5, on=on)).results[0].observed
        for on in (
            "pass_rate_low",
            "pass_rate_high",
            "rate_low",
            "rate_high",
        )
    }
    assert observed["pass_rate_low"] == pass_rate.low
    assert observed["rate_high"] == pytest.approx(1 - pass_rate.low)
    assert observed["rate_low"] == pytest.approx(1 - observed["pass_rate_high"])


def test_the_reason_says_what_was_seen() -> None:
    (result,) = _check(Rule(metric="groundedness", at_least=0.95)).results
    assert result.rule == "groundedness at least 0.95"
    assert re.fullmatch(r"0\.9 is below 0\.95 \(0\.9, 95% 0\.\d+ to 0\.\d+, 40 answers\)", result.reason)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (Rule(metric="groundednes", at_least=0.9, location="g.yaml:2"), "g.yaml:2: .*Did you mean 'groundedness'"),
        (Rule(metric="groundedness", at_least=0.9, tag="od"), "no such score on tag 'od'. Did you mean 'odd'"),
        (Rule(metric="groundedness", at_least=0.9, candidate="b"), "no candidate 'b'. Known: a"),
        (Rule(metric="first_token_p95", at_most=1), "nothing was measured"),
    ],
)
def test_what_is_missing_is_an_error(rule: Rule, says: str) -> None:
    with pytest.raises(GateError, match=says):
        _check(rule)


def test_gaps_fail_closed() -> None:
    rule = Rule(metric="groundedness", at_least=0.0)
    lost = Failure(stage="answer", component="x", code="timeout", message="60 s")
    with pytest.raises(GateError, match="no candidate was run"):
        _check(rule, summarise([], title="t"))
    with pytest.raises(GateError, match="no candidate was run"):
        _check(rule, _summary(_record(1, value=1.0), baseline=True))
    with pytest.raises(GateError, match="3 of 4 answers of candidate 'a' are missing"):
        _check(rule, _summary(_record(1, value=1.0), planned=4))
    with pytest.raises(GateError, match="answered 0 cases"):
        _check(rule, _summary(Record(case_id="s/1", failures=(lost,))))
    with pytest.raises(GateError, match="answered 40 cases, and at least 41 are needed"):
        check(Rules(rules=(rule,), min_cases=41), MIXED)
    unpriced = Record(case_id="s/1", answer=Answer(text="x"), calls=(Call(stage="detect", component="judge"),))
    with pytest.raises(GateError, match="price of some request is unknown"):
        _check(Rule(metric="cost", at_most=1.0), _summary(unpriced))
    with pytest.raises(GateError, match="no answer that 'groundedness' applies to"):
        _check(rule, _summary(unpriced))
    with pytest.raises(GateError, match="no answer that 'missed_refusals' applies to"):
        _check(Rule(metric="missed_refusals", at_most=1.0), _summary(unpriced))


def test_a_named_baseline_can_be_held_to_a_rule() -> None:
    summary = _summary(_record(1, value=1.0), name="oracle", baseline=True)
    assert _check(Rule(metric="groundedness", at_least=1.0, candidate="oracle"), summary).passed


def test_every_quantity_that_a_rules_file_knows_can_be_observed() -> None:
    assert set(SINGLE) == set(AMOUNT_OF)
    assert set(SHARES) == set(SHARE_OF)

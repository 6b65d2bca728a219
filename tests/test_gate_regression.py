"""Rules against a baseline: what is caught, what is not, and what can't be decided."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import GateError, UsageError
from harness.gate import Rule, Rules, against_baseline, check, load_rules
from harness.records import Answer, Header, Metric, Record, Run, Score, Spec
from harness.summary import summarise

if TYPE_CHECKING:
    from pathlib import Path

    from harness.gate import RuleResult

METRICS = (
    Metric(name="groundedness", direction="higher", unit="share", rule="all"),
    Metric(name="hallucination", direction="lower", unit="share", rule="none"),
)


def _run(values: list[float], name: str = "a", **fields: Any) -> Run:
    records = tuple(
        Record(
            case_id=f"s/{n:04}",
            tags=("odd",) if n % 2 else ("even",),
            answerable="yes",
            answer=Answer(text="x"),
            scores=(
                Score(metric="groundedness", value=value, passed=value == 1),
                Score(metric="hallucination", value=1 - value, passed=value == 1),
            ),
        )
        for n, value in enumerate(values)
    )
    header = Header(
        candidate=name, answerer=Spec(name="recorded"), detector=Spec(name="lexical"), scorers=(), metrics=METRICS,
        cases_digest="d", cases=len(values), planned=len(values),
    )  # fmt: skip
    return Run(header=dataclasses.replace(header, **fields), records=records)


def _good(count: int = 200, bad: int = 10) -> list[float]:
    return [0.0 if n < bad else 1.0 for n in range(count)]


def _result(rule: Rule, run: Run, baseline: Run, look: int | None = None) -> RuleResult:
    rules = Rules(rules=(rule,))
    (result,) = check(
        rules,
        summarise([run], title="t"),
        against_baseline(rules, [run], [baseline]),
        looks=None if look is None else {"a": look},
    ).results
    return result


RULE = Rule(metric="groundedness", against="baseline")


def test_a_regression_is_caught_whichever_way_the_metric_points() -> None:
    worse, baseline = _run(_good(bad=40)), _run(_good())
    for metric in ("groundedness", "hallucination", "hallucination_rate", "eligible_groundedness"):
        result = _result(dataclasses.replace(RULE, metric=metric), worse, baseline)
        assert not result.passed, metric
        assert result.reason.startswith("worse than the baseline: ")
        assert _result(dataclasses.replace(RULE, metric=metric), baseline, worse).passed


def test_what_is_worse_by_less_than_the_least_effect_is_let_through() -> None:
    worse, baseline = _run(_good(bad=40)), _run(_good())
    assert not _result(dataclasses.replace(RULE, min_effect=0.15), worse, baseline).passed
    result = _result(dataclasses.replace(RULE, min_effect=0.16), worse, baseline)
    assert result.passed
    assert "worse by less than min_effect" in result.reason


def test_chance_is_no_regression_but_nor_does_it_show_that_there_is_none() -> None:
    draw = random.Random(3)
    first, second = (_run([float(draw.random() < 0.9) for _ in range(60)]) for _ in range(2))
    assert _result(RULE, first, second).passed
    assert _result(RULE, second, first).passed
    margin = dataclasses.replace(RULE, margin=0.01)
    assert not _result(margin, first, second).passed
    assert "not shown to be within 1 points" in _result(margin, second, first).reason


def test_a_margin_is_met_where_enough_is_seen() -> None:
    draw = random.Random(3)
    first, second = (_run([float(draw.random() < 0.97) for _ in range(3000)]) for _ in range(2))
    assert _result(dataclasses.replace(RULE, margin=0.03), first, second).passed


def test_equal_runs_of_few_cases_show_no_margin() -> None:
    few, many = _run(_good(20)), _run(_good(800))
    assert not _result(dataclasses.replace(RULE, margin=0.05), few, few).passed
    assert _result(dataclasses.replace(RULE, margin=0.05), many, many).passed


def test_a_tag_is_held_on_its_own() -> None:
    values = [0.0 if n % 2 and n < 80 else 1.0 for n in range(200)]
    worse, baseline = _run(values), _run([1.0] * 200)
    assert not _result(dataclasses.replace(RULE, tag="odd"), worse, baseline).passed
    assert _result(dataclasses.replace(RULE, tag="even"), worse, baseline).passed
    with pytest.raises(GateError, match=r"no such score on tag 'od'.*Did you mean 'odd'"):
        _result(dataclasses.replace(RULE, tag="od"), worse, baseline)


def test_many_looks_spend_one_level() -> None:
    worse, baseline = _run(_good(bad=19)), _run(_good(bad=10))
    assert not _result(RULE, worse, baseline).passed
    assert _result(RULE, worse, baseline, look=20).passed


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cases_digest": "e"}, "asked different cases"),
        ({"detector": Spec(name="judge")}, "different detectors"),
        ({"scorers": (Spec(name="x"),)}, "different scorers"),
    ],
)
def test_another_yardstick_can_not_be_decided(change: dict[str, Any], why: str) -> None:
    with pytest.raises(GateError, match=why):
        _result(RULE, _run(_good()), _run(_good(), **change))


def test_a_missing_baseline_can_not_be_decided() -> None:
    run = _run(_good())
    with pytest.raises(GateError, match="there is no baseline run"):
        check(Rules(rules=(RULE,)), summarise([run], title="t"))
    with pytest.raises(GateError, match="no run of candidate 'a'"):
        against_baseline(Rules(rules=(RULE,)), [run], [_run(_good(), "b"), _run(_good(), "c")])
    with pytest.raises(GateError, match="it was not scored in both runs"):
        _result(dataclasses.replace(RULE, metric="correctness"), run, run)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("{metric: x, against: main}", "against must be `baseline`, not 'main'"),
        ("{metric: x, against: baseline, at_least: 0.9}", "Leave out bounds and `on`"),
        ("{metric: x, against: baseline, margin: 0.1, min_effect: 0.1}", "Keep one"),
        ("{metric: x, against: baseline, margin: 0}", "margin must be above 0"),
        ("{metric: cost, against: baseline}", "'cost' can't be paired with the baseline"),
        ("{metric: x, margin: 0.1}", "a margin against nothing"),
        ("{metric: x, against: baseline, margin: 2}", "margin must lie in 0 to 1"),
    ],
)
def test_a_mistake_in_a_rule_against_the_baseline_is_named(tmp_path: Path, rule: str, says: str) -> None:
    (tmp_path / "rules.yaml").write_text(f"rules:\n  - {rule}\n")
    with pytest.raises(UsageError) as caught:
        load_rules(tmp_path / "rules.yaml")
    assert says in str(caught.value)
    assert "rules.yaml:2" in str(caught.value)


def test_rules_may_stand_in_pyproject(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(
        '[tool.harness-gate]\nbaseline = "base"\nmin_cases = 5\nrules = [{metric = "groundedness", at_least = 0.9}]\n'
    )
    rules = load_rules(file)
    assert (rules.min_cases, rules.baseline) == (5, str(tmp_path / "base"))
    assert rules.rules[0].at_least == 0.9
    file.write_text('[tool.harness-gate]\nrules = [{metrc = "groundedness", at_least = 0.9}]\n')
    with pytest.raises(UsageError, match="unknown key 'metrc'"):
        load_rules(file)
    file.write_text("[tool.other]\n")
    with pytest.raises(UsageError, match="the file is empty"):
        load_rules(file)

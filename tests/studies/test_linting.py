"""The linter: each check finds what it is for, and passes over what is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.cases import load
from harness.gate import load_rules
from harness.stats import rate_interval
from harness.studies.linting import CHECKS, LintFinding, lint

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

PASS = rate_interval([1.0, 1.0], ["a", "b"])
NONE = rate_interval([0.0, 0.0], ["a", "b"])
assert PASS is not None
assert NONE is not None
PUMP = "The pump starts at nine. The valve is made of brass."
CLEAN = f"""\
suite: clean
cases:
  - id: start
    query: When does the pump start?
    contexts: [{{text: "{PUMP}", source: manual.pdf}}]
    answerable: yes
    references: [The pump starts at nine.]
    instructions: Answer in at most 20 words.
    limits: {{max_words: 20}}
    answers: [{{model: m, text: The pump starts at nine., labels: {{faithful: yes, refusal: no}}}}]
  - id: owner
    query: Who owns the building next door?
    contexts: ["{PUMP}"]
    answerable: no
    references: [I don't know.]
    answers: [{{model: m, text: I don't know., labels: {{refusal: yes}}}}]
"""
CASES = {
    "duplicate": f'{{id: a, query: When does it start?, contexts: ["{PUMP}"]}}\n  - {{id: b, query: When does it start, contexts: ["{PUMP}"]}}',
    "near-duplicate": f'{{id: a, query: When does the pump start in the morning?, contexts: ["{PUMP}"]}}\n  - {{id: b, query: In the morning when does the pump start?, contexts: ["{PUMP}", Another.]}}',
    "reference-unsupported": f'{{id: a, query: Who owns it?, contexts: ["{PUMP}"], answerable: yes, references: ["Maria Keller of Hamburg owns the pump."]}}',
    "reference-supported": f'{{id: a, query: When?, contexts: ["{PUMP}"], answerable: no, references: [The pump starts at nine.]}}',
    "label-contradicts": f'{{id: a, query: When?, contexts: ["{PUMP}"], answers: [{{model: m, text: The pump starts at nine., labels: {{refusal: yes}}}}]}}',
    "limits-differ": f'{{id: a, query: When?, contexts: ["{PUMP}"], instructions: Answer in at most 9 words., limits: {{max_words: 4}}}}',
    "leak": f'{{id: a, query: When?, contexts: [{{text: "{PUMP}", source: distractor-1.txt}}]}}',
}


def found(tmp_path: Path, text: str, **options: int) -> tuple[LintFinding, ...]:
    path = tmp_path / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return lint(load([path]), **options)  # type: ignore[arg-type]  # only the window is given


def test_right_cases_have_no_finding(tmp_path: Path) -> None:
    assert found(tmp_path, CLEAN) == ()


@pytest.mark.parametrize("check", CASES)
def test_each_check_finds_what_it_is_for(tmp_path: Path, check: str) -> None:
    (one,) = found(tmp_path, f"suite: s\ncases:\n  - {CASES[check]}\n")
    assert one.check == check
    assert one.location.rpartition(":")[2] in {"3", "4"}
    assert str(one).startswith(f"{one.location}: {check}: ")


@pytest.mark.parametrize(
    ("text", "labels", "said"),
    [
        ("The pump starts at nine.", "faithful: no", "every word of it stands in a context"),
        ("The pump starts at nine.", "faithful: yes", None),
        ("Maria Keller of Hamburg owns the mill.", "faithful: yes", "no context supports any sentence of it"),
        ("Maria Keller of Hamburg owns the mill.", "faithful: yes, known: false_alarm", None),
        ("Maria Keller of Hamburg owns the mill.", "faithful: no", None),
        ("I don't know.", "faithful: yes", None),
        ("I don't know.", "refusal: no", "labelled no refusal, and it reads as one"),
    ],
)
def test_a_label_and_its_text(tmp_path: Path, text: str, labels: str, said: str | None) -> None:
    answers = f'answers: [{{model: m, text: "{text}", labels: {{{labels}}}}}]'
    case = f'  - {{id: a, query: When does the pump start?, contexts: ["{PUMP}"], {answers}}}\n'
    findings = found(tmp_path, f"suite: s\ncases:\n{case}")
    assert [(one.check, said in one.message) for one in findings] == ([("label-contradicts", True)] if said else [])  # type: ignore[operator]  # None is compared away before


def test_a_reference_in_the_prompt_and_a_telling_id(tmp_path: Path) -> None:
    head = "suite: s\ncases:\n"
    (held,) = found(
        tmp_path,
        f'{head}  - {{id: a, query: "It starts at nine, right?", contexts: ["{PUMP}"], references: [Starts at nine]}}\n',
    )
    assert held.check == "leak"
    (told,) = found(
        tmp_path, f'{head}  - {{id: unanswerable-3, query: This is unanswerable 3., contexts: ["{PUMP}"]}}\n'
    )
    assert told.check == "leak"


def test_long_contexts_and_imbalance(tmp_path: Path) -> None:
    (one,) = found(tmp_path, f'suite: s\ncases: [{{id: a, query: When?, contexts: ["{PUMP}"]}}]\n', window=10)
    assert (one.check, "about 13 tokens, over 10" in one.message) == ("long-contexts", True)
    rows = "".join(
        f'  - {{id: c{n}, query: Question {n * 7919}?, contexts: ["Door {n}."], answerable: yes}}\n' for n in range(10)
    )
    (all_yes,) = found(tmp_path, f"suite: s\ncases:\n{rows}")
    assert (all_yes.location, all_yes.check) == ("", "imbalance")
    assert "0 of 10 cases are unanswerable" in all_yes.message


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "{metric: groundedness, at_least: 0.9, on: pass_rate_low}",
            f"if all pass, the interval's lower end is {PASS.low:.3f}",
        ),
        ("{metric: groundedness, at_least: 0.9, on: low}", "if all pass, the interval's lower end is "),
        (
            "{metric: hallucination, at_most: 0.1, on: rate_high}",
            f"if none fails, the interval's upper end is {NONE.high:.3f}",
        ),
        ("{metric: groundedness, at_least: 0.9, tag: odd}", "none has the tag"),
        ("{metric: groundedness, at_least: 0.9}", None),
        ("{metric: groundedness, at_least: 0.001, on: pass_rate_low}", None),
    ],
)
def test_too_few_cases_for_a_rule(tmp_path: Path, rule: str, said: str | None) -> None:
    (tmp_path / "clean.yaml").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(f"rules: [{rule}]\n", encoding="utf-8")
    findings = lint(load([tmp_path / "clean.yaml"]), rules=load_rules(tmp_path / "rules.yaml"))
    assert [said in one.message for one in findings] == ([] if said is None else [True])  # type: ignore[operator]  # None is compared away before


def test_the_command_exits_1_on_a_finding(
    harness: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "clean.yaml").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("rules: [{metric: groundedness, at_least: 0.5}]\nmin_cases: 9\n")
    clean = harness("cases", "lint", "clean.yaml")
    assert (clean.returncode, clean.stdout) == (0, "2 cases, 0 findings\n")
    few = harness("cases", "lint", "clean.yaml", "--rules", "rules.yaml")
    assert few.returncode == 1
    assert "rules.yaml:1: too-few: groundedness at least 0.5: 2 cases; the rules want 9" in few.stdout


def test_every_check_is_tested_here_and_said_in_the_manual() -> None:
    assert {*CASES, "long-contexts", "imbalance", "too-few"} == set(CHECKS)
    manual = (Path(__file__).parents[2] / "docs" / "cases.md").read_text(encoding="utf-8")
    assert all(f"`{check}`" in manual for check in CHECKS)

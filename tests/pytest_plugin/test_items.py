"""Items of an asked candidate: their names, selection, failure text, properties, rules and options."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

QUIET = ("-p", "harness.pytest_plugin")


def asked(project: Path) -> list[str]:
    log = project / "calls.log"
    return sorted(log.read_text().splitlines()) if log.exists() else []


def test_a_case_is_an_item_of_each_candidate(project: Path, pytester: pytest.Pytester) -> None:
    done = pytester.runpytest("cases", "-v", *QUIET)
    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(
        ["cases/doors.yaml::one[[]bot:answer[]] PASSED*", "cases/doors.yaml::fox[[]bot:answer[]] FAILED*"]
    )
    assert asked(project) == ["Which is door one?", "Which is door two?", "Who made the fox?"]


def test_a_failure_says_everything_and_has_no_traceback(project: Path, pytester: pytest.Pytester) -> None:
    text = pytester.runpytest("cases", *QUIET).stdout.str()
    assert "query: Who made the fox?" in text
    assert "repainted by Maria Keller" in text
    assert "~~~~" in text
    assert "limit: " in text
    assert "(rule: " in text
    assert "word_limit: " in text
    assert "Traceback" not in text
    assert "items.py" not in text
    assert "Leaderboard" in text
    assert project.name not in text.partition("FAILURES")[2].partition("harness ===")[0]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("-k", "one"), ["Which is door one?"]),
        (("-m", "odd"), ["Who made the fox?"]),
        (("cases/doors.yaml::two[bot:answer]",), ["Which is door two?"]),
    ],
)
def test_only_what_is_selected_is_asked(
    project: Path, pytester: pytest.Pytester, arguments: tuple[str, ...], wanted: list[str]
) -> None:
    paths = () if arguments[0].startswith("cases") else ("cases",)
    pytester.runpytest(*paths, *arguments, "--strict-markers", *QUIET)
    assert asked(project) == wanted


def test_nothing_is_asked_where_nothing_runs(project: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest("cases", "--collect-only", *QUIET)
    pytester.runpytest("cases", "-k", "nothing", *QUIET)
    (project / "cases" / "wrong.yaml").write_text("suite: wrong\ncases: [{id: a}]\n")
    assert pytester.runpytest("cases", *QUIET).ret == 2
    assert asked(project) == []


def test_last_failed_and_stepwise(project: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest("cases", *QUIET)
    (project / "calls.log").unlink()
    pytester.runpytest("cases", "--lf", *QUIET).assert_outcomes(failed=1)
    assert asked(project) == ["Who made the fox?"]
    pytester.runpytest("cases", "--sw", *QUIET).assert_outcomes(passed=2, failed=1)
    pytester.runpytest("cases", "-x", "--harness-answerer=refuse", *QUIET).assert_outcomes(failed=1)


def test_trials_show_what_is_flaky(project: Path, pytester: pytest.Pytester) -> None:
    done = pytester.runpytest("cases", "-k", "fox", "--harness-trials=2", f"--junitxml={project}/j.xml", *QUIET)
    assert "trials fail" in done.stdout.str()
    assert len(asked(project)) == 2
    case = ET.parse(project / "j.xml").getroot().find(".//testcase")
    assert case is not None
    named = {p.attrib["name"]: float(p.attrib["value"]) for p in case.iter("property")}
    assert named["groundedness[0]"] == 0.0
    assert named["groundedness[1]"] == 1.0
    assert named["groundedness"] == 0.5


def test_rules_decide_over_all_answers(project: Path, pytester: pytest.Pytester) -> None:
    (project / "rules.yaml").write_text(
        "rules:\n  - {metric: groundedness, at_least: 0.6}\n  - {metric: groundedness, at_least: 0.9}\n"
    )
    done = pytester.runpytest("cases", "--harness-rules=rules.yaml", "-v", *QUIET)
    done.assert_outcomes(passed=4, failed=1)
    done.stdout.fnmatch_lines(
        ["*rules.yaml::rule[[]groundedness at least 0.9[]] FAILED*", "*rules.yaml:3: groundedness at least 0.9*"]
    )
    (project / "calls.log").unlink()
    pytester.runpytest("cases", "--harness-rules=rules.yaml", "-k", "groundedness", *QUIET).assert_outcomes(
        passed=1, failed=1
    )
    assert len(asked(project)) == 3
    (project / "rules.yaml").write_text("rules: [{metric: groundedness, at_least: 0.5}]\nmin_cases: 9\n")
    done = pytester.runpytest("cases", "--harness-rules=rules.yaml", *QUIET)
    done.assert_outcomes(passed=3, failed=1)
    assert "can't be decided" in done.stdout.str()


def test_offline_asks_nobody(project: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest("cases", "--harness-offline", *QUIET).assert_outcomes(skipped=3)
    assert asked(project) == []
    built_in = ("--harness-offline", "--harness-answerer=extractive", "-k", "one")
    pytester.runpytest("cases", *built_in, *QUIET).assert_outcomes(passed=1)


def test_a_breakdown_fails_and_a_mistake_is_said(project: Path, pytester: pytest.Pytester) -> None:
    suite = project / "cases" / "doors.yaml"
    suite.write_text("suite: doors\ncases: [{id: b, query: The broken door?, contexts: [A door.]}]\n")
    done = pytester.runpytest("cases", *QUIET)
    done.assert_outcomes(failed=1)
    assert "answer broke down: bot:answer raised RuntimeError: no such door" in done.stdout.str()
    done = pytester.runpytest("cases", "--harness-answerer=function:bot:nothing", *QUIET)
    done.assert_outcomes(failed=1)
    assert "'bot' has no 'nothing'" in done.stdout.str()


def test_reports_are_written_where_asked_and_never_over_a_run(project: Path, pytester: pytest.Pytester) -> None:
    arguments = ("cases", "--harness-output=out", *QUIET)
    assert "reports in " in pytester.runpytest(*arguments).stdout.str()
    names = {path.name for path in (project / "out").iterdir()}
    assert {"report.html", "report.md", "junit.xml", "summary.json", "bot-answer.jsonl"} <= names
    again = pytester.runpytest(*arguments)
    assert again.ret != 0
    assert "holds a run already" in again.stdout.str() + again.stderr.str()


def test_a_tag_named_like_a_mark_of_pytest_does_nothing(project: Path, pytester: pytest.Pytester) -> None:
    suite = project / "cases" / "doors.yaml"
    suite.write_text("suite: d\ncases: [{id: a, query: Which door?, contexts: [A door.], tags: [skip, _x]}]\n")
    pytester.runpytest("cases", *QUIET).assert_outcomes(passed=1)

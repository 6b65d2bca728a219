"""The fixtures and the marker in hand-written tests, run by pytest inside pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

QUIET = ("-p", "harness.pytest_plugin")


def test_faithful_passes_and_fails_with_the_words_underlined(project: Path, pytester: pytest.Pytester) -> None:
    del project
    pytester.makepyfile(
        test_own="""
        CONTEXTS = ["The first door is green."]

        def test_good(faithful):
            verdict = faithful("The first door is green.", CONTEXTS)
            assert verdict
            verdict.check()

        def test_bad(faithful):
            verdict = faithful("The door was repainted by Maria Keller of Hamburg.", CONTEXTS)
            assert not verdict
            verdict.check()
        """
    )
    done = pytester.runpytest("test_own.py", *QUIET)
    done.assert_outcomes(passed=1, failed=1)
    text = done.stdout.str()
    assert "Maria Keller" in text
    assert "~~~" in text or "baseless" in text
    assert "verdict.check()" not in text
    assert "Leaderboard" not in text


def test_harness_asks_one_question_and_whole_suites(project: Path, pytester: pytest.Pytester) -> None:
    del project
    pytester.makepyfile(
        test_own="""
        import pytest

        def test_one(harness):
            answers = harness.ask("Which is door one?", ["The first door is green."], max_words=20)
            assert answers.texts == ["The first door is green."]
            answers.check_each()

        def test_missed(harness):
            harness.ask("Who made the fox?", ["The fox stands there."], answerers=["function:bot:answer"]).check_each()

        def test_shares(harness):
            answers = harness.run("cases/doors.yaml", trials=2)
            found = answers.share("groundedness")
            assert (found.n, round(found.value, 3)) == (6, 0.833)
            assert found.low < found.value < found.high
            assert answers.flaky("groundedness") == ("doors/fox",)
            assert answers.of("bot:answer").records == answers.records
            assert answers.check("groundedness", at_least=0.01, level=0.9).level == 0.9
            with pytest.raises(KeyError, match="no candidate 'x'"):
                answers.of("x")
            with pytest.raises(ValueError, match="no answer has a score for 'format'"):
                answers.share("format")

        def test_too_few(harness):
            harness.run("cases/doors.yaml", tags=["plain"]).check("groundedness", at_least=0.9)

        def test_broken(harness):
            harness.ask("The broken door?", ["It is shut."]).check_each()
        """
    )
    done = pytester.runpytest("test_own.py", *QUIET)
    done.assert_outcomes(passed=2, failed=3)
    text = done.stdout.str()
    assert "groundedness: 100.0% of 2 [" in text
    assert "at 95% confidence pass; the lower end must reach 90.0%" in text
    assert "none: more cases are needed" in text
    assert "query: Who made the fox?" in text
    assert "broke down: bot:answer raised RuntimeError" in text
    assert "fixtures.py" not in text


def test_rag_cases_gives_each_case(project: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_own="""
        import pytest

        @pytest.mark.rag_cases("cases/doors.yaml", tags=["plain"])
        def test_case(case, harness):
            harness.run(case).check_each()
        """,
        test_wrong="""
        import pytest

        @pytest.mark.rag_cases("cases/doors.yaml")
        def test_case():
            pass
        """,
        test_absent="""
        import pytest

        @pytest.mark.rag_cases("cases/absent.yaml")
        def test_case(case):
            pass
        """,
    )
    done = pytester.runpytest("test_own.py", "-v", "--strict-markers", *QUIET)
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["test_own.py::test_case[[]doors/one[]] PASSED*"])
    assert "takes no 'case'" in pytester.runpytest("test_wrong.py", *QUIET).stdout.str()
    assert "absent.yaml: there is no such file" in pytester.runpytest("test_absent.py", *QUIET).stdout.str()
    assert len((project / "calls.log").read_text().splitlines()) == 2

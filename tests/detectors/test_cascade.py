"""The cascade: the offline detector settles what it is sure of, the judge is asked for the rest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from harness import registry
from harness.detectors.cascade import HIGH, LOW, undecided
from harness.detectors.lexical import Lexical
from harness.errors import BreakdownError, SpecError
from harness.testing import ScriptedJudge, ScriptedServer, judge_request
from tests.detectors.judging import ANSWER, QUESTION, TRUTH

if TYPE_CHECKING:
    from harness.records import Detection


def cascade(base_url: str, text: str = ANSWER, **options: Any) -> Detection:
    async def work() -> Detection:
        written = "&".join(f"{name}={value}" for name, value in {"base_url": base_url, "retries": 0, **options}.items())
        made = registry.build("detectors", registry.parse(f"cascade:lexical,judge:m?{written}"))
        try:
            found: Detection = await made.detect(QUESTION, text)
        finally:
            await made.aclose()
        return found

    return asyncio.run(work())


def test_only_undecided_sentences_go_to_the_judge_and_its_verdict_stands() -> None:
    first = asyncio.run(Lexical().detect(QUESTION, ANSWER))
    starts = undecided(first, LOW, HIGH)
    wanted = {ANSWER[s.start : s.end] for s in first.sentences if s.start in starts}
    assert 0 < len(wanted) < len(first.sentences)
    with ScriptedServer(ScriptedJudge({**TRUTH, "The studio was built in 1911.": "contradicted"}.get)) as server:
        found = cascade(server.base_url)
        (request,) = server.requests
    asked = set(judge_request(request.body).sentences.values())
    assert wanted < asked
    assert len(asked) == len(wanted) + 2  # and the two control sentences
    assert {s.verdict for s in found.sentences if s.start in starts} == {"unsupported"}
    assert found.spans[-1].label == "conflict"
    assert [call.stage for call in found.calls] == ["detect"]


def test_nothing_is_asked_where_all_is_sure() -> None:
    with ScriptedServer(ScriptedJudge()) as server:
        found = cascade(server.base_url, "Bowls dry for two days. The studio closes in August.")
        assert not server.requests
    assert [s.verdict for s in found.sentences] == ["supported", "supported"]
    assert found.spans == ()


def test_what_lies_above_is_unsupported_and_has_its_span() -> None:
    with ScriptedServer(ScriptedJudge()) as server:
        found = cascade(server.base_url, low=0.05, high=0.05)
        assert not server.requests
    bad = [s for s in found.sentences if s.verdict == "unsupported"]
    assert bad
    assert all(any(s.start <= span.start < s.end for span in found.spans) for s in bad)


def test_a_judge_that_breaks_down_is_a_failure_and_no_guess() -> None:
    with ScriptedServer(lambda *_: "no verdicts") as server, pytest.raises(BreakdownError) as caught:
        cascade(server.base_url)
    assert caught.value.code == "verdict_missing"


@pytest.mark.parametrize(
    "spec", ["cascade:lexical", "cascade:lexical,lexical", "cascade:lexical,judge:m?low=0.9&high=0.1"]
)
def test_what_is_no_cascade_is_said(spec: str) -> None:
    with pytest.raises(SpecError):
        registry.build("detectors", registry.parse(spec))

"""Panels: the majority stands, who said what is kept, and a member that breaks down is a failure."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from harness import registry
from harness.detectors.panel import voted
from harness.errors import BreakdownError, SpecError
from harness.records import Detection, Sentence, Span
from harness.testing import Fault, ScriptedJudge, ScriptedServer
from tests.detectors.judging import ANSWER, QUESTION, TRUTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.records import Verdict

HONEST = ScriptedJudge({**TRUTH, "I hope this helps!": "none"}.get)
LENIENT = ScriptedJudge({**TRUTH, "The studio was built in 1911.": "none", "I hope this helps!": "none"}.get)


def panel(spec: str) -> Detection:
    async def work() -> Detection:
        made = registry.build("detectors", registry.parse(spec))
        try:
            found: Detection = await made.detect(QUESTION, ANSWER)
        finally:
            await made.aclose()
        return found

    return asyncio.run(work())


def by_model(scripts: Mapping[str, Any]) -> Any:
    return lambda body, number: scripts[body["model"]](body, number)


def test_the_majority_stands_and_every_vote_is_kept() -> None:
    with ScriptedServer(by_model({"a": HONEST, "b": LENIENT, "c": HONEST})) as server:
        found = panel(f"panel:judge:a,judge:b,judge:c?base_url={server.base_url}&retries=0")
        assert len(server.requests) == 3
    assert [s.verdict for s in found.sentences] == ["supported", "unsupported", "unsupported", None]
    votes = {"judge:a": "unsupported", "judge:b": None, "judge:c": "unsupported"}
    assert (found.sentences[2].votes, found.sentences[2].probability) == (votes, 0.6667)
    assert found.spans[-1].reason.endswith("(2 of 3 in the panel)")
    assert len(found.calls) == 3


def test_options_are_dealt_out_and_offline_members_take_none() -> None:
    with ScriptedServer(HONEST) as one, ScriptedServer(HONEST) as other:
        urls = f"{one.base_url}|{other.base_url}|{one.base_url}"
        found = panel(f"panel:judge:a,judge:b,lexical?base_url={urls}&retries=0")
        assert (len(one.requests), len(other.requests)) == (1, 1)
    assert set(found.sentences[1].votes) == {"judge:a", "judge:b", "lexical"}


def test_a_panel_stands_behind_a_cascade() -> None:
    with ScriptedServer(HONEST) as server:
        found = panel(f"cascade:lexical,panel:judge:a,judge:b,judge:c?base_url={server.base_url}&retries=0")
    assert {len(s.votes) for s in found.sentences if s.kind == "claim"} == {1, 3}


def test_a_member_that_breaks_down_is_a_failure_with_all_calls() -> None:
    with ScriptedServer(by_model({"a": HONEST, "b": lambda *_: Fault(status=500), "c": HONEST})) as server:
        with pytest.raises(BreakdownError) as caught:
            panel(f"panel:judge:a,judge:b,judge:c?base_url={server.base_url}&retries=0")
        assert len(caught.value.calls) == len(server.requests) == 3


@pytest.mark.parametrize("target", ["judge:a", "judge:a,judge:b", "judge:a,judge:a,judge:b"])
def test_what_has_no_majority_is_no_panel(target: str) -> None:
    with pytest.raises(SpecError, match="odd number"):
        panel(f"panel:{target}?base_url=http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("verdicts", "majority"),
    [
        (("unsupported", "unsupported", None), "unsupported"),
        (("unsupported", "supported", None), "supported"),
        (("unsupported", None, None), None),
        (("supported", "supported", "unsupported"), "supported"),
    ],
)
def test_majorities(verdicts: tuple[Verdict | None, ...], majority: Verdict | None) -> None:
    members = [
        Detection(
            sentences=(Sentence(start=0, end=5, kind="claim" if one else "other", verdict=one),),
            spans=(Span(start=0, end=5, label="baseless", confidence=1.0, reason="r"),) if one == "unsupported" else (),
        )
        for one in verdicts
    ]
    found = voted(("a", "b", "c"), members)
    assert found.sentences[0].verdict == majority
    assert len(found.spans) == (majority == "unsupported")

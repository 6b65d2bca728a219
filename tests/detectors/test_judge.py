"""The judge: one call an answer, every verdict exactly once or a failure, every quote checked."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.judging import judged, made
from harness import registry
from harness.detectors.judge import Judge
from harness.detectors.judge.fencing import neutralised
from harness.detectors.judge.quotes import faulty, quoted
from harness.detectors.judge.replies import read
from harness.detectors.judge.windows import views
from harness.errors import BreakdownError, SpecError
from harness.records import Detection, Passage, Question
from harness.testing import Fault, Say, ScriptedJudge, ScriptedServer, judge_request, written
from tests.detectors.judging import ANSWER, PASSAGES, QUESTION, TRUTH, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HONEST = ScriptedJudge({**TRUTH, "I hope this helps!": "none"}.get)


def spoiled(change: Callable[[list[dict[str, Any]], Mapping[int, str]], object], turns: int = 99) -> Any:
    """Return a script that changes the honest verdicts in its first turns."""

    def script(body: Mapping[str, Any], number: int) -> str:
        asked = judge_request(body)
        rows = HONEST.verdicts(asked)
        if number < turns:
            change(rows, asked.sentences)
        return written(rows)

    return script


def row_of(rows: list[dict[str, Any]], sentences: Mapping[int, str], start: str) -> dict[str, Any]:
    return next(row for row in rows if sentences[row["id"]].startswith(start))


def verdicts(found: Detection) -> list[str | None]:
    return [sentence.verdict for sentence in found.sentences]


def test_one_call_gives_every_claim_its_verdict_evidence_and_span() -> None:
    with ScriptedServer(HONEST) as server:
        found = judge(server.base_url)
        assert len(server.requests) == 1
    assert verdicts(found) == ["supported", "unsupported", "unsupported", None]
    (proof,) = found.sentences[0].evidence
    assert proof.passage == "b"
    assert PASSAGES[1].text[proof.start : proof.end] == "Bowls dry for two days"
    assert [(span.label, ANSWER[span.start : span.end]) for span in found.spans] == [
        ("conflict", "The north kiln fires at 1200 degrees"),
        ("baseless", "The studio was built in 1911"),
    ]
    (call,) = found.calls
    assert (call.stage, call.component, call.model) == ("detect", "judge:m (schema)", "scripted")
    assert found.probability == 1.0


def test_what_is_asked_again_is_only_what_is_missing() -> None:
    def drop(rows: list[dict[str, Any]], sentences: Mapping[int, str]) -> None:
        rows.remove(row_of(rows, sentences, "Bowls"))

    with ScriptedServer(spoiled(drop, turns=1)) as server:
        found = judge(server.base_url)
        second = judge_request(server.requests[1].body)
        assert len(server.requests) == 2
    assert sum(text in TRUTH for text in second.sentences.values()) == 1
    assert verdicts(found) == ["supported", "unsupported", "unsupported", None]
    assert len(found.calls) == 2


def _double(rows: list[dict[str, Any]], sentences: Mapping[int, str]) -> None:
    rows.append(row_of(rows, sentences, "Bowls"))


def _unknown(rows: list[dict[str, Any]], _: Mapping[int, str]) -> None:
    rows.append({"id": 7, "v": "supported", "e": "", "w": ""})


def _minus(rows: list[dict[str, Any]], sentences: Mapping[int, str]) -> None:
    row_of(rows, sentences, "Bowls")["v"] = -1


def _invented_quote(rows: list[dict[str, Any]], sentences: Mapping[int, str]) -> None:
    row_of(rows, sentences, "Bowls")["e"] = "P1|Bowls rest|for a week"


def _no_quote(rows: list[dict[str, Any]], sentences: Mapping[int, str]) -> None:
    row_of(rows, sentences, "Bowls")["e"] = ""


def _no_control(rows: list[dict[str, Any]], sentences: Mapping[int, str]) -> None:
    rows[:] = [row for row in rows if sentences[row["id"]] in TRUTH]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_double, "2 verdicts"),
        (_unknown, "which was not asked"),
        (_minus, "no verdict: '-1'"),
        (_invented_quote, "a quote that stands nowhere"),
        (_no_quote, "a quote that stands nowhere"),
        (_no_control, "no control verdict"),
    ],
)
def test_what_is_no_verdict_is_asked_again_once_and_then_a_failure(change: Any, said: str) -> None:
    with ScriptedServer(spoiled(change)) as server:
        with pytest.raises(BreakdownError, match=said) as caught:
            judge(server.base_url)
        assert len(server.requests) == 2
    assert caught.value.code == "verdict_missing"
    assert len(caught.value.calls) == 2
    with ScriptedServer(spoiled(change, turns=1)) as server:
        assert verdicts(judge(server.base_url))[0] == "supported"


@pytest.mark.parametrize("verdict", ["supported", "contradicted", "absent", "none"])
def test_a_judge_that_says_one_thing_of_everything_is_void(verdict: str) -> None:
    with ScriptedServer(ScriptedJudge(lambda _: verdict)) as server, pytest.raises(BreakdownError) as caught:
        judge(server.base_url)
    assert caught.value.code in {"control_failed", "verdict_missing"}


def test_words_at_fault_are_found_re_aligned_or_dropped() -> None:
    def name(fault: str) -> Detection:
        def change(rows: list[dict[str, Any]], sentences: Mapping[int, str]) -> None:
            row_of(rows, sentences, "The studio")["w"] = fault

        with ScriptedServer(spoiled(change)) as server:
            return judge(server.base_url)

    def last(found: Detection) -> tuple[str, str]:
        span = found.spans[-1]
        return ANSWER[span.start : span.end], span.reason

    exact, near, lost = (last(name(fault)) for fault in ("in 1911", "was biult in 1911", "a purple elephant herd"))
    assert exact == ("in 1911", "the judge finds it nowhere")
    assert near[0] == "was built in 1911"
    assert "re-aligned" in near[1]
    assert lost[0] == "The studio was built in 1911."
    assert "dropped" in lost[1]


def test_nothing_is_asked_where_nothing_is_said() -> None:
    with ScriptedServer(HONEST) as server:
        assert judge(server.base_url, "").sentences == ()
        assert verdicts(judge(server.base_url, "...\n\n---")) == [None] * len(
            judge(server.base_url, "...\n\n---").sentences
        )
        assert not server.requests


def test_without_passages_nothing_can_be_supported() -> None:
    bare = dataclasses.replace(QUESTION, passages=())
    with ScriptedServer(ScriptedJudge()) as server:
        found = judge(server.base_url, question=bare)
    assert verdicts(found) == ["unsupported"] * 4
    careless = ScriptedJudge(lambda text: None if "holds" in text else "supported")
    with ScriptedServer(careless) as server, pytest.raises(BreakdownError, match="stands nowhere"):
        judge(server.base_url, question=bare)


@pytest.mark.parametrize(
    ("refused", "form"),
    [
        ((), "schema"),
        (("json_schema",), "object"),
        (("json_schema", "json_object"), "tools"),
        (("json_schema", "json_object", "tools"), "text"),
    ],
)
def test_an_endpoint_is_asked_in_the_strictest_form_that_it_takes(refused: tuple[str, ...], form: str) -> None:
    def script(body: Mapping[str, Any], number: int) -> str | Say | Fault:
        kind = body.get("response_format", {}).get("type") or ("tools" if "tools" in body else "")
        if kind in refused:
            return Fault(status=400, message=f"{kind} is not supported here")
        said = HONEST(body, number)
        if kind == "tools":
            call = {"id": "c", "type": "function", "function": {"name": "verdicts", "arguments": said}}
            return Say(message={"role": "assistant", "content": None, "tool_calls": [call]})
        return f"<think>Let me see: {{}}</think>Here:\n```json\n{said}\n```" if not kind else said

    async def twice(base_url: str) -> Detection:
        made = Judge(target="m", base_url=base_url, retries=0)
        await made.detect(QUESTION, ANSWER)
        found = await made.detect(QUESTION, "Bowls dry for two days.")
        await made.aclose()
        return found

    with ScriptedServer(script) as server:
        found = asyncio.run(twice(server.base_url))
        assert len(server.requests) == 2 + len(refused)
    assert found.calls[0].component == f"judge:m ({form})"


def test_an_endpoint_that_takes_no_temperature_is_asked_without() -> None:
    def script(body: Mapping[str, Any], number: int) -> str | Fault:
        return Fault(status=400, message="temperature is fixed") if "temperature" in body else HONEST(body, number)

    with ScriptedServer(script) as server:
        assert judge(server.base_url).calls[0].component == "judge:m (schema)"


def test_another_bad_request_is_no_reason_to_ask_less_strictly() -> None:
    fault = Fault(status=400, message="the prompt is too long", code="context_length_exceeded")
    with ScriptedServer(lambda *_: fault) as server:
        with pytest.raises(BreakdownError):
            judge(server.base_url)
        assert len(server.requests) == 1


def test_calls_output_and_prompt_stay_within_their_bars() -> None:
    """The bars: one call below 40 sentences, 30 + 30 x sentences tokens said, 700 asked beyond the data."""
    costs = judged(list(made(range(1, 40))))
    assert [cost.sentences for cost in costs] == list(range(1, 40))
    assert {cost.calls for cost in costs} == {1}
    assert all(cost.said <= 30 + 30 * cost.sentences for cost in costs)
    assert max(cost.overhead for cost in costs) <= 700


def test_incomplete_replies_cost_no_more_than_a_tenth_of_a_call() -> None:
    costs = judged(list(made([4, 8, 12, 20] * 50)), incomplete=0.08)
    calls = [cost.calls for cost in costs]
    assert set(calls) == {1, 2}
    assert sum(calls) / len(calls) <= 1.1


def test_long_contexts_and_answers_are_split_and_merged() -> None:
    facts = [f"Pump {n} was serviced by crew {n + 3} in the spring." for n in range(90)]
    question = Question(id="q", query="Which?", passages=(Passage(id="p", text=" ".join(facts)),))
    with ScriptedServer(HONEST) as server:
        found = judge(server.base_url, " ".join(facts), question, window=2000)
        asked = [judge_request(request.body) for request in server.requests]
    assert verdicts(found) == ["supported"] * 90
    assert all(sum(len(text) for text in one.passages.values()) < 2200 for one in asked)
    for sentence, fact in zip(found.sentences, facts, strict=True):
        (proof,) = sentence.evidence
        assert question.passages[0].text[proof.start : proof.end] in fact
    with ScriptedServer(HONEST) as server:
        judge(server.base_url, " ".join(facts), question)
        assert len(server.requests) == 3  # 90 sentences, 40 a call


@given(st.lists(st.text(alphabet="ab. \n", max_size=3000), max_size=3), st.integers(1000, 1500))
@settings(max_examples=40, deadline=None)
def test_views_cover_every_character_within_their_size(texts: list[str], most: int) -> None:
    passages = [Passage(id=str(n), text=text) for n, text in enumerate(texts)]
    seen = [set[int]() for _ in texts]
    for view in views(passages, most):
        assert sum(piece.end - piece.start for piece in view) <= most
        for piece in view:
            seen[piece.passage].update(range(piece.start, piece.end))
    for text, covered in zip(texts, seen, strict=True):
        assert not text.strip() or covered == set(range(len(text)))


def test_what_judging_would_cost_is_told_before() -> None:
    made = Judge(target="m", base_url="http://127.0.0.1:9/v1", repeats=3)
    calls = made.forecast(QUESTION)
    assert len(calls) == 3
    assert all((call.stage, call.estimated, call.attempts) == ("detect", True, 1) for call in calls)
    assert 500 < (calls[0].prompt_tokens or 0) < 900


def test_repeats_count_and_the_majority_stands() -> None:
    def script(body: Mapping[str, Any], number: int) -> str:
        truth = {
            **TRUTH,
            "I hope this helps!": "none",
            "The studio was built in 1911.": "supported" if number == 1 else "absent",
        }
        return ScriptedJudge(truth.get)(body, number)

    with ScriptedServer(script) as server:
        found = judge(server.base_url, repeats=3)
        assert len(server.requests) == 3
    assert found.sentences[2].probability == pytest.approx(2 / 3, abs=1e-4)
    assert found.spans[-1].reason.startswith("the judge finds it nowhere (2 of 3 times)")
    assert list(found.sentences[2].votes.values()) == ["unsupported", "supported", "unsupported"]
    with pytest.raises(SpecError, match="odd"):
        registry.build("detectors", registry.parse("judge:m?repeats=2"))


def test_the_same_question_is_asked_in_the_same_words_and_the_digest_tells_judges_apart() -> None:
    with ScriptedServer(HONEST) as server:
        judge(server.base_url)
        judge(server.base_url)
        first, second = (request.body for request in server.requests)
    assert first == second
    unlike: list[dict[str, Any]] = [{}, {}, {"target": "n"}, {"temperature": 1.0}, {"examples": "none"}]
    made = [Judge(**{"target": "m", "base_url": server.base_url, **options}).fingerprint for options in unlike]
    assert made[0] == made[1]
    assert len(set(made)) == 4


@given(st.text())
def test_neutralising_keeps_every_offset_and_leaves_no_mark(text: str) -> None:
    safe = neutralised(text)
    assert len(safe) == len(text)
    assert not set(safe) & set("<>`\u200b\u202e\U000e0041")
    assert neutralised(safe) == safe
    safe.encode()  # no lone surrogate is left


@given(st.text(max_size=400), st.sets(st.integers(100, 999), min_size=1, max_size=4))
def test_any_reply_accounts_for_every_number(reply: str, numbers: set[int]) -> None:
    found = read(reply, numbers)
    assert set(found.rulings) | set(found.faults) == numbers
    assert not set(found.rulings) & set(found.faults)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(90, 120) | st.floats() | st.sampled_from(["supported", "absent", "101"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "v", "e", "w", "verdicts"]), inner),
)


@given(JSON)
def test_any_json_accounts_for_every_number(value: Any) -> None:
    numbers = {101, 102}
    found = read(json.dumps(value), numbers)
    assert set(found.rulings) | set(found.faults) == numbers
    assert not set(found.rulings) & set(found.faults)


def test_quotes_are_found_where_they_stand_and_nowhere_else() -> None:
    texts = {"P1": PASSAGES[0].text, "P2": PASSAGES[1].text}
    whole = quoted("P1|the north kiln|900 degrees", texts)
    assert whole is not None
    assert PASSAGES[0].text[whole.start : whole.end] == "The north kiln fires at 900 degrees"
    moved = quoted("P1|Bowls dry|two days", texts)
    assert moved is not None
    assert moved.passage == "P2"
    typo = quoted("P2|Bowls drys for two|upper racks", texts)
    assert typo is not None
    assert typo.similarity < 1
    for nothing in (
        "",
        ":",
        "P1|",
        "P1|a|.",
        "P9|Bowls dry|two days",
        "P1|The south kiln|1200 degrees",
        "P2|in August|Bowls dry",
    ):
        assert quoted(nothing, texts) is None, nothing
    assert faulty("", "It starts.") is None


def test_other_languages() -> None:
    passages = (Passage(id="p", text="水泵于四月启动。它是蓝色的。"),)
    question = Question(id="q", query="什么时候启动？", passages=passages)
    with ScriptedServer(ScriptedJudge({"水泵于五月启动。": "contradicted"}.get)) as server:
        found = judge(server.base_url, "它是蓝色的。水泵于五月启动。", question)
    assert verdicts(found) == ["supported", "unsupported"]

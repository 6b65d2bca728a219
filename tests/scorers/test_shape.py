"""Form, eligibility and citations: what an answer is like, whatever it says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import registry
from harness.records import Answer, Case, Format, Passage, Question, Score, Spec
from harness.text.citations import citations, without_citations
from harness.text.endings import repeats, unfinished
from harness.text.scaffold import leaks

CASE = Case(
    id="s/a",
    question=Question(
        id="q",
        query="When does the pump start and what is the valve made of?",
        passages=(
            Passage(id="p1", text="The pump starts at nine every morning. It is red."),
            Passage(id="p2", text="The valve is made of brass and weighs 500 grams.", source="valves.txt"),
        ),
    ),
    context_ids=("pumps", "valves"),
)


def score(name: str, case: Case, text: str, **fields: Any) -> dict[str, Score]:
    scorer = registry.build("scorers", Spec(name=name))
    detector = registry.build("detectors", Spec(name="lexical"))

    async def work() -> tuple[Score, ...]:
        detection = await detector.detect(case.question, text)
        found: tuple[Score, ...] = await scorer.score(case, Answer(text=text, raw=text, **fields), detection)
        return found

    return {one.metric: one for one in asyncio.run(work())}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The pump starts at nine and the valve", "no end"),
        ("The pump starts at nine, and the", "in the middle"),
        ("The pump starts at nine,", "in the middle"),
        ("Run this:\n```\nrun --now", "code block"),
        ("It is red (and", "'(' is not closed"),
        ("- one\n-", "list item is empty"),
        ("- One thing is red.\n- Another thing is", "the middle"),
        ("- One thing is red.\n- Another thing was blue once", "the others have"),
    ],
)
def test_what_stops_in_the_middle(text: str, why: str) -> None:
    assert why in (unfinished(text) or "")
    assert score("form", CASE, text)["finished"].passed is False


@pytest.mark.parametrize(
    "text",
    [
        "The pump starts at nine.",
        "Five days",
        "# Title",
        "- one thing\n- another thing that is long",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "```\nrun\n```",
        "1) first :)",
        "泵九点启动",
        "It ends here: https://example.org/a)",
        "**The whole answer is bold**",
        "",
    ],
)
def test_what_comes_to_an_end(text: str) -> None:
    assert unfinished(text) is None


def test_a_model_that_was_stopped_did_not_finish() -> None:
    found = score("form", CASE, "The pump starts at nine.", finish_reason="length")["finished"]
    assert (found.value, found.passed) == (0.0, False)
    assert "'length'" in found.reason
    assert score("form", CASE, "The pump starts.", finish_reason="stop")["finished"].passed is True


def test_repetition() -> None:
    text = "The pump starts at nine. It is red. " * 6
    found = score("form", CASE, text)["said_once"]
    assert found.passed is False
    assert found.value is not None
    assert found.value < 0.5
    assert next(text[a:b] for a, b in repeats(text)) == "The pump starts at nine."
    assert repeats("It is red. It is red.") == ()  # three words are not worth it
    assert repeats("very very very very very very very very very very very very good.")


@pytest.mark.parametrize(
    ("raw", "kinds"),
    [
        ("Five days.", []),
        ("<think>hm</think> Five days.", ["reasoning", "reasoning"]),
        ("[INST] Five days. [/INST]", ["role tag", "role tag"]),
        ("Five days.\nHuman: and then?", ["role tag"]),
        ("Answer::: Five days.", ["marks"]),
        ("### Response\nFive days.", ["marks"]),
        ("Use {context} here.", ["marks"]),
        ("Sure! Five days.", ["preamble"]),
        ("Here is the answer to your question:\nFive days.", ["preamble"]),
        ("Here are the pumps: a red one.", []),
        ("As an AI language model I say five.", ["preamble"]),
        ("You are a helpful clerk who answers from the passages alone. Five days.", ["template"]),
    ],
)
def test_leaks(raw: str, kinds: list[str]) -> None:
    told = "You are a helpful clerk who answers from the passages alone."
    assert [leak.kind for leak in leaks(raw, told)] == kinds


def test_what_stands_in_a_passage_or_is_asked_for_is_no_leak() -> None:
    told = "Quote: the pump starts at nine every morning and it is red. If unsure, say 'Sure! I am not so very sure of that at all'."
    text = "The pump starts at nine every morning and it is red."
    assert [leak.kind for leak in leaks(text, told)] == ["template"]
    assert leaks(text, told, passages=[text]) == ()
    case = replace(CASE, question=replace(CASE.question, instructions=told))
    assert score("form", case, "I am not so very sure of that at all.")["clean"].passed is True
    marked = replace(CASE, format=Format(between="Answer:::"))
    assert score("form", marked, "Answer::: nine Answer:::")["clean"].passed is True


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("It is red [1].", [("1",)]),
        ("It is red [1, 3] and tall [2-4].", [("1", "3"), ("2", "3", "4")]),
        ("Red【2】 and [^a] and [here](#p1) (Passage 2).", [("2",), ("a",), ("#p1",), ("2",)]),
        ("[x]: a note\n[^1]: another", []),
        ("`a[1]` is code", []),
        ("No marks (at all).", []),
        ("[the words](https://example.org)", [("https://example.org",)]),
    ],
)
def test_citation_marks(text: str, ids: list[tuple[str, ...]]) -> None:
    assert [mark.ids for mark in citations(text)] == ids


@given(st.text())
def test_marks_lie_in_the_text_and_can_be_taken_out(text: str) -> None:
    at = 0
    for mark in citations(text):
        assert at <= mark.start < mark.end <= len(text)
        at = mark.end
    assert len(without_citations(text)) <= len(text)
    unfinished(text)
    for start, end in repeats(text):
        assert 0 <= start < end <= len(text)
    for leak in leaks(text, text[::-1]):
        assert 0 <= leak.start <= leak.end <= len(text)


@pytest.mark.parametrize(
    ("text", "precision", "recall"),
    [
        ("The pump starts at nine every morning [1]. The valve is made of brass [2].", 1.0, 1.0),
        ("The pump starts at nine every morning. [1] The valve is made of brass. [p2]", 1.0, 1.0),
        ("The pump starts at nine every morning [pumps]. The valve is made of brass [valves.txt].", 1.0, 1.0),
        ("The pump starts at nine every morning [2]. The valve is made of brass.", 0.0, 0.5),
        ("The pump starts at nine every morning [1][2].", 0.5, 1.0),
        ("The pump starts at nine every morning [7].", 0.0, 0.0),
        ("The valve weighs 900 grams and is made of brass [2].", 0.0, 1.0),
        ("The pump starts at nine every morning.", None, None),
        ("I don't know.", None, None),
    ],
)
def test_citations(text: str, precision: float | None, recall: float | None) -> None:
    found = score("citations", CASE, text)
    assert found["citation_precision"].value == precision
    assert found["citation_recall"].value == recall


def test_citations_that_are_demanded_are_missed() -> None:
    demanded = replace(CASE, format=Format(citations=True))
    found = score("citations", demanded, "The pump starts at nine every morning.")
    assert (found["citation_precision"].value, found["citation_recall"].value) == (None, 0.0)
    assert "7" in score("citations", CASE, "The pump starts at nine [7].")["citation_precision"].reason


@pytest.mark.parametrize(
    ("answerable", "text", "value"),
    [
        ("yes", "The pump starts at nine every morning.", 1.0),
        ("yes", "At nine every morning.", 1.0),
        ("yes", "Bananas are yellow and grow in warm places.", 0.0),
        ("yes", "I don't know.", 0.0),
        ("no", "I don't know.", None),
        ("no", "", 0.0),
    ],
)
def test_eligibility(answerable: Any, text: str, value: float | None) -> None:
    assert score("eligibility", replace(CASE, answerable=answerable), text)["eligibility"].value == value


def test_a_query_that_the_passages_share_no_word_with_cannot_be_addressed() -> None:
    foreign = replace(CASE, question=replace(CASE.question, query="Wann beginnt es?"))
    assert score("eligibility", foreign, "Um neun Uhr.")["eligibility"].value is None

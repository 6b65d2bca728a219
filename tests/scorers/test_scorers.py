"""Limits, refusals, formats and correctness: the right number, the right reason, for any text."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import registry
from harness.records import Answer, Case, Expectations, Format, Limits, Passage, Question, Score, Spec
from harness.settings import DEFAULT_SCORERS
from harness.text.length import ifeval_words, word_count
from harness.text.limits import limit_sentences, stated_limits
from harness.text.scaffold import strip_scaffold

SCHEMA = '{"properties": {"days": {"type": "integer"}}}'
CASE = Case(
    id="s/a", question=Question(id="q", query="When?", passages=(Passage(id="p1", text="The pump starts at nine."),))
)
UNICODE = st.text(st.characters(exclude_categories=()))
"""Any code points, lone surrogates among them."""
FORMAT = Format(
    between="a",
    json=True,
    json_schema='{"type": "object"}',
    json_lines=True,
    yaml=True,
    csv=("a", "b"),
    list="steps",
    table=True,
    headings=("A", "B"),
    regex="a+b",
    one_of=("x",),
    language="en",
    contains=("c",),
    lacks=("d",),
    citations=True,
)
"""Every demand at once."""


def score(name: str, case: Case, text: str) -> dict[str, Score]:
    scorer = registry.build("scorers", Spec(name=name))
    detector = registry.build("detectors", Spec(name="lexical"))

    async def work() -> tuple[Score, ...]:
        detection = await detector.detect(case.question, text) if scorer.needs_detection else None
        found: tuple[Score, ...] = await scorer.score(case, Answer(text=text, raw=text), detection)
        return found

    return {one.metric: one for one in asyncio.run(work())}


@pytest.mark.parametrize(
    ("limits", "words", "value", "said"),
    [
        (Limits(max_words=3), 3, 1.0, "3 words, limit at most 3"),
        (Limits(max_words=3), 4, 0.0, "4 words, limit at most 3: 1 too many"),
        (Limits(max_words=3, strict=True), 3, 0.0, "limit less than 3: 1 too many"),
        (Limits(min_words=3), 2, 0.0, "limit at least 3: 1 too few"),
        (Limits(min_words=3, max_words=5), 4, 1.0, "at least 3 and at most 5"),
        (None, 4, None, "sets no limit"),
    ],
)
def test_word_limit(limits: Limits | None, words: int, value: float | None, said: str) -> None:
    found = score("word_limit", replace(CASE, limits=limits), " ".join(["word"] * words))["word_limit"]
    assert found.value == value
    assert said in found.reason
    assert found.details["words"] == words


def test_the_other_limits_and_borderline() -> None:
    case = replace(CASE, limits=Limits(max_words=2, max_sentences=1, max_characters=10))
    found = score("word_limit", case, "I don't. No.")
    assert found["sentence_limit"].passed is False
    assert found["character_limit"].passed is False
    assert score("word_limit", case, "I don't")["word_limit"].details["borderline"] is True
    listed = replace(CASE, limits=Limits(max_items=2, min_items=2, max_paragraphs=1))
    found = score("word_limit", listed, "Bring:\n- a pen\n- paper\n\nThat is all.")
    assert (found["item_limit"].passed, found["paragraph_limit"].passed) == (True, False)
    assert "2 paragraphs, limit at most 1: 1 too many" in found["paragraph_limit"].reason


@pytest.mark.parametrize(
    ("limits", "text", "words"),
    [
        (Limits(), "Run it [1]:\n\n```\nrun --now\n```", 5),
        (Limits(code=False), "Run it [1]:\n\n```\nrun --now\n```", 3),
        (Limits(code=False, citations=False), "Run it [1]:\n\n```\nrun --now\n```", 2),
        (Limits(citations=False), "See [the guide](#p1) (Passage 2).", 3),
    ],
)
def test_code_and_citations_count_or_not(limits: Limits, text: str, words: int) -> None:
    assert score("word_limit", replace(CASE, limits=limits), text)["word_limit"].details["words"] == words


@pytest.mark.parametrize(
    ("answerable", "text", "value", "response"),
    [
        ("yes", "The pump starts at nine.", 1.0, "answered"),
        ("yes", "I don't know.", 0.0, "refused"),
        ("no", "I don't know.", 1.0, "refused"),
        ("no", "The pump starts at nine.", 0.0, "answered"),
        ("no", "I don't know. Usually such pumps start at ten o'clock.", 0.0, "hedged"),
        ("partial", "It starts at nine in the morning. The passages do not say why.", 1.0, "partial"),
        ("false_presupposition", "The pump starts at nine.", 1.0, "answered"),
        ("false_presupposition", "The turbine exploded over Lisbon in 1987.", 0.0, "answered"),
        ("yes", "", 0.0, "undetermined"),
        (None, "I don't know.", None, "refused"),
    ],
)
def test_refusal(answerable: Any, text: str, value: float | None, response: str) -> None:
    found = score("refusal", replace(CASE, answerable=answerable), text)["refusal"]
    assert (found.value, found.details["response"]) == (value, response)


@pytest.mark.parametrize(
    ("demands", "good", "bad", "said"),
    [
        (Format(between="A:::"), "A:::\nyes\nA:::", "A:::\nyes", "there is one"),
        (Format(between="A:::"), "A:::\nyes\nA:::", "yes", "there is none"),
        (Format(json=True), '{"a": 1}', '{"a": 1,}', "line 1, column"),
        (Format(json=True), '```json\n{"a": 1}\n```', "a", "expected JSON"),
        (Format(list="bullets"), "- a\n- b", "1. a\n2. b", "bullets list"),
        (Format(list="numbered"), "1. a\n2. b", "- a\n- b", "numbered list"),
        (Format(list="any"), "1. a\n2. b", "a and b", "expected a list"),
        (Format(table=True), "| a |\n|---|\n| 1 |", "a | 1", "Markdown table"),
        (Format(regex=r"^\d+$"), "42", "about 42", "expected a match"),
        (Format(one_of=("yes", "no")), "**Yes.**", "Yes, of course", "expected one of"),
        (Format(json_schema=SCHEMA), '{"days": 5}', '{"days": "five"}', "$.days: 'five' is not of type 'integer'"),
        (Format(json_lines=True), '{"a": 1}\n\n{"a": 2}', '{"a": 1}\n{a}', "line 2"),
        (Format(json_lines=True), "1", " ", "found nothing"),
        (Format(yaml=True), "a: 1\nb: [2]", "a: [1", "expected YAML; line"),
        (Format(yaml=True), "```yaml\n- a\n```", "just words", "expected YAML with keys"),
        (Format(csv=()), "a,b\n1,2", "a,b\n1", "row 2 has 1"),
        (Format(csv=("day", "price")), 'day,price\nMonday,"1,50"', "price,day\n1,2", "line 1 has price, day"),
        (Format(csv=()), "a,b", "one column", "two or more columns"),
        (Format(list="steps"), "1. a\n2. b", "1. a\n3. b", "expected step 2; found 3"),
        (Format(list="steps"), "1) a\n2) b", "- a", "expected numbered steps"),
        (
            Format(headings=("Summary", "Steps")),
            "# Summary\nx\n**Steps:**\ny",
            "# Steps\n# Summary",
            "after the others",
        ),
        (Format(headings=("Summary",)), "## summary", "Summary of it all", "heading 'Summary'; there is none"),
        (
            Format(language="de"),
            "Der Turm wurde im Jahr 1931 gebaut.",
            "The tower was built of red bricks.",
            "found 'en'",
        ),
        (Format(contains=("valid until",)), "It is VALID  until May.", "It is valid.", "does not stand there"),
        (Format(lacks=("as an AI",)), "Five days.", "Well, as an ai I can say.", "found at character 6"),
        (Format(citations=True), "It is red [1].", "It is red.", "citation marks"),
    ],
)
def test_format(demands: Format, good: str, bad: str, said: str) -> None:
    case = replace(CASE, format=demands)
    assert score("format", case, good)["format"].value == 1.0
    found = score("format", case, bad)["format"]
    assert found.value == 0.0
    assert said in found.reason


def test_correctness() -> None:
    case = replace(
        CASE,
        references=("At nine.",),
        expect=Expectations(mentions=(("nine", "9"), ("brass",)), avoids=(("hyperparameter tuning",), ("ten",))),
    )
    half = score("correctness", case, "It starts at 9.")["correctness"]
    assert (half.value, half.passed) == (0.5, False)
    assert "'brass'" in half.reason
    assert score("correctness", case, "At nine; it is brass.")["correctness"].passed is True
    bad = score("correctness", case, "At nine; it is brass. Then hyper-parameter tuning, hyperparameter tuning.")[
        "correctness"
    ]
    assert (bad.value, bad.passed) == (0.0, False)
    assert "must not appear" in bad.reason
    only = replace(CASE, references=("It starts at nine o'clock.", "nine"))
    assert score("correctness", only, "Nine.")["correctness"].value == 1.0
    assert score("correctness", only, "The valve is red.")["correctness"].passed is False
    assert score("correctness", replace(only, answerable="no"), "I don't know.")["correctness"].value is None
    assert score("correctness", CASE, "x")["correctness"].value is None


@given(
    UNICODE | st.text(" \n.,:;-*#`[]()1a’“”«?!。、\"'"),  # marks rather than letters
    st.sampled_from([None, "yes", "no", "partial", "false_presupposition"]),
    st.lists(st.text(min_size=1), max_size=2),
    UNICODE,
)
def test_no_input_gives_nan_or_an_exception(text: str, answerable: Any, words: list[str], told: str) -> None:
    case = replace(
        CASE,
        answerable=answerable,
        question=replace(CASE.question, instructions=told, query=" ".join(words)),
        references=tuple(words),
        limits=Limits(
            max_words=3, max_sentences=2, min_characters=1, max_paragraphs=1, min_items=1, code=False, citations=False
        ),
        format=FORMAT,
        expect=Expectations(mentions=tuple((word,) for word in words), avoids=tuple((word,) for word in words)),
    )
    for name in DEFAULT_SCORERS:
        for found in score(name, case, text).values():
            assert found.value is None or (0 <= found.value <= 1 and not math.isnan(found.value))
            assert found.reason
            assert (found.value is None) == (found.passed is None)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("Answer in less than 400 words.", Limits(max_words=400, strict=True)),
        ("no more than three sentences", Limits(max_sentences=3)),
        ("Use 100-200 words.", Limits(min_words=100, max_words=200)),
        ("between 50 and 80 words", Limits(min_words=50, max_words=80)),
        ("höchstens 50 Wörter", Limits(max_words=50)),
        ("within 141 words", Limits(max_words=141)),
        ("at least 30 words", Limits(min_words=30)),
        ("in 20 words or less", Limits(max_words=20)),
        ("under 280 characters", Limits(max_characters=280, strict=True)),
        ("in one sentence", Limits(max_sentences=1)),
        ("Answer well.", None),
        ("Do it in 3 steps with many words.", None),
    ],
)
def test_stated_limits(text: str, limits: Limits | None) -> None:
    assert stated_limits(text) == limits


@given(
    st.builds(
        Limits,
        max_words=st.none() | st.integers(1, 9999),
        min_words=st.none() | st.integers(1, 9999),
        max_sentences=st.none() | st.integers(1, 99),
        max_characters=st.none() | st.integers(1, 9999),
        strict=st.booleans(),
    )
)
def test_a_written_limit_is_read_back(limits: Limits) -> None:
    stated = stated_limits(limit_sentences(limits))
    assert stated == limits or (stated is None and limits == Limits(strict=limits.strict))


@pytest.mark.parametrize(
    ("raw", "text", "removed"),
    [
        ("Five days.", "Five days.", ()),
        ("<think>hm\nhm</think>\nFive days.", "Five days.", ("reasoning",)),
        ("hm</think>Five days.", "Five days.", ("reasoning",)),
        ("<think>never closed", "", ("reasoning",)),
        ("Answer:::\nAnswer: Five days.\nAnswer:::", "Five days.", ("marks",)),
        ("Helpful Answer: Five days.", "Five days.", ("marks",)),
        ("[INST] Five days.", "Five days.", ("role tag",)),
        ("Assistant: Five days.", "Five days.", ("role tag",)),
        ("Sure! Here is the answer:\n\nFive days.", "Five days.", ("preamble",)),
        ("```\nFive days.\n```", "Five days.", ("fence",)),
        ("Here are three steps:\n1. a\n2. b", "1. a\n2. b", ("preamble",)),
    ],
)
def test_scaffold(raw: str, text: str, removed: tuple[str, ...]) -> None:
    assert strip_scaffold(raw) == (text, removed)


@given(st.text())
def test_stripping_is_idempotent(raw: str) -> None:
    once = strip_scaffold(raw).text
    assert strip_scaffold(once).text == once


@given(st.text())
def test_counts_are_counts(text: str) -> None:
    assert word_count(text) >= 0
    assert ifeval_words(text) >= 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("don't stop", 2),
        ("- a\n- b", 2),
        ("| a | b |", 2),
        ("# Title here", 2),
        ("[a link](http://x.y)", 2),
        ("", 0),
        ("— …", 0),
    ],
)
def test_words_as_a_person_counts(text: str, count: int) -> None:
    assert word_count(text) == count

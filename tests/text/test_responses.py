"""The five kinds of response on the labelled set, and on public answers where the labelled data is at hand."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.refusal import asked_strings, refusal_spans, response

OWN = Path(__file__).parent.parent / "data" / "responses.jsonl"
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "labelled"
KINDS = {"answered", "partial", "refused", "hedged", "undetermined"}
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the labelled data lies beside the project only")


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines()]


def public(name: str) -> list[dict[str, Any]]:
    with gzip.open(SHARED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_the_set_is_what_the_docs_say() -> None:
    found = rows()
    halves = Counter(row["half"] for row in found)
    assert len(found) >= 400
    assert len({row["lang"] for row in found}) >= 12
    assert {row["response"] for row in found} == KINDS
    assert abs(halves["work"] - halves["apart"]) < 20
    assert len({row["id"] for row in found}) == len(found)


@pytest.mark.parametrize("half", ["work", "apart"])
def test_five_kinds(half: str) -> None:
    found = [(r["response"], response(r["text"], r.get("instructions", ""))) for r in rows() if r["half"] == half]
    assert sum(label == said for label, said in found) / len(found) >= 0.93
    hits = sum(label == said == "refused" for label, said in found)
    misses = sum((label == "refused") != (said == "refused") for label, said in found)
    assert 2 * hits / (2 * hits + misses) >= 0.97


@given(st.lists(st.sampled_from([row["text"] for row in rows()]) | st.text(), max_size=20))
def test_the_counts_of_classes_sum_to_the_answers(texts: list[str]) -> None:
    counts = Counter(map(response, texts))
    assert set(counts) <= KINDS
    assert counts.total() == len(texts)


@pytest.mark.parametrize("row", [row for row in rows() if row["response"] == "refused"][::7], ids=lambda row: row["id"])
def test_marks_case_and_blanks_change_nothing(row: dict[str, Any]) -> None:
    text, told = row["text"], row.get("instructions", "")
    for form in (f"**{text}**", f"  {text}\n", text.replace("'", "’"), f"> {text}", f"{text}\n\n{text}"):
        assert response(form, told) == "refused"


@given(st.text(), st.text())
def test_any_instructions(text: str, told: str) -> None:
    assert response(text, told) in KINDS
    at = 0
    for start, end in refusal_spans(text, told):
        assert at <= start < end <= len(text)
        at = end


@pytest.mark.parametrize(
    ("told", "strings"),
    [
        ("If you can't tell, reply with NO_ANSWER.", ("NO_ANSWER",)),
        ('Say "Not found." if it is missing, otherwise answer briefly.', ("Not found.",)),
        ("Answer in one sentence.", ()),
        ("If unsure, say that you don't know.", ()),
        ("Wenn nichts passt, antworte mit „Keine Angabe“.", ("Keine Angabe",)),
    ],
)
def test_strings_that_are_asked_for(told: str, strings: tuple[str, ...]) -> None:
    assert asked_strings(told) == strings


@needs_shared
def test_answers_that_decline_are_seen() -> None:
    counts = Counter(response(row["answer"]) for row in public("delucionqa_refusals"))
    assert (counts["refused"] + counts["hedged"] + counts["partial"]) / counts.total() >= 0.97


@needs_shared
def test_answers_are_hardly_taken_for_refusals() -> None:
    """Of the RAGTruth answers that are read as refusing or hedging, every one does, though no label says so."""
    answers = {row["answer"] for row in public("ragtruth_all_tasks_dev")}
    flagged = [answer for answer in answers if response(answer) in {"refused", "hedged"}]
    assert len(flagged) / len(answers) <= 0.005
    assert all("nable to answer based on given passages" in answer for answer in flagged)

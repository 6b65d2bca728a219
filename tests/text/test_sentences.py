"""Segments: exact offsets, layout, and the cuts that tools get wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.sentences import segments


def pieces(text: str) -> list[str]:
    return [text[s.start : s.end] for s in segments(text)]


def kinds(text: str) -> list[str]:
    return [s.kind for s in segments(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("5.1.4. The valve opens. 5.1.5. The pump starts.", ["5.1.4. The valve opens.", "5.1.5. The pump starts."]),
        ("Dr. Lee paid 3.5 million. It rose.", ["Dr. Lee paid 3.5 million.", "It rose."]),
        ("See e.g. the annex. Then stop.", ["See e.g. the annex.", "Then stop."]),
        ("It lies deeper than 20 m. The drill stopped.", ["It lies deeper than 20 m.", "The drill stopped."]),
        ("They are 24 to 105 mm. Archaeologists dug.", ["They are 24 to 105 mm.", "Archaeologists dug."]),
        ("Use adhesive B. A clamp holds it.", ["Use adhesive B.", "A clamp holds it."]),
        ("Heat it to 20 °C. The lid opens.", ["Heat it to 20 °C.", "The lid opens."]),
        (
            "Mr. J. A. Smith of the U.S. Army met George W. Bush.",
            ["Mr. J. A. Smith of the U.S. Army met George W. Bush."],
        ),
        ("The room is 5 m. wide.", ["The room is 5 m. wide."]),
        ("See section 5.1.4. The valve opens.", ["See section 5.1.4.", "The valve opens."]),
        ("It has **5**. The **next** one.", ["It has **5**.", "The **next** one."]),
        ("**Until 11 a.m. it rests.** **Then** it runs.", ["**Until 11 a.m. it rests.**", "**Then** it runs."]),
        ("यह है॥ ठीक है।", ["यह है॥", "ठीक है।"]),
        ("هذا كتاب. ما هذا؟ یہ ہے۔ ہاں", ["هذا كتاب.", "ما هذا؟", "یہ ہے۔", "ہاں"]),
        ("好！「是的。」他说。", ["好！", "「是的。」", "他说。"]),
        ("これは本です。それは何ですか？", ["これは本です。", "それは何ですか？"]),
        ("यह एक किताब है। वह क्या है?", ["यह एक किताब है।", "वह क्या है?"]),
        ("", []),
        (" \n\t ", []),
        ("…", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_a_line_wrap_changes_nothing() -> None:
    flat = "The pump starts at nine. It stops when the tank is full, as the manual says."
    wrapped = flat.replace(" starts", "\nstarts").replace(" tank", "\ntank")
    assert [p.replace("\n", " ") for p in pieces(wrapped)] == pieces(flat)


def test_layout_is_read() -> None:
    text = "# Title\n\nIntro here.\n\n- first thing. And more\n- second\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```\n"
    assert kinds(text) == ["heading", "sentence", "item", "item", "item", "heading", "row", "code"]


def test_a_heading_without_marks_stands_alone() -> None:
    text = "5.1.5. Total layers in the model\n\nThe model has ten layers."
    assert kinds(text) == ["heading", "sentence"]


def test_a_short_answer_is_no_heading() -> None:
    assert kinds("Five days") == ["sentence"]


@given(st.text())
def test_segments_are_sorted_disjoint_and_hold_words(text: str) -> None:
    at = 0
    for segment in segments(text):
        assert at <= segment.start < segment.end <= len(text)
        piece = text[segment.start : segment.end]
        assert piece == piece.strip()
        assert any(c.isalnum() or c == "_" for c in piece)
        at = segment.end


PIECES = ["aab", "bab", ".", "!", "? ", " ", "\n", "\n\n", "- ", "|", "# ", "*", "`", "1. "]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_every_word_is_in_a_segment(text: str) -> None:
    covered = {at for s in segments(text) for at in range(s.start, s.end)}
    missing = {at for at, c in enumerate(text) if c in "ab"} - covered
    assert not missing

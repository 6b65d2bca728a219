"""Views without layout: what is left, and where it stood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.layout import flattened, unmarked

TEXTS = st.text() | st.lists(st.sampled_from(["*", "_", "a", "1", ".", " ", "\n", "\u00a0"])).map("".join)


@given(TEXTS)
def test_every_character_stood_where_it_is_said_to(text: str) -> None:
    for plain, origins in (unmarked(text), flattened(text)):
        assert len(origins) == len(plain) + 1
        assert list(origins) == sorted(set(origins))
        assert origins[-1] == len(text)
        for character, origin in zip(plain, origins, strict=False):
            assert character == text[origin] or (character == " " and text[origin].isspace())


@given(TEXTS)
def test_letters_and_digits_are_all_kept(text: str) -> None:
    kept = [c for c in text if c.isalnum()]
    assert [c for c in unmarked(text)[0] if c.isalnum()] == kept
    assert [c for c in flattened(text)[0] if c.isalnum()] == kept


@pytest.mark.parametrize("text", ["snake_case", "2*3", "2**3", "a_b*c"])
def test_marks_inside_a_word_stay(text: str) -> None:
    assert unmarked(text)[0] == flattened(text)[0] == text

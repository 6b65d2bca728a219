"""Words: normal forms that match across notations, offsets that never move."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.words import lexemes, stem, tokens


def norms(text: str) -> list[str]:
    return [t.norm for t in tokens(text)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ﬁne-tuning", "fine tuning"),
        ("clas-\nsification", "classification"),
        ("re\u00adsource", "resource"),
        ("model’s", "model's"),
        ("models’", "models"),
        ("ＡＢＣ", "abc"),
        ("1,500", "1500"),
        ("policies", "policy"),
        ("stopped", "stops"),
    ],
)
def test_same_word_in_two_notations(first: str, second: str) -> None:
    assert norms(first) == norms(second)


def test_a_broken_word_keeps_its_halves() -> None:
    (token,) = tokens("High- \nparameter")
    assert token.lexeme.keys[1:] == (stem("High"), stem("parameter"))


def test_unspaced_scripts_are_bigrams() -> None:
    assert norms("東京都") == ["東京", "京都", "都"]
    assert norms("1,400万人") == ["1400", "万人", "人"]


def test_grammar_is_not_content() -> None:
    assert [t.norm for t in tokens("The valve is not open") if not t.lexeme.stop] == ["valv", "open"]


@given(st.text())
def test_tokens_are_sorted_and_inside(text: str) -> None:
    at = 0
    for token in tokens(text):
        assert at <= token.start < token.end <= len(text)
        assert token.norm
        at = token.end


@given(st.text(min_size=1))
def test_stem_is_stable_under_case(word: str) -> None:
    assert stem(word.casefold()) == stem(word.casefold().casefold())


@given(st.text(st.characters(max_codepoint=127), max_size=200))
def test_plain_text_has_the_same_words_by_either_way(text: str) -> None:
    found = lexemes(text)
    whole = tokens("é. " + text)[1:]  # a text with other letters is read by the whole pattern
    if found is not None:
        assert found == [token.lexeme for token in whole]


@given(st.text(st.sampled_from("ab Z9.,'-‘’“”„«»–—…•·\u00a0\n"), max_size=60))
def test_typographic_marks_are_no_part_of_words(text: str) -> None:
    whole = tokens("é. " + text)[1:]
    assert [(t.start + 3, t.end + 3, t.lexeme) for t in tokens(text)] == whole

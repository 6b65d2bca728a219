"""Quantities: one normal form for many notations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text import numbers
from harness.text.numbers import quantities
from harness.text.words import tokens


def values(text: str) -> list[str]:
    return [q.value for q in quantities(text)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1.5 million", "1,500,000"),
        ("3 March 2024", "2024-03-03"),
        ("March 3rd, 2024", "2024-03-03"),
        ("3. März 2024", "2024年3月3日"),
        ("five", "5"),
        ("twenty-one", "21"),
        ("two hundred and five", "205"),
        ("3,5 %", "3.5 percent"),
        ("1.234.567,8", "1,234,567.8"),
        ("2:30 pm", "14:30"),
        ("12 a.m.", "00:00"),
        ("$3.2bn", "3,200,000,000"),
        ("1,400万", "14 million"),
        ("1 500", "1,500"),
        ("2.50", "2.5"),
    ],
)
def test_same_value_in_two_notations(first: str, second: str) -> None:
    assert values(first) == values(second) != []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5–7 days", ["5", "7"]),
        ("12-14 years", ["12", "14"]),
        ("one of them", []),
        ("-40 °C", ["-40"]),
        ("version 2 of h2o", ["2"]),
        ("no figure here", []),
        ("5 May", ["--05-05"]),
    ],
)
def test_what_is_a_quantity(text: str, expected: list[str]) -> None:
    assert values(text) == expected


def test_kind_and_unit() -> None:
    (share, mass, money) = quantities("35 % of 400 MB for €20")
    assert (share.kind, mass.unit, money.money) == ("percent", "mb", "€")


@given(st.text())
def test_quantities_are_sorted_and_inside(text: str) -> None:
    at = 0
    for q in quantities(text):
        assert at <= q.start < q.end <= len(text)
        at = q.end


@given(st.integers(min_value=0, max_value=10**9))
def test_grouping_does_not_matter(number: int) -> None:
    assert values(f"{number:,}") == values(str(number)) == [str(number)]


_PIECES = st.sampled_from(
    "5 12 450 1,500 1,5000 0 007 2024 1984 3.5 units km May may March percent % million k of de am pm a.m. a p per cent "
    "st th - – $ USD ( ) . , ; : ' / five one first the 4th 10:30 12,34 2024-03-03 m² km/h AB x5 5x".split()
)


@given(
    st.lists(st.tuples(_PIECES, st.sampled_from(["", " ", "  ", "\n"]))).map(
        lambda parts: "".join(a + b for a, b in parts)
    )
)
def test_a_simple_number_read_quickly_is_what_the_whole_pattern_finds(text: str) -> None:
    for at in [token.start for token in tokens(text) if text[token.start].isdigit()]:
        quick = numbers._simple(text, at)
        if quick is not None:
            match = numbers._PATTERN.match(text, at)
            assert match is not None
            assert quick == next(numbers._found((match,), text))

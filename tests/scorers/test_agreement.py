"""Agreement with references, held against independent implementations of the formulas."""

from __future__ import annotations

import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scorers.agreement import agreement, exact_match, rouge_l, stated, token_f1

WORDS = st.lists(st.sampled_from("red pump valve brass tower river stone bread".split()), max_size=12)


def longest(first: list[str], second: list[str]) -> int:
    """Longest common subsequence, by the table."""
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@given(WORDS, WORDS)
def test_rouge_l_is_the_formula(first: list[str], second: list[str]) -> None:
    found = rouge_l(" ".join(first), " ".join(second))
    if not first or not second:
        assert found == float(first == second)
        return
    same = longest(first, second)
    precision, recall = same / len(first), same / len(second)
    expected = 2 * precision * recall / (precision + recall) if same else 0.0
    assert found == pytest.approx(expected, abs=1e-6)


@given(WORDS, WORDS)
def test_token_f1_is_squads(first: list[str], second: list[str]) -> None:
    f1, recall = token_f1(" ".join(first), " ".join(second))
    same = sum((Counter(first) & Counter(second)).values())
    if not first or not second:
        assert f1 == float(first == second)
        return
    assert recall == same / len(second)
    precision = same / len(first)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall) if same else 0.0, abs=1e-6)


@given(st.text(string.ascii_letters + " .,", max_size=30))
def test_a_text_agrees_with_itself(text: str) -> None:
    found = agreement(text, text.upper())
    assert exact_match(text, text.upper())
    assert found.exact
    assert found.numbers in {None, 1.0}
    assert (found.f1, found.recall, found.rouge_l) == (1.0, 1.0, 1.0)


@given(st.text(), st.text())
def test_all_lie_between_0_and_1(text: str, reference: str) -> None:
    for value in agreement(text, reference):
        assert value is None or 0 <= value <= 1
    stated(text, reference)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("We tuned the hyper-parameters.", "hyperparameter tuning"),
        ("Up to 5 days are carried over.", "five days"),
        ("It closes on 5 July 2024.", "5 July"),
        ("It closes on July 5.", "5 July"),
        ("The opening of the gates is at nine.", "the gates open"),
        ("It costs 1,500 euros.", "1500 euros"),
        ("Sie öffnet um zehn Uhr.", "zehn Uhr"),
        ("価格は三十円です。", "三十円"),
    ],
)
def test_a_fact_is_stated(text: str, fact: str) -> None:
    assert stated(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Up to 15 days are carried over.", "five days"),
        ("It closes on 6 July.", "5 July"),
        ("The gates are closed; the pump, which is red and stands beside the old mill, opens.", "the gates open"),
        ("It is red.", "red red"),
        ("It costs 1,600 euros.", "1500 euros"),
        ("", "anything"),
    ],
)
def test_a_fact_is_not_stated(text: str, fact: str) -> None:
    assert not stated(text, fact)

"""Refusals: position, scope and what is said besides them, in many languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.text.refusal import refusal_spans, response

REFUSED = [
    "I don't know.",
    "I don’t know.",
    "I'm sorry, but I cannot answer this from the passages.",
    "Unable to answer based on given passages.",
    "The passages do not say who signed the contract.",
    "The provided context does not contain information about the price.",
    "There is no information about this in the documents.",
    "**I do not know** the answer.",
    "This is not mentioned in the passages. Please contact the office.",
    "The handbook is silent on parental leave.",
    "Das weiß ich leider nicht.",
    "Aus den Abschnitten geht nicht hervor, wer unterschrieben hat.",
    "Je ne sais pas.",
    "Le texte ne mentionne pas le prix.",
    "No lo sé.",
    "El texto no menciona el precio.",
    "Não sei.",
    "Я не знаю.",
    "我不知道。",
    "文中没有提到价格。",
    "分かりません。",
    "本文には記載がありません。",
    "모르겠습니다.",
    "मुझे नहीं पता।",
    "আমি জানি না।",
    "لا أعرف.",
]
ANSWERED = [
    "Five days may be carried over.",
    "I'm sorry to hear that you are ill. You get ten days of sick leave.",
    'The minister said "I don\'t know" when asked. She resigned in May.',
    "The price is stated in the passages: 40 euros.",
    "You do not need a form.",
    "The pump cannot be opened while it runs.",
    "Do not provide your password to anyone.",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    assert response(text) == "refused"
    assert refusal_spans(text)


@pytest.mark.parametrize("text", ANSWERED)
def test_answered(text: str) -> None:
    assert response(text) == "answered"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The passages do not mention the fee, but the form is due on 3 May.", "partial"),
        ("The form is due on 3 May. The passages do not say what the fee is.", "partial"),
        ("I don't know. However, typically the fee is about forty euros.", "hedged"),
        ("The context does not say. Generally, such pumps last for ten years.", "hedged"),
        ("", "undetermined"),
        ("…", "undetermined"),
    ],
)
def test_between(text: str, expected: str) -> None:
    assert response(text) == expected


@given(st.text())
def test_total_and_sorted(text: str) -> None:
    assert response(text) in {"answered", "refused", "partial", "hedged", "undetermined"}
    at = 0
    for start, end in refusal_spans(text):
        assert at <= start < end <= len(text)
        at = end

"""What the property tests of the detector share: recorded answers of our own cases, judged."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from harness import cases
from harness.detectors.lexical import detection
from harness.detectors.model import shipped
from harness.records import Detection, Passage, Question
from harness.studies.mutation.killing import from_cases, statements

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
SHOWN = 5
"""Failures that are shown."""
MODES = pytest.mark.parametrize("rules", [False, True], ids=["calibrated", "rules"])


def judged(contexts: Iterable[str], query: str, answer: str, *, rules: bool = False) -> Detection:
    passages = tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(contexts, start=1))
    return detection(Question(id="q", query=query, passages=passages), answer, None if rules else shipped())


class Example(NamedTuple):
    """A recorded answer of a case."""

    contexts: tuple[str, ...]
    query: str
    answer: str


@cache
def examples() -> tuple[Example, ...]:
    """Return the recorded answers of our own cases, each once."""
    found = [
        Example(tuple(p.text for p in case.question.passages), case.question.query, answer.text)
        for case in cases.load([ROOT / "cases"])
        for answer in case.answers
    ]
    return tuple(dict.fromkeys(found))


@cache
def statement_examples() -> tuple[Example, ...]:
    """Return answers of two passage sentences each, so that there are enough."""
    found: list[Example] = []
    for question in from_cases([ROOT / "cases"]):
        contexts = tuple(p.text for p in question.passages)
        texts = [one.text for one in statements(question, 0) if one.form == "copied"]
        found += [Example(contexts, question.query, " ".join(pair)) for pair in itertools.pairwise(texts[:4])]
    return tuple(found)


@cache
def as_given(one: Example, rules: bool) -> Detection:
    return judged(*one, rules=rules)

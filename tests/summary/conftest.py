"""Runs built by hand."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from harness.records import Answer, Header, Metric, Record, Run, Score, Span, Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.records import Json

METRICS = (
    Metric(name="groundedness", direction="higher", unit="share of sentences", rule="no unsupported sentence"),
    Metric(name="hallucination", direction="lower", unit="share of words", rule="no unsupported span"),
    Metric(name="word_limit", direction="higher", unit="1 within, 0 beyond", rule="within"),
    Metric(name="refusal", direction="higher", unit="1 right, 0 wrong", rule="right"),
)


def _record(number: int, value: float | None, **fields: Any) -> Record:
    """Return a record of case `s/0001`, … whose groundedness is `value`; keywords replace its fields."""
    response = fields.pop("response", "answered")
    passed = None if value is None else value == 1.0
    spans = () if passed in (None, True) else (Span(start=0, end=5, label="baseless", confidence=0.9, reason="new"),)
    sentence: dict[str, Json] = {
        "start": 0,
        "end": 11,
        "kind": "claim",
        "verdict": "unsupported",
        "probability": 0.9,
        "evidence": [],
    }
    scores = (
        Score(metric="groundedness", value=value, passed=passed, details={"sentences": [sentence]}),
        Score(metric="hallucination", value=None if value is None else 1 - value, passed=passed, spans=spans),
        Score(metric="word_limit", value=1.0, passed=True, details={"words": 2 + number}),
        Score(metric="refusal", value=None, details={"response": str(response)}),
    )
    plain = Record(case_id=f"s/{number:04}", answerable="yes", answer=Answer(text="hello world"), scores=scores)
    return dataclasses.replace(plain, **fields)


def _run(records: Sequence[Record], name: str = "a", **fields: Any) -> Run:
    """Return a run of these records; keywords replace fields of its header."""
    count = len({record.case_id for record in records})
    plain = Header(
        candidate=name,
        answerer=Spec(name="recorded"),
        detector=Spec(name="lexical"),
        scorers=(),
        metrics=METRICS,
        cases_digest="d1",
        cases=count,
        planned=len(records),
        suites=("s",),
    )
    return Run(header=dataclasses.replace(plain, **fields), records=tuple(records))


@pytest.fixture
def record() -> Callable[..., Record]:
    """Return the builder of records."""
    return _record


@pytest.fixture
def run() -> Callable[..., Run]:
    """Return the builder of runs."""
    return _run

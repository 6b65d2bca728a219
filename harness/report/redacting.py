"""Runs and cases without the words of contexts and answers: offsets, counts and verdicts stay, texts do not.

What is withheld is replaced by as many blocks, so every offset still fits; so all reports are written as ever.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.records import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.records import Answer, Case, Json, Labels, Passage, Record, Score, Span

__all__ = ["redacted_case", "redacted_record", "redacted_run"]

_BLOCK: Final = "█"
_WITHHELD: Final = "withheld"
_TELLING: Final = frozenset({"kind", "verdict", "passage", "label", "response"})
"""Details whose words are ours, not the answer's."""


def redacted_run(run: Run) -> Run:
    """Return the run with every text of its records withheld; records are still read one by one."""
    return Run(header=run.header, records=_Records(run))


def redacted_case(case: Case) -> Case:
    """Return the case with its contexts, references, expectations and recorded answers withheld."""
    question = dataclasses.replace(
        case.question, passages=tuple(map(_passage, case.question.passages)), history=(), instructions=""
    )
    answers = tuple(dataclasses.replace(a, text=_blocks(a.text), labels=_spanless(a.labels)) for a in case.answers)
    return dataclasses.replace(case, question=question, references=(), expect=None, answers=answers)


@dataclass(frozen=True, slots=True)
class _Records:
    run: Run

    def __iter__(self) -> Iterator[Record]:
        return map(redacted_record, self.run.records)


def redacted_record(record: Record) -> Record:
    """Return the record with every text of it withheld."""
    return dataclasses.replace(
        record,
        answer=record.answer and _answer(record.answer),
        scores=tuple(map(_score, record.scores)),
        failures=tuple(dataclasses.replace(failure, message=_WITHHELD) for failure in record.failures),
    )


def _answer(answer: Answer) -> Answer:
    passages = None if answer.passages is None else tuple(map(_passage, answer.passages))
    return dataclasses.replace(
        answer, text=_blocks(answer.text), raw=_blocks(answer.raw), passages=passages, stripped=()
    )


def _score(score: Score) -> Score:
    details = {key: _plain(value, key) for key, value in score.details.items()}
    return dataclasses.replace(score, reason=_WITHHELD, details=details, spans=tuple(map(_span, score.spans)))


def _plain(value: Json, key: str) -> Json:
    """Keep numbers, and words of ours."""
    if key == "votes":  # names of judges, and verdicts
        return value
    if isinstance(value, dict):
        return {name: _plain(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, key) for item in value]
    return value if not isinstance(value, str) or key in _TELLING else _WITHHELD


def _span(span: Span) -> Span:
    return dataclasses.replace(span, reason=_WITHHELD)


def _passage(passage: Passage) -> Passage:
    return dataclasses.replace(passage, text=_blocks(passage.text))


def _spanless(labels: Labels | None) -> Labels | None:
    return None if labels is None else dataclasses.replace(labels, spans=())


def _blocks(text: str) -> str:
    return _BLOCK * len(text)

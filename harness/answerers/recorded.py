"""Answers that were given already: those in the cases, a JSONL file's, or an earlier run's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.encoding import decode
from harness.errors import BreakdownError, UsageError
from harness.records import Answer, Call, Record
from harness.store import is_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.records import Case, Question

__all__ = ["Recorded"]


class Recorded:
    """Replay. Without a target: the trial-th answer of `model` in the case; with one: what the file says.

    The file is a run of ours, or JSON lines with `case_id`, `text` and, if need be, `trial` and `model`. Only byte
    offsets are kept in memory.
    """

    def __init__(self, *, case_of: Callable[[str], Case], target: str | None = None, model: str | None = None) -> None:
        """Take what finds the case in flight, and where the answers are."""
        self._case_of = case_of
        self._model = model
        self._path = Path(target) if target is not None else None
        self._is_run = self._path is not None and is_run(self._path)
        self._offsets = dict(self._indexed(self._path)) if self._path is not None else {}

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:
        """Return the recorded answer.

        Raises:
            BreakdownError: there is none, or what was recorded is a breakdown.
        """
        case = self._case_of(question.id)
        if self._path is not None:
            return self._from_file(case.id, trial)
        said = [answer for answer in case.answers if self._model in (None, answer.model)]
        if trial >= len(said):
            msg = f"no recorded answer by {self._model!r} for trial {trial}"
            raise BreakdownError(msg, code="not_recorded")
        found = said[trial]
        return Answer(text=found.text, model=found.model, finish_reason=found.finish_reason)

    def _indexed(self, path: Path) -> Iterator[tuple[tuple[str, int], int]]:
        """Yield the byte offset of each (case id, trial); every mistake is said before anything is scored."""
        at = 0
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                here, at = at, at + len(raw)
                if (self._is_run and (number == 1 or not raw.endswith(b"\n"))) or not raw.strip():
                    continue
                data = _line(path, number, raw)
                case_id, trial = data.get("case_id"), data.get("trial", 0)
                if self._model is not None and not self._is_run and data.get("model") not in (None, self._model):
                    continue
                if case_id is None and "query" in data and "answers" in data:
                    msg = f"{path}: holds cases with their answers: it is a suite. harness run {path} -a recorded"
                    raise UsageError(msg)
                if not isinstance(case_id, str) or not isinstance(trial, int):
                    msg = f"{path}:{number}: needs 'case_id' (suite/id) as text, and 'trial', if given, as a number"
                    raise UsageError(msg)
                if not self._is_run and not isinstance(data.get("text"), str):
                    msg = f"{path}:{number}: needs 'text', the answer"
                    raise UsageError(msg)
                yield (case_id, trial), here

    def _from_file(self, case_id: str, trial: int) -> Answer:
        at = self._offsets.get((case_id, trial))
        if at is None or self._path is None:
            msg = f"{self._path}: no answer for case {case_id!r}, trial {trial}"
            raise BreakdownError(msg, code="not_recorded")
        with self._path.open("rb") as file:
            file.seek(at)
            data = json.loads(file.readline())
        if not self._is_run:
            return Answer(text=data["text"], model=data.get("model"), finish_reason=data.get("finish_reason"))
        record = decode(Record, data)
        if record.answer is None:
            first = record.failures[0]
            raise BreakdownError(
                first.message, code=first.code, attempts=first.attempts, status=first.status, calls=record.calls
            )
        own = tuple(call for call in record.calls if call.stage == "answer")
        return _again(record.answer, own)


def _again(answer: Answer, calls: tuple[Call, ...]) -> Answer:
    """Give back what was received, with its tokens, latency and calls; the scaffold is stripped anew."""
    return Answer(
        text=answer.raw or answer.text,
        model=answer.model,
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        latency=answer.latency,
        first_token=answer.first_token,
        finish_reason=answer.finish_reason,
        passages=answer.passages,
        system_fingerprint=answer.system_fingerprint,
        calls=calls,
    )


def _line(path: Path, number: int, raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except ValueError as error:
        msg = f"{path}:{number}: not JSON: {error}"
        raise UsageError(msg) from error
    if not isinstance(data, dict):
        msg = f"{path}:{number}: must be an object with 'case_id' and 'text'"
        raise UsageError(msg)
    return data

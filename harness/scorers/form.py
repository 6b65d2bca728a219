"""Form: does the answer end, does it say things once, and is it free of prompt and chat?"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from harness.records import Metric, Score
from harness.text.endings import repeats, unfinished
from harness.text.refusal import asked_strings
from harness.text.scaffold import leaks

if TYPE_CHECKING:
    from harness.records import Answer, Case, Detection, Json

__all__ = ["Form"]

_WORD: Final = re.compile(r"\w+")
_CUT_OFF: Final = frozenset({"length", "max_tokens", "MAX_TOKENS", "model_length"})
_MOST_REPEATED: Final = 0.2
_SHOWN: Final = 60


class Form:
    """Three metrics on the shape of an answer, whatever it says; an empty answer has none.

    finished: 1 unless the model was stopped (`finish_reason`) or the text stops in the middle. said_once: share of the
    words that are not in a sentence said before; passes from 0.8 on. clean: 1 unless prompt marks, role tags, a
    reasoning block, a preamble or eight words of the instructions stand in `answer.raw`.
    """

    needs_detection = False
    metrics = (
        Metric(name="finished", direction="higher", unit="not cut off", rule="not cut off"),
        Metric(name="said_once", direction="higher", unit="share of words", rule="at most a fifth is repeated"),
        Metric(name="clean", direction="higher", unit="nothing leaked", rule="nothing of prompt or chat leaked"),
    )

    async def score(self, case: Case, answer: Answer, _detection: Detection | None, /) -> tuple[Score, ...]:
        """Look at the end, at what is repeated, and at what leaked."""
        if not answer.raw.strip():
            why = "the answer is empty"
            return tuple(Score(metric=metric.name, value=None, reason=why) for metric in self.metrics)
        return _finished(answer), _said_once(answer.text), _clean(case, answer)


def _finished(answer: Answer) -> Score:
    stopped = answer.finish_reason in _CUT_OFF
    why = f"the model was stopped: finish_reason {answer.finish_reason!r}" if stopped else unfinished(answer.text)
    return Score(
        metric="finished",
        value=0.0 if why else 1.0,
        passed=not why,
        reason=why or "the answer comes to an end",
        details={"finish_reason": answer.finish_reason},
    )


def _said_once(text: str) -> Score:
    again = repeats(text)
    if not again:
        return Score(
            metric="said_once", value=1.0, passed=True, reason="nothing is said twice", details={"repeats": []}
        )
    starts = [match.start() for match in _WORD.finditer(text)]
    inside = sum(bisect_left(starts, repeat.end) - bisect_left(starts, repeat.start) for repeat in again)
    share = inside / len(starts) if starts else 0.0
    spans: list[Json] = [[repeat.start, repeat.end] for repeat in again]
    return Score(
        metric="said_once",
        value=1.0 - share,
        passed=share <= _MOST_REPEATED,
        reason=f"{inside} of {len(starts)} words say something again",
        details={"repeats": spans},
    )


def _clean(case: Case, answer: Answer) -> Score:
    allowed = [*asked_strings(case.question.instructions)]
    if case.format is not None:
        allowed += [
            *case.format.one_of,
            *case.format.contains,
            *((case.format.between,) if case.format.between else ()),
        ]
    passages = [passage.text for passage in case.question.passages]
    found = leaks(answer.raw, case.question.instructions, passages, allowed)
    shown = ", ".join(
        dict.fromkeys(f"{leak.kind} {answer.raw[leak.start : leak.end].strip()[:_SHOWN]!r}" for leak in found)
    )
    spans: list[Json] = [{"kind": leak.kind, "start": leak.start, "end": leak.end} for leak in found]
    return Score(
        metric="clean",
        value=0.0 if found else 1.0,
        passed=not found,
        reason=f"leaked: {shown}" if found else "nothing of prompt or chat leaked",
        details={"leaks": spans},
    )

"""The judge: every sentence of an answer gets exactly one verdict, or the whole judgement is a failure."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.chat import Chat, Endpoints, Output, Outputs, Reply
from harness.detectors.judge import windows
from harness.detectors.judge.prompt import FORM, RULES, load_examples
from harness.detectors.judge.quotes import quoted
from harness.detectors.judge.replies import read
from harness.detectors.judge.sheet import Item, Sheet, sheet
from harness.detectors.judge.verdicts import Found, detection, merged
from harness.encoding import digest
from harness.errors import BreakdownError, SpecError
from harness.records import Call, Detection
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from harness.detectors.judge.replies import Ruling
    from harness.detectors.judge.sheet import Piece
    from harness.records import Json, Question

__all__ = ["Judge"]

_VERSION: Final = 2
"""Of what is asked and how replies are read; part of the fingerprint."""
_TURNS: Final = 2
_USUAL_ANSWER: Final = "x" * 500
_USUAL_REPLY: Final = 120
"""Tokens of the verdicts on it: some eight sentences."""


class _Turn(NamedTuple):
    """What one call brought: the verdicts that count, and why a sentence has none."""

    found: dict[int, Found]
    faults: dict[int, str]


class _Job(NamedTuple):
    """One judgement of an answer; `draw` tells repeats apart in the cache, `calls` collects what was asked."""

    question: Question
    text: str
    draw: str
    calls: list[Call]


class Judge:
    """`judge:MODEL?base_url=…&key_env=…&repeats=3&output=schema&examples=FILE`."""

    def __init__(
        self,
        *,
        target: str,
        base_url: str | None = None,
        key_env: str | None = None,
        headers_env: tuple[str, ...] = (),
        temperature: float | None = 0.0,
        max_tokens: int | None = None,
        seed: int | None = None,
        repeats: int = 1,
        output: Output = "auto",
        examples: str = "standard",
        sentences: int = 40,
        window: int = 60_000,
        timeout: float = 120.0,
        total_timeout: float = 600.0,
        retries: int = 4,
        backoff: float = 0.5,
        api_version: str | None = None,
        endpoints: Endpoints | None = None,
    ) -> None:
        """Take the model, where it is, and how it is asked.

        `repeats` judgements are made of each answer, an odd number, and the majority stands. A call holds at most
        `sentences` sentences and `window` characters of passages; more are asked in several, which overlap.

        Raises:
            SpecError: `repeats` is even, or a number is below 1; the examples cannot be read.
        """
        if repeats < 1 or repeats % 2 == 0:
            msg = f"judge:{target}: repeats must be odd, so that there is a majority, not {repeats}"
            raise SpecError(msg)
        if sentences < 1 or window < windows.LEAST:
            msg = f"judge:{target}: sentences must be at least 1 and window at least {windows.LEAST} characters"
            raise SpecError(msg)
        self._chat = Chat(
            target,
            base_url=base_url,
            key_env=key_env,
            headers_env=dict(pair.partition("=")[::2] for pair in headers_env),
            api_version=api_version,
            timeout=timeout,
            total_timeout=total_timeout,
            retries=retries,
            backoff=backoff,
            endpoints=endpoints,
        )
        given: dict[str, Json] = {"temperature": temperature, "max_tokens": max_tokens, "seed": seed}
        self._parameters: dict[str, Json] = {name: value for name, value in given.items() if value is not None}
        self._outputs = Outputs(output)
        self._examples = load_examples(examples)
        self._target, self._repeats, self._sentences, self._window = target, repeats, sentences, window
        settings: list[Json] = [target, self._parameters, output, repeats, sentences, window]
        self.fingerprint = digest([_VERSION, RULES, self._examples, *settings])[:16]

    async def detect(self, question: Question, text: str, /) -> Detection:
        """Judge every sentence of `text`; whether it claims anything is the judge's to say.

        Raises:
            BreakdownError: the endpoint broke down, a verdict is missing, or a control sentence was judged wrong.
        """
        return await self.judge(question, text)

    def forecast(self, question: Question) -> tuple[Call, ...]:
        """Return what judging an answer of usual length would come to."""
        views = windows.views(question.passages, self._window)
        items = [Item(0, len(_USUAL_ANSWER), asked=True)]
        total: list[Call] = []
        for view in views:
            laid = sheet(question, _USUAL_ANSWER, items, view, examples=self._examples, turn=0)
            asked = {"messages": list(laid.messages)}
            reply = self._chat.priced(Reply(text="", completion_tokens=_USUAL_REPLY), asked)
            total += [reply.call("detect", f"judge:{self._target}")] * self._repeats
        return tuple(total)

    async def judge(self, question: Question, text: str, only: Collection[int] | None = None) -> Detection:
        """Judge the sentences of `text`, or only those that start at one of these offsets; the others are context."""
        items = [(segment.start, segment.end) for segment in segments(text)]
        worded = [start for start, end in items if any(map(str.isalnum, text[start:end]))]
        asked = [start for start in worded if only is None or start in only]
        if not asked:
            return detection(text, items, [], question)
        calls: list[Call] = []
        try:
            rounds = [
                await self._round(_Job(question, text, f"{question.id}/{number}", calls), items, asked)
                for number in range(self._repeats)
            ]
        except BreakdownError as error:
            error.calls = (*calls, *error.calls)
            raise
        found = detection(text, items, rounds, question)
        return dataclasses.replace(found, calls=tuple(calls))

    async def _round(self, job: _Job, items: Sequence[tuple[int, int]], asked: Sequence[int]) -> dict[int, Found]:
        """Return one verdict for each sentence: every batch against every window of the passages."""
        views = windows.views(job.question.passages, self._window)
        batches = [frozenset(asked[at : at + self._sentences]) for at in range(0, len(asked), self._sentences)]
        work = [self._judged(job, windows.around(items, batch), view) for batch in batches for view in views]
        done = await asyncio.gather(*work, return_exceptions=True)
        broken = next((one for one in done if isinstance(one, BaseException)), None)
        if broken is not None:
            raise broken
        return merged([one for one in done if isinstance(one, dict)])

    async def _judged(self, job: _Job, items: Sequence[Item], view: Sequence[Piece]) -> dict[int, Found]:
        """Ask, and ask once more for what has no verdict then."""
        found: dict[int, Found] = {}
        faults: dict[int, str] = {}
        left = list(items)
        for turn in range(_TURNS):
            laid = sheet(job.question, job.text, left, view, examples=self._examples, turn=turn)
            reply = await self._asked(laid, job)
            said = self._accounted(laid, reply)
            found |= said.found
            faults = said.faults
            if not faults:
                return found
            left = [Item(item.start, item.end, item.asked and item.start in faults) for item in left]
        reasons = ", ".join(f"{count} x {reason}" for reason, count in Counter(faults.values()).most_common(5))
        missing = f"{len(faults)} of {sum(item.asked for item in items)} sentences"
        msg = f"judge {self._target!r} gave no valid verdict on {missing}: {reasons}"
        raise BreakdownError(msg, code="verdict_missing", attempts=_TURNS)

    async def _asked(self, laid: Sheet, job: _Job) -> Reply:
        try:
            reply, form = await self._outputs.ask(
                self._chat, laid.messages, FORM, draw=job.draw, parameters=self._parameters
            )
        except BreakdownError as error:
            if error.attempts:
                job.calls.append(Call(stage="detect", component=f"judge:{self._target}", attempts=error.attempts))
            raise
        job.calls.append(reply.call("detect", f"judge:{self._target} ({form})"))
        return reply

    def _accounted(self, laid: Sheet, reply: Reply) -> _Turn:
        """Return what a reply says of each sentence; nothing, if a control sentence is missing.

        Raises:
            BreakdownError: a control sentence was judged wrong.
        """
        said = read(reply.text, laid.numbers)
        for number, supported in laid.controls.items():
            ruling = said.rulings.get(number)
            if ruling is not None and not _controlled(laid, ruling, supported=supported):
                msg = f"judge {self._target!r} called a control sentence {ruling.verdict!r}: it did not judge"
                raise BreakdownError(msg, code="control_failed")
        if said.unknown or any(number in said.faults for number in laid.controls):
            why = f"a verdict on {said.unknown[0]}, which was not asked" if said.unknown else "no control verdict"
            return _Turn({}, {start: said.faults.get(n, why) for n, start in laid.sentences.items()})
        found: dict[int, Found] = {}
        faults: dict[int, str] = {}
        for number, start in laid.sentences.items():
            ruling = said.rulings.get(number)
            if ruling is None:
                faults[start] = said.faults[number]
            elif (one := _checked(laid, ruling)) is None:
                faults[start] = "supported by a quote that stands nowhere"
            else:
                found[start] = one
        return _Turn(found, faults)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._chat.aclose()


def _controlled(laid: Sheet, ruling: Ruling, *, supported: bool) -> bool:
    """Say whether a control sentence was judged right: the true one supported, its twin not."""
    if not supported:
        return ruling.verdict in {"contradicted", "absent"}
    place = quoted(ruling.evidence, laid.texts)
    return ruling.verdict == "supported" and place is not None and laid.passages[place.passage] is None


def _checked(laid: Sheet, ruling: Ruling) -> Found | None:
    """Return a verdict with its evidence; None if it says supported and quotes what stands nowhere."""
    own = {name: text for name, text in laid.texts.items() if laid.passages[name] is not None}
    place = quoted(ruling.evidence, own)
    piece = laid.passages[place.passage] if place else None
    if place is None or piece is None:
        return None if ruling.verdict == "supported" else Found(ruling.verdict, fault=ruling.fault)
    at = (piece.passage, piece.start + place.start, piece.start + place.end, place.similarity)
    return Found(ruling.verdict, place=at, fault=ruling.fault)

"""Several judges, one verdict: the majority stands, and who said what is kept.

`panel:judge:A,judge:B,judge:C?base_url=…`. Options go to all members; a value with as many parts between `|` as there
are members is dealt out, a part each.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from harness import registry
from harness.chat import Endpoints  # noqa: TC001 - the registry reads the constructor's hints
from harness.encoding import digest
from harness.errors import BreakdownError, SpecError
from harness.records import Detection, Json, Sentence, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from harness.records import Call, Question, Verdict

__all__ = ["Panel", "voted"]

_FEWEST: Final = 3


class Panel:
    """Ask every member about every answer; a claim is unsupported where most of them say so."""

    def __init__(self, *, target: str, endpoints: Endpoints | None = None, **options: Json) -> None:
        """Take the members, an odd number of at least three detectors.

        Raises:
            SpecError: too few members or an even number, or the same twice.
        """
        self._names = tuple(part.strip() for part in target.split(","))
        count = len(self._names)
        if count < _FEWEST or count % 2 == 0 or len(set(self._names)) < count:
            msg = f"panel:{target}: name an odd number of unlike members, e.g. panel:judge:A,judge:B,judge:C"
            raise SpecError(msg)
        self._members: list[Any] = []
        for number, name in enumerate(self._names):
            own: dict[str, Json] = {key: _dealt(value, number, count) for key, value in options.items()}
            spec = registry.parse(name)
            asks = registry.accepts("detectors", spec, "endpoints")
            spec = dataclasses.replace(spec, options={**spec.options, **own}) if asks else spec
            self._members.append(registry.build("detectors", spec, endpoints=endpoints))
        prints = [str(getattr(member, "fingerprint", "")) for member in self._members]
        self.fingerprint = digest([*self._names, *prints])[:16]

    async def detect(self, question: Question, text: str, /) -> Detection:
        """Have every member judge, and count.

        Raises:
            BreakdownError: a member broke down: the others alone would be another panel.
        """
        return await self.judge(question, text)

    async def judge(self, question: Question, text: str, only: Collection[int] | None = None) -> Detection:
        """Judge the sentences of `text`, or only those that start at one of these offsets."""
        work = [
            one.judge(question, text, only) if hasattr(one, "judge") else one.detect(question, text)
            for one in self._members
        ]
        done = await asyncio.gather(*work, return_exceptions=True)
        broken = next((one for one in done if isinstance(one, BaseException)), None)
        found = [one for one in done if isinstance(one, Detection)]
        if broken is not None:
            if isinstance(broken, BreakdownError):
                broken.calls = (*broken.calls, *(call for one in found for call in one.calls))
            raise broken
        return voted(self._names, found)

    def forecast(self, question: Question) -> tuple[Call, ...]:
        """Return what the members that ask an endpoint would come to."""
        asking = (member for member in self._members if hasattr(member, "forecast"))
        return tuple(call for member in asking for call in member.forecast(question))

    async def aclose(self) -> None:
        """Close what the members hold open."""
        for member in self._members:
            if hasattr(member, "aclose"):
                await member.aclose()


def _dealt(value: Json, number: int, count: int) -> Json:
    parts = value.split("|") if isinstance(value, str) else []
    return parts[number] if len(parts) == count else value


def voted(names: Sequence[str], found: Sequence[Detection]) -> Detection:
    """Return the majority's verdict on each sentence, with the votes and the spans of the first who saw them."""
    by_start = [{sentence.start: sentence for sentence in one.sentences} for one in found]
    places = sorted({(s.start, s.end) for one in found for s in one.sentences})
    sentences: list[Sentence] = []
    spans: list[Span] = []
    for start, end in places:
        seen = [table.get(start, Sentence(start=start, end=end, kind="other")) for table in by_start]
        against = sum(one.verdict == "unsupported" for one in seen)
        verdict = _majority([one.verdict for one in seen])
        if verdict is None:
            sentences.append(Sentence(start=start, end=end, kind="other"))
            continue
        first = next(number for number, one in enumerate(seen) if one.verdict == verdict)
        share = round(against / len(seen), 4)
        votes = {name: one.verdict for name, one in zip(names, seen, strict=True)}
        sentences.append(
            dataclasses.replace(seen[first], kind="claim", verdict=verdict, probability=share, votes=votes)
        )
        if verdict == "unsupported":
            for span in found[first].spans:
                if start <= span.start < end:
                    reason = f"{span.reason} ({against} of {len(seen)} in the panel)"
                    spans.append(dataclasses.replace(span, confidence=share, reason=reason))
    flagged = sum(any(one.verdict == "unsupported" for one in detection.sentences) for detection in found)
    return Detection(
        sentences=tuple(sentences),
        spans=tuple(spans),
        probability=flagged / len(found),
        calls=tuple(call for one in found for call in one.calls),
    )


def _majority(verdicts: Sequence[Verdict | None]) -> Verdict | None:
    """Return what most say: unsupported or not first; of the others, supported unless more see no claim."""
    counts = Counter(verdicts)
    if 2 * counts["unsupported"] > len(verdicts):
        return "unsupported"
    return "supported" if counts["supported"] >= counts[None] else None

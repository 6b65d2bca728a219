"""Read a judge's reply strictly: what is not a verdict, exactly once, for a number that was asked, is none.

Tolerated is what stands around the JSON (fences, prose, a reasoning block before it) and a reply that is cut off: the
verdicts that are whole count, the others are missing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast, get_args

from harness.text.json_objects import json_objects, without_reasoning

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["Reading", "Ruling", "SaidVerdict", "read"]

SaidVerdict: TypeAlias = Literal["supported", "contradicted", "absent", "none"]
_VERDICTS: Final = frozenset(get_args(SaidVerdict))
_PLAIN: Final = re.compile(
    r"^[ \t]*\[?(\d{3,6})\]?[ \t]*[:|=-][ \t]*(supported|contradicted|absent|none)\b[ \t|]*([^\n]*)$",
    re.MULTILINE | re.IGNORECASE,
)
_MOST: Final = 200_000


class Ruling(NamedTuple):
    """One verdict as it was said, with the quoted evidence and the words at fault."""

    verdict: SaidVerdict
    evidence: str
    fault: str


@dataclass(slots=True)
class Reading:
    """The verdicts that count, why each other number has none, and the numbers that nobody asked for."""

    rulings: dict[int, Ruling] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def read(reply: str, numbers: Collection[int]) -> Reading:
    """Return what a reply says of the numbers that were asked."""
    entries = list(_entries(without_reasoning(reply[:_MOST])))
    counts = Counter(number for number, _ in entries if number is not None)
    found = Reading(unknown=tuple(sorted({_named(n) for n, _ in entries if n is None or n not in numbers})))
    for number, entry in entries:
        if number is None or number not in numbers:
            continue
        if counts[number] > 1:
            found.faults[number] = f"{counts[number]} verdicts"
        elif (ruling := _ruling(entry)) is None:
            found.faults[number] = f"no verdict: {str(entry.get('v'))[:40]!r}"
        else:
            found.rulings[number] = ruling
    for number in numbers:
        if number not in counts:
            found.faults[number] = "missing"
    return found


def _named(number: int | None) -> str:
    return "no number" if number is None else str(number)[:12]


def _entries(text: str) -> Iterator[tuple[int | None, dict[str, Any]]]:
    """Yield whatever claims to be a verdict."""
    objects = list(json_objects(text))
    for value in objects:
        yield from _inside(value)
    if not objects:
        for found in _PLAIN.finditer(text):
            rest = found[3].strip()
            verdict = found[2].lower()
            yield int(found[1]), {"v": verdict, "e": rest if verdict == "supported" else "", "w": ""}


def _inside(value: object) -> Iterator[tuple[int | None, dict[str, Any]]]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "id" in one or "v" in one:
                yield _number(one.get("id")), one
            else:
                waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return int(value)
    return None


def _ruling(entry: dict[str, Any]) -> Ruling | None:
    verdict, evidence, fault = entry.get("v"), entry.get("e", ""), entry.get("w", "")
    if not isinstance(verdict, str) or verdict.strip().lower() not in _VERDICTS:
        return None
    texts = (part if isinstance(part, str) else "" for part in (evidence, fault))
    return Ruling(cast("SaidVerdict", verdict.strip().lower()), *texts)

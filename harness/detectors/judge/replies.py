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
_VERDICT: Final = "(supported|contradicted|absent|none)"
_MARK: Final = r"[ \t]*(?:[:|=]|-(?!\d))?[ \t]*"
_LINE: Final = re.compile(rf"\s*\[?(\d{{1,9}})\]?(?=\D|$){_MARK}{_VERDICT}?\b[ \t|:]*(.*)$", re.DOTALL | re.IGNORECASE)
_PLAIN: Final = re.compile(rf"^[ \t]*\[?\d{{3,6}}\]?{_MARK}{_VERDICT}\b[^\n]*$", re.MULTILINE | re.IGNORECASE)
_QUOTED: Final = re.compile(rf'"(\d{{1,9}} {_VERDICT}\b(?:[^"\\\n]|\\.)*)"')
_PARTS: Final = 4
"""Of a contradiction: passage, first words, last words, words at fault."""
_Entry: TypeAlias = "tuple[int | None, dict[str, Any]]"
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


def _entries(text: str) -> Iterator[_Entry]:
    """Yield whatever claims to be a verdict: lines in JSON, objects in JSON, or bare lines where there is no JSON."""
    objects = list(json_objects(text))
    for value in objects:
        yield from _inside(value)
    if not objects:
        for found in _QUOTED.finditer(text):  # of a list that was cut off, the lines that are whole
            yield _line(found[1].replace('\\"', '"'))
        for found in _PLAIN.finditer(text):
            yield _line(found[0])


def _inside(value: object) -> Iterator[_Entry]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "id" in one or "v" in one:
                yield _number(one.get("id")), one
            else:
                lines = one.get("verdicts")
                for line in lines if isinstance(lines, list) else ():
                    if isinstance(line, str):
                        yield _line(line)
                waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _line(text: str) -> _Entry:
    """Read `NUMBER VERDICT …`; what has no number is a verdict on nobody knows what."""
    found = _LINE.match(text)
    if found is None:
        return None, {}
    number, verdict, rest = int(found[1]), (found[2] or "").lower(), found[3].strip()
    if not verdict:
        return number, {"v": rest}
    if verdict != "contradicted":
        return number, {"v": verdict, ("w" if verdict == "absent" else "e"): rest}
    parts = rest.split("|")
    quoted = len(parts) >= _PARTS - 1
    at = _PARTS - 1 if quoted else 0
    return number, {"v": verdict, "e": "|".join(parts[:at]), "w": "|".join(parts[at:])}


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

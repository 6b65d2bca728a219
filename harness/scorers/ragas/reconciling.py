"""Hold a reply to one of ragas' prompts against what was asked: each statement has one verdict, and it is 0 or 1.

ragas takes a reply as it is: one verdict on two claims is 1.0, a verdict of -1 is a pass. Here such a reply has a
fault, in words, and is no reply. Knows ragas' prompts by their data alone, so it works on plain JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rapidfuzz import fuzz

from harness.text.json_objects import json_objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["asked_of", "empty", "fault", "judged"]

_YES_OR_NO: Final = frozenset({0, 1})
_BINARY: Final = frozenset({"verdict", "attributed", "noncommittal"})
_RATINGS: Final[Mapping[str, frozenset[int]]] = {
    "ResponseGroundednessOutput": frozenset({0, 1, 2}),
    "ContextRelevanceOutput": frozenset({0, 1, 2}),
    "AnswerAccuracyOutput": frozenset({0, 2, 4}),
}
_PAIRED: Final = {"statements": "statements", "questions": "answers"}
"""Which list of an input has one entry each in which list of the output."""
_NOTHING_TO_JUDGE: Final = ("statements", "claims", "keyphrases", "questions")
_NEAR: Final = 80.0
"""Similarity, of 100, from which a statement that comes back in its own place is taken for the one that was sent."""


def asked_of(prompt: str) -> dict[str, Any]:
    """Return the input that a prompt ends with; empty if there is none.

    A line can't begin inside of JSON's strings, so no data can forge the mark that the input follows.
    """
    found = next(json_objects(prompt.rpartition("\ninput: ")[2]), None)
    return found if isinstance(found, dict) else {}


def fault(asked: Mapping[str, Any], reply: Mapping[str, Any], kind: str) -> str:
    """Return what is wrong with a reply, in words; empty if nothing is. `kind` is the name of ragas' output model."""
    for name, value in _leaves(reply):
        allowed = _YES_OR_NO if name in _BINARY else _RATINGS.get(kind) if name == "rating" else None
        if allowed is not None and value not in allowed:
            return f"{name} {value!r} is none of {', '.join(map(str, sorted(allowed)))}"
    if "statements" not in asked and any("verdict" in row for row in judged(reply)):
        return "verdicts, and no statement was asked"
    for given, returned in _PAIRED.items():
        sent, back = asked.get(given), reply.get(returned)
        if isinstance(sent, list) and isinstance(back, list):
            if len(sent) != len(back):
                return f"{len(back)} {returned} for {len(sent)} {given}"
            if given == "statements" and not _same(sent, [str(row.get("statement")) for row in back]):
                return "verdicts on statements that were not asked"
    return ""


def empty(reply: Mapping[str, Any]) -> str | None:
    """Return the name of the list without which there is nothing to score, if the reply leaves it empty."""
    return next((name for name in _NOTHING_TO_JUDGE if reply.get(name) == []), None)


def judged(reply: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the verdicts that a reply gives, a row a statement, or its one rating; empty if it gives none."""
    if "rating" in reply:
        return [dict(reply)]
    rows = next((value for value in reply.values() if isinstance(value, list)), [])
    return [row for row in rows if isinstance(row, dict) and _BINARY & row.keys()]


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    else:
        yield name, value


def _same(sent: Sequence[str], back: Sequence[str]) -> bool:
    """Say whether each statement came back once: word by word in any order, or hardly changed in its own place."""
    plain = [[" ".join(text.casefold().split()) for text in texts] for texts in (sent, back)]
    if sorted(plain[0]) == sorted(plain[1]):
        return True
    left = [(a, b) for a, b in zip(*plain, strict=True) if a != b]
    return all(fuzz.ratio(a, b) >= _NEAR for a, b in left)

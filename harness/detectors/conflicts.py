"""Rules that see what is said against the evidence: a number, a name, a negation or a word turned into its opposite.

A quantity or a name is held against the passage sentence in which its neighbours in the claim stand: if that sentence
has another one in its place, and no sentence with the claimed one holds the neighbours as well, the two conflict. A
negation or an opposite is looked for only where the claim is otherwise close to one passage sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from harness.text.polarity import OPPOSITES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.align import Source, Unit, Word
    from harness.detectors.features import Claim

__all__ = ["Conflict", "ConflictKind", "conflicts"]

_CLOSE: Final = 0.6
"""Weighted share of a claim's content words that one passage sentence must hold for an opposite to count."""
_CLOSE_NEGATED: Final = 0.8
_MIN_CONTENT: Final = 2
_REACH: Final = 3
"""How many content words on either side are a word's neighbours."""
_NEARLY_ALL: Final = 0.75
_ECHO: Final = 0.2
"""Weighted share of the claim's content words that stand only in the query, from which a run of two is an echo …"""
_ECHO_ALONE: Final = 0.5
"""… and from which a single word is."""
_HELD: Final = 0.5
"""Share of the neighbours that a passage sentence must hold to say what stands in the word's place."""


ConflictKind: TypeAlias = Literal["quantity", "name", "opposite", "polarity", "echo"]


class Conflict(NamedTuple):
    """Words `first` to `last` (inclusive positions) of the claim stand against the evidence, for a reason.

    `certain` where the claim is otherwise so close to one passage sentence that the difference is one of fact.
    """

    kind: ConflictKind
    first: int
    last: int
    reason: str
    certain: bool


def conflicts(source: Source, claim: Claim) -> Iterator[Conflict]:
    """Yield what the claim says against the passages."""
    content = [n for n, word in enumerate(claim.words) if not word.stop]
    yield from _echoes(claim, content)
    if not claim.alignment.units or len(content) < _MIN_CONTENT:
        return
    for rank, n in enumerate(content):
        word = claim.words[n]
        named = word.name and n > 0 and word.quantity is None
        if (word.quantity is not None or named) and not claim.alignment.asked[n]:
            around = content[max(0, rank - _REACH) : rank] + content[rank + 1 : rank + 1 + _REACH]
            yield from _displaced(source, claim, n, around)
    best = source.units[claim.alignment.units[0]]
    text = source.passages[best.passage].text
    if claim.alignment.coverage[0] >= _CLOSE:
        yield from _opposites(claim, best, text)
    if claim.alignment.coverage[0] >= _CLOSE_NEGATED:
        yield from _polarity(claim, best, text)


def _echoes(claim: Claim, content: Sequence[int]) -> Iterator[Conflict]:
    """Yield runs of words that only the query says, where a claim asserts them.

    They must make up enough of the claim, and a run must have two of them, or be nearly all that the claim says. A
    claim that negates corrects what the query takes for granted, and does not echo it.
    """
    alignment = claim.alignment
    total = sum(alignment.weights[n] for n in content)
    only = [rank for rank, n in enumerate(content) if alignment.places[n] == "query"]
    share = sum(alignment.weights[content[rank]] for rank in only) / total if total else 0.0
    negated = any(word.negates for word in claim.words)
    if share < _ECHO or negated or claim.kind in {"row", "code"}:
        return
    runs: list[list[int]] = []
    for rank in only:
        if runs and rank == runs[-1][-1] + 1:
            runs[-1].append(rank)
        else:
            runs.append([rank])
    for run in runs:
        if len(run) > 1 or share >= _ECHO_ALONE:
            first, last = content[run[0]], content[run[-1]]
            said = claim.text[claim.words[first].start : claim.words[last].end]
            yield Conflict("echo", first, last, f"{said!r} stands only in the query", certain=True)


def _displaced(source: Source, claim: Claim, at: int, around: Sequence[int]) -> Iterator[Conflict]:
    """Yield a quantity or name in whose place, among its neighbours, the passages have another one."""
    held: dict[int, float] = {}
    for n in around:
        for unit in claim.alignment.held[n]:
            held[unit] = held.get(unit, 0.0) + claim.alignment.weights[n]
    total = sum(claim.alignment.weights[n] for n in around)
    if not held or not total:
        return
    own = max((held.get(unit, 0.0) for unit in claim.alignment.held[at]), default=0.0)
    best = max(held, key=lambda unit: (held[unit], -unit))
    if held[best] < _HELD * total or own >= held[best] or best in claim.alignment.held[at]:
        return
    word = claim.words[at]
    other = _rival(claim, source.units[best], word, around)
    if other is not None:
        text = source.passages[source.units[best].passage].text
        said = claim.text[word.start : word.end]
        reason = f"{said!r} stands against {text[other.start : other.end]!r} in the evidence"
        near = held[best] >= _NEARLY_ALL * total
        if word.quantity is not None:
            yield Conflict("quantity", at, at, reason, near)
        else:
            yield Conflict("name", at, at, reason, near and claim.alignment.coverage[0] >= _CLOSE)


def _rival(claim: Claim, unit: Unit, word: Word, around: Sequence[int]) -> Word | None:
    """Return the unit's own quantity (of the same kind) or name, near a neighbour, that the claim does not repeat."""
    own = {key for other in claim.words for key in other.keys}
    neighbours = {key for n in around for key in claim.words[n].keys}
    content = [other for other in unit.words if not other.stop]
    for position, other in enumerate(content):
        if own.intersection(other.keys):
            continue
        if word.quantity is not None:
            if other.quantity is None or other.quantity.kind != word.quantity.kind:
                continue
        elif not other.name or other.quantity is not None:
            continue
        near = content[max(0, position - _REACH) : position + 1 + _REACH]
        if any(neighbours.intersection(one.keys) for one in near):
            return other
    return None


def _opposites(claim: Claim, unit: Unit, text: str) -> Iterator[Conflict]:
    """Yield words whose opposite stands in the evidence while they do not."""
    there = {text[word.start : word.end].lower() for word in unit.words}
    here = {claim.text[word.start : word.end].lower() for word in claim.words}
    for n, word in enumerate(claim.words):
        said = claim.text[word.start : word.end].lower()
        turned = OPPOSITES.get(said, frozenset()) & there - here
        if said not in there and turned:
            reason = f"{said!r} stands against {min(turned)!r} in the evidence"
            yield Conflict("opposite", n, n, reason, claim.alignment.coverage[0] >= _CLOSE_NEGATED)


def _polarity(claim: Claim, unit: Unit, text: str) -> Iterator[Conflict]:
    """Yield the negation that only one side has."""
    here = [n for n, word in enumerate(claim.words) if word.negates]
    if here[:1] == [0] and claim.text[claim.words[0].end : claim.words[0].end + 1] in {",", ":", ";", "."}:
        del here[0]  # "No, …" answers the question and negates nothing after it
    there = [word for word in unit.words if word.negates]
    lengths = len(claim.words) / max(1, len(unit.words))
    certain = 0.5 <= lengths <= 2.0  # noqa: PLR2004 - a short claim cut from a long sentence may leave its negation out
    if here and not there:
        last = min(here[0] + 1, len(claim.words) - 1)
        yield Conflict("polarity", here[0], last, "the evidence says this without a negation", certain)
    elif there and not here and not unit.row:
        said = text[there[0].start : there[0].end]
        yield Conflict("polarity", 0, len(claim.words) - 1, f"the evidence negates this ({said!r})", certain)

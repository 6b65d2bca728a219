"""Rules that see what is said against the evidence: a number, a name, a negation or a word turned into its opposite.

They look only at sentences that are otherwise close to one passage sentence, where a difference is a difference of
fact and not of wording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from harness.text.polarity import OPPOSITES, is_negation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.align import Source, Unit, Word
    from harness.detectors.features import Claim

__all__ = ["Conflict", "conflicts", "rival"]

CLOSE: Final = 0.6
"""Weighted share of a sentence's content words that one passage sentence must hold to be called close."""
_CLOSE_NEGATED: Final = 0.8
_MIN_CONTENT: Final = 3


class Conflict(NamedTuple):
    """Words `first` to `last` (inclusive positions) of the claim stand against the evidence, for a reason."""

    first: int
    last: int
    reason: str


def conflicts(source: Source, claim: Claim) -> Iterator[Conflict]:
    """Yield what the claim says against the passage sentence that it is close to."""
    units = [source.units[n] for n in claim.alignment.units]
    content = [n for n, word in enumerate(claim.words) if not word.stop]
    if not units or len(content) < _MIN_CONTENT or claim.alignment.coverage[-1] < CLOSE:
        return
    joined = {key for unit in units for word in unit.words for key in word.keys}
    for n in content:
        word = claim.words[n]
        if (word.quantity is None and not (word.name and n > 0)) or claim.alignment.asked[n]:
            continue
        if any(key in joined for key in word.keys):
            continue
        for unit in units:
            other = rival(claim, unit, word)
            if other is not None:
                text = source.passages[unit.passage].text
                said = claim.text[word.start : word.end]
                yield Conflict(n, n, f"{said!r} stands against {text[other.start : other.end]!r} in the evidence")
                break
    if claim.alignment.coverage[0] >= CLOSE:
        best = units[0]
        text = source.passages[best.passage].text
        yield from _opposites(claim, best, text)
        if claim.alignment.coverage[0] >= _CLOSE_NEGATED:
            yield from _polarity(claim, best, text)


def rival(claim: Claim, unit: Unit, word: Word) -> Word | None:
    """Return the evidence's own quantity or name that the claim does not repeat, where it stands in the same place.

    A quantity stands in the same place if it is of the same kind and counts the same thing (the word after it), a name
    if a neighbouring word is the same.
    """
    own = {key for other in claim.words for key in other.keys}
    at = claim.words.index(word)
    near = _near(claim.words, at)
    for position, other in enumerate(unit.words):
        if own.intersection(other.keys):
            continue
        if word.quantity is not None:
            if other.quantity is None or other.quantity.kind != word.quantity.kind:
                continue
        elif not other.name or position == 0 or other.stop or other.quantity is not None:
            continue
        if near & _near(unit.words, position):
            return other
    return None


def _near(words: tuple[Word, ...], at: int) -> set[str]:
    """Return the keys of the two content words on either side."""
    before = [word for word in words[:at] if not word.stop][-2:]
    after = [word for word in words[at + 1 :] if not word.stop][:2]
    return {key for word in (*before, *after) for key in word.keys}


def _opposites(claim: Claim, unit: Unit, text: str) -> Iterator[Conflict]:
    """Yield words whose opposite stands in the evidence while they do not."""
    there = {text[word.start : word.end].lower() for word in unit.words}
    here = {claim.text[word.start : word.end].lower() for word in claim.words}
    for n, word in enumerate(claim.words):
        said = claim.text[word.start : word.end].lower()
        turned = OPPOSITES.get(said, frozenset()) & there - here
        if said not in there and turned:
            yield Conflict(n, n, f"{said!r} stands against {min(turned)!r} in the evidence")


def _polarity(claim: Claim, unit: Unit, text: str) -> Iterator[Conflict]:
    """Yield the negation that only one side has."""
    here = [n for n, word in enumerate(claim.words) if is_negation(claim.text[word.start : word.end])]
    there = [word for word in unit.words if is_negation(text[word.start : word.end])]
    if here and not there:
        yield Conflict(here[0], min(here[0] + 1, len(claim.words) - 1), "the evidence says this without a negation")
    if there and not here and not unit.row:
        said = text[there[0].start : there[0].end]
        yield Conflict(0, len(claim.words) - 1, f"the evidence negates this ({said!r})")

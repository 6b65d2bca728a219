"""Rules that see what is said against the evidence: a number, a name, a negation or a word turned into its opposite.

Two kinds look at different things. A quantity or a name is held against the passage sentence in which its neighbours
in the claim stand: if that sentence has another one in its place, the two may conflict. And a claim that is all but a
copy of one passage sentence is laid beside it word by word: what stands in the gaps is what was changed, and certain.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from rapidfuzz.distance import Levenshtein

from harness.align import gains, heaviest
from harness.detectors.tables import misread
from harness.text.polarity import RIVALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.align import Source, Unit, Word
    from harness.detectors.features import Claim

__all__ = ["Conflict", "ConflictKind", "conflicts"]

_MIN_CONTENT: Final = 2
_REACH: Final = 3
"""How many content words on either side are a word's neighbours."""
_ECHO: Final = 0.2
"""Weighted share of the claim's content words that stand only in the query, from which a run of two is an echo …"""
_ECHO_ALONE: Final = 0.5
"""… and from which a single word is."""
_HELD: Final = 0.5
"""Share of the neighbours that a passage sentence must hold to say what stands in the word's place."""
_COVERED: Final = 0.4
"""Weighted share of the content words that one passage sentence must hold for the claim to be laid beside it."""
_COPIED: Final = 0.6
"""Share of a claim's words that stand in the passage sentence in the same order, from which it is all but a copy …"""
_LEAST_COPIED: Final = 4
"""… and how many words that must be."""
_VERBATIM: Final = 0.75
"""Share from which new words are an addition."""
_CHANGED: Final = 2.5
"""A claim in which no more words than this differ says the same but for them."""
_ABOUT: Final = frozenset(
    "passage passages context contexts document documents text texts article source sources data excerpt".split()
)
"""Words with one of these name where something is said, and add nothing to it."""
_WIDE: Final = 6
"""A gap of more words than this is another way of saying it, not a change of a word."""
_ADDED: Final = 3
"""So many content words in a row, within a copy, are an addition …"""
_FEW: Final = 2
"""Where the claim left out a negation, it has at most so many words in its place."""
_MOSTLY: Final = 2 / 3
"""… if at least this share of them stands nowhere."""

_TASK: Final = re.compile(
    r"\W*(?:how (?:to|do|can|should|would|might|could)\b|how \w+ (?:you|your|a|an|the)\b|"
    r"(?:what(?:'s| is| are) )?(?:the )?(?:\w+ )?"
    r"(?:ways?|steps?|benefits|advantages|uses|causes|difference|definition|meaning|types)\b)",
    re.IGNORECASE,
)
"""A query that asks for a way, a list or an explanation, and takes no fact for granted."""
_NEGATIVE: Final = re.compile(
    r"un(?:able|aware|certain|clear|known|likely|willing|necessary|safe)\b|im(?:possible|probable)\b|fail|lack|den(?:y|ied|ies)\b|"
    r"refus|prevent|avoid|declin|except\b|few\b|little\b|rarely\b|seldom\b|barely\b|stop|instead\b|rather\b|unless\b",
    re.IGNORECASE,
)
"""Words that turn a statement round without being a negation of their own."""
_NO_NEGATION: Final = re.compile(r"no\.\s?\d|non?-|not only\b", re.IGNORECASE)
_OR: Final = (" or ", " Or ")
_COUNTED: Final = re.compile(
    r"\b(?:steps?|passages?|parts?|no\.?|number|figure|table|items?)\W*(?:\d+\s*(?:and|or|to|,|-|–)\s*)?$",
    re.IGNORECASE,
)
"""What stands before a number that only tells one of several from the others."""

ConflictKind: TypeAlias = Literal["quantity", "name", "opposite", "polarity", "echo", "addition"]


class Conflict(NamedTuple):
    """Words `first` to `last` (inclusive positions) of the claim stand against the evidence, for a reason.

    `certain` where the claim is otherwise so close to one passage sentence that the difference is one of fact.
    """

    kind: ConflictKind
    first: int
    last: int
    reason: str
    certain: bool


class _Gap(NamedTuple):
    """Where a claim and a passage sentence differ: words `first:last` of the claim, `other` of the sentence.

    `inner` where words before and after the gap are the same.
    """

    first: int
    last: int
    other: tuple[Word, ...]
    inner: bool


def conflicts(source: Source, claim: Claim, query: str = "") -> Iterator[Conflict]:
    """Yield what the claim says against the passages; `query` is what was asked."""
    content = [n for n, word in enumerate(claim.words) if not word.stop]
    yield from _echoes(claim, content, certain=not _TASK.match(query))
    if not claim.alignment.units or len(content) < _MIN_CONTENT:
        return
    for one in misread(source, claim, content):
        said = claim.text[claim.words[one.at].start : claim.words[one.at].end]
        reason = f"{said!r} stands against {one.value!r} under {one.label!r} in the table"
        yield Conflict("quantity", one.at, one.at, reason, certain=True)
    for rank, n in enumerate(content):
        word = claim.words[n]
        named = word.name and n > 0 and word.quantity is None
        if (word.quantity is not None or named) and not claim.alignment.asked[n]:
            around = content[max(0, rank - _REACH) : rank] + content[rank + 1 : rank + 1 + _REACH]
            yield from _displaced(source, claim, n, around)
    if claim.alignment.coverage[0] >= _COVERED:
        best = source.units[claim.alignment.units[0]]
        yield from _changed(claim, best, source.passages[best.passage].text)


def _echoes(claim: Claim, content: Sequence[int], *, certain: bool) -> Iterator[Conflict]:
    """Yield runs of words that only the query says, where a claim asserts them.

    They must make up enough of the claim, and a run must have two of them, or be nearly all that the claim says. A
    claim that negates corrects what the query takes for granted, and does not echo it. Who is asked how to do
    something may name what is to be done: that is not `certain`.
    """
    alignment = claim.alignment
    only = [rank for rank, n in enumerate(content) if alignment.places[n] == "query"]
    if not only:
        return
    total = sum([alignment.weights[n] for n in content])
    share = sum([alignment.weights[content[rank]] for rank in only]) / total if total else 0.0
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
        first, last = content[run[0]], content[run[-1]]
        if (len(run) > 1 or share >= _ECHO_ALONE) and not _about(claim, first, last + 1):
            said = claim.text[claim.words[first].start : claim.words[last].end]
            yield Conflict("echo", first, last, f"{said!r} stands only in the query", certain=certain)


def _displaced(source: Source, claim: Claim, at: int, around: Sequence[int]) -> Iterator[Conflict]:
    """Yield a quantity or name in whose place, among its neighbours, the passages have another one.

    That is certain of a quantity that stands nowhere, where the other one counts the same.
    """
    alignment = claim.alignment
    nearest = alignment.units[0]
    if nearest in alignment.held[at] and all([nearest in alignment.held[n] for n in around]):  # noqa: C419 - a list is faster here
        return
    held = gains(alignment.held, alignment.weights, around)
    total = sum([alignment.weights[n] for n in around])
    best = heaviest(held)
    if best is None or not total:
        return
    own = max([held.get(unit, 0.0) for unit in alignment.held[at]], default=0.0)
    if held[best] < _HELD * total or own >= held[best] or best in alignment.held[at]:
        return
    word = claim.words[at]
    other = _rival(claim, source.units[best], word, around)
    if other is not None:
        text = source.passages[source.units[best].passage].text
        kind: ConflictKind = "name" if word.quantity is None else "quantity"
        sure = claim.alignment.places[at] == "nowhere" and _counts_the_same(word, other)
        yield Conflict(kind, at, at, _against(claim, word, text[other.start : other.end]), certain=sure)


def _counts_the_same(word: Word, other: Word) -> bool:
    """Say whether two quantities count the same thing: "20 epochs" and "10 epochs"."""
    if word.quantity is None or other.quantity is None:
        return False
    one, two = word.quantity.unit.rstrip("s"), other.quantity.unit.rstrip("s")
    return bool(one) and one == two


def _rival(claim: Claim, unit: Unit, word: Word, around: Sequence[int]) -> Word | None:
    """Return the unit's own quantity (of the same kind) or name, near a neighbour, that the claim does not repeat."""
    own = {key for other in claim.words for key in other.keys}
    neighbours = {key for n in around for key in claim.words[n].keys}
    content = [other for other in unit.words if not other.stop]
    for position, other in enumerate(content):
        if own.intersection(other.keys) or not _alike(word, other):
            continue
        near = content[max(0, position - _REACH) : position + 1 + _REACH]
        if any(neighbours.intersection(one.keys) for one in near):
            return other
    return None


def _alike(word: Word, other: Word) -> bool:
    """Say whether one may stand in the place of the other: quantities of one kind, or names."""
    if word.quantity is not None:
        return other.quantity is not None and other.quantity.kind == word.quantity.kind
    return other.name and not other.stop and other.quantity is None


def _changed(claim: Claim, unit: Unit, text: str) -> Iterator[Conflict]:
    """Yield what was changed in a claim that is all but a copy of a passage sentence."""
    gaps, copied = _gaps(claim, unit, text)
    if not gaps:
        return
    here = {key for word in claim.words for key in word.keys}
    there = {key for word in unit.words for key in word.keys}
    exact = copied >= 1 - _CHANGED / len(claim.words)
    turned = _negations(claim.text, claim.words) != _negations(text, unit.words)
    for gap in gaps:
        words = claim.words[gap.first : gap.last]
        if len(words) <= _WIDE and len(gap.other) <= _WIDE:
            if turned:
                yield from _turned(claim, gap, text)
            for at, word in enumerate(words, start=gap.first):
                if not there.intersection(word.keys):
                    new = [other for other in gap.other if not here.intersection(other.keys)]
                    if exact or (copied >= _COPIED and _telling(claim, at)):
                        yield from _swapped(claim, at, new, text)
        if copied >= _VERBATIM:
            yield from _added(claim, gap, text)


def _in_common(claim: Claim) -> int:
    """Return how many of the claim's words its best passage sentence may hold: at most so many can be a copy."""
    alignment = claim.alignment
    best = alignment.units[0]
    return sum(
        [best in units or (exact and not units) for units, exact in zip(alignment.held, alignment.exact, strict=True)]
    )


def _negations(text: str, words: Sequence[Word]) -> int:
    """Count what negates: words that do, and those that begin or mean so ("unlikely", "fails")."""
    return sum([_negates(text, word) or _NEGATIVE.match(text, word.start) is not None for word in words])


def _negates(text: str, word: Word) -> bool:
    """Say whether a word negates here: not in "No. 1", "or not" and "non-profit"."""
    return word.negates and not _NO_NEGATION.match(text, word.start) and not text[: word.start].endswith(_OR)


def _gaps(claim: Claim, unit: Unit, text: str) -> tuple[list[_Gap], float]:
    """Lay the claim beside the passage sentence, and say what share of it is a copy; no gaps where it is none."""
    if claim.text[claim.start : claim.end] == text[unit.start : unit.end]:
        return [], 1.0
    least = max(_LEAST_COPIED, _COPIED * len(claim.words))
    if _in_common(claim) < least:
        return [], 0.0
    ops = Levenshtein.opcodes([word.keys[0] for word in claim.words], [word.keys[0] for word in unit.words])
    same = [op for op in ops if op.tag == "equal"]
    copied = sum(op.src_end - op.src_start for op in same)
    if copied < least:
        return [], 0.0
    edges = [
        (0, 0),
        *itertools.chain.from_iterable(((op.src_start, op.dest_start), (op.src_end, op.dest_end)) for op in same),
    ]
    edges.append((len(claim.words), len(unit.words)))
    found = []
    for (a, c), (b, d) in zip(edges[::2], edges[1::2], strict=True):
        if b > a or d > c:
            found.append(_Gap(a, b, unit.words[c:d], inner=a > 0 and b < len(claim.words)))
    return found, copied / len(claim.words)


def _turned(claim: Claim, gap: _Gap, text: str) -> Iterator[Conflict]:
    """Yield a negation that only one side has; a claim that leaves off the rest of a sentence may leave one out."""
    here = [n for n in range(gap.first, gap.last) if _negates(claim.text, claim.words[n])]
    if here[:1] == [0] and claim.text[claim.words[0].end : claim.words[0].end + 1] in {",", ":", ";", "."}:
        del here[0]  # "No, …" answers the question and negates nothing after it
    there = [w for w in gap.other if _negates(text, w) and text[w.start : w.end].lower() != "without"]
    if here and not there and gap.inner and gap.last - gap.first <= _ADDED:
        last = min(here[0] + 1, len(claim.words) - 1)
        yield Conflict("polarity", here[0], last, "the evidence says this without a negation", certain=True)
    elif there and not here and gap.inner and gap.last - gap.first <= _FEW and len(gap.other) <= _ADDED:
        first, last = max(0, gap.first - 1), min(gap.last, len(claim.words) - 1)
        said = text[there[0].start : there[0].end]
        yield Conflict("polarity", first, last, f"the evidence negates this ({said!r})", certain=True)


def _swapped(claim: Claim, at: int, new: Sequence[Word], text: str) -> Iterator[Conflict]:
    """Yield a word of the claim in whose place the evidence has another quantity, name or rival."""
    word = claim.words[at]
    said = claim.text[word.start : word.end]
    named = word.name and (at > 0 or said.isupper())
    if any(_in_other_units(word, other) for other in new):
        return
    for other in new:
        instead = text[other.start : other.end]
        if instead.lower() in RIVALS.get(said.lower(), ()):
            yield Conflict("opposite", at, at, _against(claim, word, instead), certain=True)
            return
        if _alike(word, other) and (word.quantity is not None or (named and not _variant(said, instead))):
            kind: ConflictKind = "name" if word.quantity is None else "quantity"
            yield Conflict(kind, at, at, _against(claim, word, instead), certain=True)
            return


def _telling(claim: Claim, at: int) -> bool:
    """Say whether a word that the evidence does not have must be wrong though more is worded otherwise.

    A name that another passage has may have been added rightly, and the number of a step only tells it from the others.
    """
    word = claim.words[at]
    if word.quantity is None:
        return claim.alignment.places[at] == "nowhere"
    return _COUNTED.search(claim.text[: word.start]) is None


def _in_other_units(word: Word, other: Word) -> bool:
    """Say whether two quantities count in different units, and so may be the same ("64 months", "five years and …")."""
    if word.quantity is None or other.quantity is None:
        return False
    return word.quantity.unit in RIVALS.get(other.quantity.unit, ())


def _variant(said: str, instead: str) -> bool:
    """Say whether two names may be forms of one: "Yemen" and "Yemeni", "US" and "United".

    >>> _variant("Yemen", "Yemeni"), _variant("Aldern", "Ostend")
    (True, False)
    """
    one, other = said.casefold(), instead.casefold()
    return one.startswith(other) or other.startswith(one) or (said.isupper() and other[0] in one)


def _added(claim: Claim, gap: _Gap, text: str) -> Iterator[Conflict]:
    """Yield a stretch of words that stand nowhere, put into what is otherwise a copy."""
    new = [n for n in range(gap.first, gap.last) if not claim.words[n].stop]
    nowhere = sum(claim.alignment.places[n] == "nowhere" for n in new)
    if len(new) < _ADDED or nowhere < _MOSTLY * len(new) or _about(claim, gap.first, gap.last):
        return
    initials = "".join(claim.text[claim.words[n].start] for n in new).casefold()
    if any(text[other.start : other.end].casefold() == initials for other in gap.other):
        return  # an abbreviation, spelled out
    said = claim.text[claim.words[new[0]].start : claim.words[new[-1]].end]
    yield Conflict("addition", new[0], new[-1], f"no passage adds {said!r}", certain=True)


def _about(claim: Claim, first: int, last: int) -> bool:
    return any(claim.text[word.start : word.end].lower() in _ABOUT for word in claim.words[first:last])


def _against(claim: Claim, word: Word, instead: str) -> str:
    return f"{claim.text[word.start : word.end]!r} stands against {instead!r} in the evidence"

"""What the calibrated detector looks at: numbers that describe how a sentence, and so an answer, is aligned.

All features are local to the sentence and the sources: nothing depends on the answer's other sentences, so that
appending one never changes the verdict on another. No feature knows a word's identity or who wrote the answer.
"""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from harness.detectors.newness import NOVEL, beside_best, newness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.align import Alignment, Source, Word
    from harness.detectors.conflicts import Conflict
    from harness.text.sentences import SegmentKind

__all__ = [
    "ANSWER_FEATURES",
    "HELD_FEATURES",
    "SENTENCE_FEATURES",
    "SPREAD",
    "Claim",
    "Profile",
    "answer_features",
    "profiles",
    "sentence_features",
]

SENTENCE_FEATURES: Final = (
    "novelty", "cover1", "cover2", "cover3", "near_pairs", "bigrams", "trigrams", "longest_novel_run",
    "novel_quantities", "novel_names", "asked", "content_words", "words", "item", "heading", "row", "negated",
    "evidence_negated", "hedges", "denied", "denied_words", "novel_words", "inexact", "elsewhere", "max_weight_novel",
    "source_words", "source_rows", "source_passages", "has_query", "echoed", "displaced_quantities", "displaced_names",
    "opposites", "polarity", "certain_conflicts", "rare_novelty", "rarest_novel", "rare_novel_words", "rare_mass",
    "rare_cover", "rarity", "inserted", "turned", "unbound", "unbound_share", "negated_alone", "held_by_best",
    "rare_cover_around", "size_to_best", "new_words", "new_stop_words", "novel_share", "novel_at", "novel_first",
    "novel_last", "name_share", "first_person", "sweeping",
)  # fmt: skip
HELD_FEATURES: Final = frozenset(
    "cover1 cover2 cover3 near_pairs bigrams trigrams rare_cover held_by_best rare_cover_around".split()
)
"""Features of a sentence that are 1 where all of it is held, and the smaller the less is."""
SPREAD: Final = SENTENCE_FEATURES.index("negated_alone")
"""So many features describe each word, too, and of these also the extremes over an answer's sentences are looked at."""
_OVER: Final = ("mean_", "highest_", "lowest_")
ANSWER_FEATURES: Final = (
    "highest", "expected", "sentences", "copies_only",
    *(f"mean_{name}" for name in SENTENCE_FEATURES),
    *(f"{how}_{name}" for how in ("highest", "lowest") for name in SENTENCE_FEATURES[:SPREAD]),
)  # fmt: skip
_COVER, _TRIGRAMS = SENTENCE_FEATURES.index("cover1"), SENTENCE_FEATURES.index("trigrams")
_RARE: Final = 0.8
_KINDS: Final = ("quantity", "name", "opposite", "polarity")
_APART: Final = (-1, -1)
"""No word: what is put between the words of two claims."""
_COPY: Final = (0.95, 0.9)
"""A sentence with this much of its words in one passage sentence, and of its trigrams in the passages, is a copy."""


class Claim(NamedTuple):
    """A sentence of the answer, its words and their alignment."""

    text: str
    start: int
    end: int
    kind: SegmentKind
    words: tuple[Word, ...]
    alignment: Alignment


class Profile(NamedTuple):
    """What both kinds of features are computed from; lists over all words unless said otherwise."""

    content: list[int]
    """Positions of the content words."""
    novel: list[bool]
    """Over content words: whether the word stands in no passage."""
    near: list[bool]
    """Over content words but the last: whether it and the next content word are near each other in a passage."""
    bigrams: list[bool]
    """Whether the word and the next one follow each other in a passage."""
    trigrams: list[bool]
    denied: list[bool]
    """Whether only rows that say no or none hold the word."""
    runs: list[int]
    """Over content words: the length of the run of novel words around it, 0 if it is not novel."""
    inserted: int
    """How many novel words are put between neighbours of a passage."""
    turned: int
    """How many neighbours stand in a passage only in the other order."""
    unbound: set[int]
    """Positions of the quantities that stand in the passages, yet in no unit that has the nearest name beside them."""
    quantities: int
    """How many quantities stand in the passages and have a name beside them."""


def profiles(source: Source, claims: Sequence[Claim]) -> list[Profile]:
    """Look at each claim once for both kinds of features; at the words of all together, as a call costs most."""
    neighbours = source.neighbours
    every: list[int] = []
    content: list[int] = []
    positions: list[list[int]] = []
    for claim in claims:
        numbers = claim.alignment.numbers
        positions.append([n for n, word in enumerate(claim.words) if not word.stop])
        every += [*numbers, *_APART]
        content += [*[numbers[n] for n in positions[-1]], *_APART]
    bigrams, trigrams = neighbours.follow(every)
    near, turned, around = neighbours.beside(content)
    found: list[Profile] = []
    at = rank = 0
    for claim, own in zip(claims, positions, strict=True):
        words, count = len(claim.words), len(own)
        novel = [claim.alignment.places[n] in NOVEL for n in own]
        unbound, quantities = _unbound(claim, own)
        found.append(
            Profile(
                own,
                novel,
                near=near[rank : rank + max(0, count - 1)],
                bigrams=bigrams[at : at + max(0, words - 1)],
                trigrams=trigrams[at : at + max(0, words - 2)],
                denied=_denied(source, claim),
                runs=_runs(novel),
                inserted=_inserted(novel[1:-1], around[rank:]) if True in novel else 0,
                turned=sum(turned[rank : rank + max(0, count - 1)]),
                unbound=unbound,
                quantities=quantities,
            )
        )
        at += words + len(_APART)
        rank += count + len(_APART)
    return found


def _inserted(novel: Sequence[bool], around: Sequence[bool]) -> int:
    return sum([new and there for new, there in zip(novel, around, strict=False)])


def _unbound(claim: Claim, content: Sequence[int]) -> tuple[set[int], int]:
    """Return the quantities that are not said of the name before them (else after them), and of how many that is known.

    Over the rows of a table: the figures that are another row's.
    """
    found, held = claim.words, claim.alignment.held
    figures = [n for n in content if found[n].quantity is not None and held[n]]
    if not figures:
        return set(), 0
    names = [n for n in content if found[n].name and found[n].quantity is None and held[n]]
    if not names:
        return set(), 0
    beside = [names[max(0, bisect.bisect(names, n) - 1)] for n in figures]
    return {n for n, name in zip(figures, beside, strict=True) if set(held[n]).isdisjoint(held[name])}, len(figures)


def _denied(source: Source, claim: Claim) -> list[bool]:
    units = source.units
    if not source.rows:  # only rows deny
        return [False] * len(claim.words)
    return [
        bool(held) and not word.stop and all(units[u].denied for u in held)
        for word, held in zip(claim.words, claim.alignment.held, strict=True)
    ]


def _runs(novel: Sequence[bool]) -> list[int]:
    lengths = [0] * len(novel)
    if True not in novel:
        return lengths
    start = 0
    while start < len(novel):
        end = start
        while end < len(novel) and novel[end]:
            end += 1
        for n in range(start, end):
            lengths[n] = end - start
        start = end + 1
    return lengths


def sentence_features(source: Source, claim: Claim, own: Profile, against: Sequence[Conflict]) -> list[float]:
    """Return one number for each of `SENTENCE_FEATURES`; `against` are the claim's conflicts with the passages."""
    found, alignment, content = claim.words, claim.alignment, own.content
    weights = [alignment.weights[n] for n in content]
    total = sum(weights) or 1.0
    count = len(content)
    missing = [n for n, new in zip(content, own.novel, strict=True) if new]
    novel = [alignment.weights[n] for n in missing]
    best = source.units[alignment.units[0]] if alignment.units else None
    places = [alignment.places[n] for n in content]
    kinds = [conflict.kind for conflict in against]
    negated, has_query = True in [word.negates for word in found], True in alignment.asked
    asked = [w for w, n in zip(weights, content, strict=True) if alignment.asked[n]] if has_query else []
    echoed = [w for w, place in zip(weights, places, strict=True) if place == "query"] if has_query else []
    return [
        sum(novel) / total,
        *alignment.coverage,
        sum(own.near) / max(1, count - 1),
        sum(own.bigrams) / max(1, len(found) - 1),
        sum(own.trigrams) / max(1, len(found) - 2),
        max(own.runs, default=0),
        sum([found[n].quantity is not None for n in missing]),
        sum([found[n].name and n > 0 for n in missing]),
        sum(asked) / total,
        count,
        len(found),
        claim.kind == "item",
        claim.kind == "heading",
        claim.kind in {"row", "code"},
        negated,
        best is not None and best.negated,
        sum([word.hedges for word in found]),
        sum(own.denied) / max(1, count),
        sum(own.denied),
        len(missing),
        sum([not alignment.exact[n] and bool(alignment.held[n]) for n in content]) / max(1, count),
        places.count("context") / max(1, count),
        max(novel, default=0.0),
        math.log1p(source.size),
        source.rows,
        math.log1p(len(source.passages)),
        has_query,
        sum(echoed) / total,
        *[kinds.count(kind) for kind in _KINDS],
        sum([conflict.certain for conflict in against]),
        *_rarity(claim, own, alignment.units[0] if best is not None else -1),
        own.inserted,
        own.turned,
        len(own.unbound),
        len(own.unbound) / max(1, own.quantities),
        negated and not (best is not None and best.negated),
        *beside_best(source, claim, own.content),
        *newness(claim, own, missing),
    ]


def _rarity(claim: Claim, own: Profile, best: int) -> tuple[float, ...]:
    """Return how rare in running text, and so how telling, the novel words are, and the share held by the best unit."""
    held = claim.alignment.held
    rarities = [claim.words[n].rarity for n in own.content]
    missing = [rare for rare, new in zip(rarities, own.novel, strict=True) if new]
    total = sum(rarities) or 1.0
    covered = [rare for rare, n in zip(rarities, own.content, strict=True) if best in held[n]]
    return (
        sum(missing) / total,
        max(missing, default=0.0),
        sum([rare >= _RARE for rare in missing]),
        sum(missing),
        sum(covered) / total,
        total / max(1, len(rarities)),
    )


def answer_features(sentences: NDArray[np.float32], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one number for each of `ANSWER_FEATURES` from the sentences' features and probabilities (not empty).

    Copies of passage sentences are left out, so that appending one changes nothing.
    """
    own = ~((sentences[:, _COVER] >= _COPY[0]) & (sentences[:, _TRIGRAMS] >= _COPY[1]))
    if not own.any():
        return _ALL_COPIED.copy()
    rows, chances = sentences[own], probabilities[own]
    head = [_logit(float(chances.max())), math.log(max(float(chances.sum()), 1e-3)), math.log1p(len(rows)), 0.0]
    mean = np.add.reduce(rows) / np.float32(len(rows))  # a method of the array's takes twice the time of its function
    spread = rows[:, :SPREAD]
    return np.concatenate([head, mean, np.maximum.reduce(spread), np.minimum.reduce(spread)])


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(clipped / (1 - clipped))


_ALL_COPIED: Final = np.array(
    [_logit(0.0), math.log(1e-3), 0.0, 1.0]
    + [float(name.partition("_")[2] in HELD_FEATURES) for name in ANSWER_FEATURES if name.startswith(_OVER)]
)
"""Of an answer without a sentence of its own."""

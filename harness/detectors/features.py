"""What the calibrated detector looks at: numbers that describe how a sentence, and each of its words, is aligned.

All features are local to the sentence and the sources: nothing depends on the answer's other sentences, so that
appending one never changes the verdict on another. No feature knows a word's identity or who wrote the answer.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from harness.align import Alignment, Source, Word
    from harness.detectors.conflicts import Conflict
    from harness.text.sentences import SegmentKind

__all__ = [
    "ANSWER_FEATURES",
    "SENTENCE_FEATURES",
    "WORD_FEATURES",
    "Claim",
    "Profile",
    "answer_features",
    "profile",
    "sentence_features",
    "word_features",
]

SENTENCE_FEATURES: Final = (
    "novelty", "cover1", "cover2", "cover3", "near_pairs", "bigrams", "trigrams", "longest_novel_run",
    "novel_quantities", "novel_names", "asked", "content_words", "words", "item", "heading", "row", "negated",
    "evidence_negated", "hedges", "denied", "denied_words", "novel_words", "inexact", "elsewhere", "max_weight_novel",
    "source_words", "source_rows", "source_passages", "has_query", "echoed", "displaced_quantities", "displaced_names",
    "opposites", "polarity", "certain_conflicts", "rare_novelty", "rarest_novel", "rare_novel_words", "rare_mass",
    "rare_cover", "rarity", "inserted", "turned",
)  # fmt: skip
WORD_FEATURES: Final = (
    "stop", "name", "quantity", "weight", "exact", "inexact", "asked", "in_evidence", "in_best", "frequency",
    "bigram_before", "bigram_after", "trigrams", "near_before", "near_after", "novel_1", "novel_3", "novel_6",
    "local_cover", "in_local", "run", "denied", "length", "position", "words_left", "rarity",
)  # fmt: skip
ANSWER_FEATURES: Final = (
    "highest", "expected", "sentences", "copies_only",
    *(f"{how}_{name}" for how in ("mean", "highest", "lowest") for name in SENTENCE_FEATURES),
)  # fmt: skip
_RARE: Final = 0.8
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
    rank: list[int]
    """How many content words stand before each word."""
    novel: list[int]
    """Over content words: 1 where the word stands in no passage."""
    near: list[int]
    """Over content words: 1 where it and the next content word are near each other in a passage."""
    bigrams: list[int]
    trigrams: list[int]
    denied: list[int]
    runs: list[int]
    """Over content words: the length of the run of novel words around it, 0 if it is not novel."""


def profile(source: Source, claim: Claim) -> Profile:
    """Look at a claim once for both kinds of features."""
    found, alignment = claim.words, claim.alignment
    norms = [word.keys[0] for word in found]
    content = [n for n, word in enumerate(found) if not word.stop]
    rank, before = [], 0
    for word in found:
        rank.append(before)
        before += not word.stop
    novel = [0 if alignment.places[n] in {"evidence", "context"} else 1 for n in content]
    near = [
        int((norms[a], norms[b]) in source.near or (norms[b], norms[a]) in source.near)
        for a, b in itertools.pairwise(content)
    ]
    bigrams = [int(pair in source.bigrams) for pair in itertools.pairwise(norms)]
    trigrams = [int(three in source.trigrams) for three in zip(norms, norms[1:], norms[2:], strict=False)]
    denied = [
        int(bool(units) and not word.stop and all(source.units[u].denied for u in units))
        for word, units in zip(found, alignment.held, strict=True)
    ]
    return Profile(content, rank, novel, near, bigrams, trigrams, denied, _runs(novel))


def _runs(novel: Sequence[int]) -> list[int]:
    lengths = [0] * len(novel)
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
    found, alignment = claim.words, claim.alignment
    weights = [alignment.weights[n] for n in own.content]
    total = sum(weights) or 1.0
    count = len(own.content)
    missing = [n for n, new in zip(own.content, own.novel, strict=True) if new]
    best = source.units[alignment.units[0]] if alignment.units else None
    places = [alignment.places[n] for n in own.content]
    return [
        sum(alignment.weights[n] for n in missing) / total,
        *alignment.coverage,
        sum(own.near) / max(1, count - 1),
        sum(own.bigrams) / max(1, len(found) - 1),
        sum(own.trigrams) / max(1, len(found) - 2),
        max(own.runs, default=0),
        sum(found[n].quantity is not None for n in missing),
        sum(found[n].name and n > 0 for n in missing),
        sum(w for w, n in zip(weights, own.content, strict=True) if alignment.asked[n]) / total,
        count,
        len(found),
        claim.kind == "item",
        claim.kind == "heading",
        claim.kind in {"row", "code"},
        any(word.negates for word in found),
        best is not None and best.negated,
        sum(word.hedges for word in found),
        sum(own.denied) / max(1, count),
        sum(own.denied),
        len(missing),
        sum(bool(alignment.held[n]) and not alignment.exact[n] for n in own.content) / max(1, count),
        sum(place == "context" for place in places) / max(1, count),
        max((alignment.weights[n] for n in missing), default=0.0),
        math.log1p(source.size),
        source.rows,
        math.log1p(len(source.passages)),
        any(alignment.asked),
        sum(w for w, place in zip(weights, places, strict=True) if place == "query") / total,
        *(sum(conflict.kind == kind for conflict in against) for kind in ("quantity", "name", "opposite", "polarity")),
        sum(conflict.certain for conflict in against),
        *_rarity(claim, own, best is not None),
        *_moved(source, claim, own),
    ]


def _rarity(claim: Claim, own: Profile, aligned: bool) -> Iterator[float]:  # noqa: FBT001 - whether there is a unit
    """Yield how rare in running text, and so how telling, the novel words are, and the share held by the best unit."""
    rarities = [claim.words[n].rarity for n in own.content]
    missing = [rare for rare, new in zip(rarities, own.novel, strict=True) if new]
    total = sum(rarities) or 1.0
    yield sum(missing) / total
    yield max(missing, default=0.0)
    yield sum(rare >= _RARE for rare in missing)
    yield sum(missing)
    best = claim.alignment.units[0] if aligned else -1
    held = claim.alignment.held
    yield sum(rare for rare, n in zip(rarities, own.content, strict=True) if best in held[n]) / total
    yield total / max(1, len(rarities))


def _moved(source: Source, claim: Claim, own: Profile) -> Iterator[float]:
    """Yield how many novel words are put between neighbours of a passage, and how many neighbours change places."""
    norms = [claim.words[n].keys[0] for n in own.content]
    near = source.near
    yield sum(
        new and ((left, right) in near or (right, left) in near)
        for left, right, new in zip(norms, norms[2:], own.novel[1:], strict=False)
    )
    yield sum((b, a) in near and (a, b) not in near for a, b in itertools.pairwise(norms))


def word_features(source: Source, claim: Claim, own: Profile, sentence: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a row a word: `WORD_FEATURES`, then the sentence's own features."""
    rows = np.array(_word_rows(source, claim, own), np.float32).reshape(-1, len(WORD_FEATURES))
    return np.concatenate([rows, np.broadcast_to(sentence, (len(rows), len(sentence)))], axis=1)


def answer_features(sentences: NDArray[np.float32], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one number for each of `ANSWER_FEATURES` from the sentences' features and probabilities (not empty).

    Copies of passage sentences are left out, so that appending one changes nothing.
    """
    cover, trigrams = SENTENCE_FEATURES.index("cover1"), SENTENCE_FEATURES.index("trigrams")
    own = ~((sentences[:, cover] >= _COPY[0]) & (sentences[:, trigrams] >= _COPY[1]))
    if not own.any():
        return np.concatenate([[_logit(0.0), np.log(1e-3), 0.0, 1.0], np.zeros(3 * len(SENTENCE_FEATURES))])
    rows, chances = sentences[own], probabilities[own]
    head = [_logit(float(chances.max())), math.log(max(float(chances.sum()), 1e-3)), math.log1p(len(rows)), 0.0]
    return np.concatenate([head, rows.mean(axis=0), rows.max(axis=0), rows.min(axis=0)])


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(clipped / (1 - clipped))


def _word_rows(source: Source, claim: Claim, own: Profile) -> list[list[float]]:
    found, alignment = claim.words, claim.alignment
    count, total_units = len(own.content), len(source.units) + 1
    sums = [0]
    for new in own.novel:
        sums.append(sums[-1] + new)
    content_weights = [alignment.weights[n] for n in own.content]
    content_held = [alignment.held[n] for n in own.content]
    best = alignment.units[0] if alignment.units else -1
    rows: list[list[float]] = []
    for n, word in enumerate(found):
        rank = own.rank[n]
        at = min(rank, count - 1)

        def novel(reach: int, rank: int = rank) -> float:
            low, high = max(0, rank - reach), min(count, rank + reach + 1)
            return (sums[high] - sums[low]) / max(1, high - low)

        cover, local = _local(content_weights, content_held, max(0, rank - 3), min(count, rank + 4))
        units = alignment.held[n]
        rows.append(
            [
                word.stop,
                word.name and n > 0,
                word.quantity is not None,
                alignment.weights[n],
                alignment.exact[n],
                bool(units) and not alignment.exact[n],
                alignment.asked[n],
                alignment.places[n] == "evidence",
                best in units,
                len(units) / total_units,
                own.bigrams[n - 1] if n else 0,
                own.bigrams[n] if n < len(own.bigrams) else 0,
                sum(own.trigrams[max(0, n - 2) : n + 1]),
                own.near[rank - 1] if 0 < rank < count else 0,
                own.near[rank] if rank < count - 1 else 0,
                novel(1),
                novel(3),
                novel(6),
                cover,
                not word.stop and local in units,
                own.runs[at] if count else 0,
                own.denied[n],
                len(word.keys[0]),
                n / max(1, len(found) - 1),
                len(found) - n,
                word.rarity,
            ]
        )
    return rows


def _local(weights: Sequence[float], held: Sequence[Sequence[int]], low: int, high: int) -> tuple[float, int]:
    """Return how much of a stretch of content words its best unit covers, in [0, 1], and that unit (-1: none)."""
    gain: dict[int, float] = {}
    for n in range(low, high):
        for unit in held[n]:
            gain[unit] = gain.get(unit, 0.0) + weights[n]
    if not gain:
        return 0.0, -1
    best = max(gain, key=lambda unit: (gain[unit], -unit))
    return min(gain[best] / (sum(weights[low:high]) or 1.0), 1.0), best

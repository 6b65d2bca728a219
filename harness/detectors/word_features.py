"""What the calibrated detector looks at in each word of a sentence that it takes for unsupported.

As of sentences, all features are local, and none knows a word's identity.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np

from harness.align import gains, heaviest
from harness.detectors.features import SPREAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.align import Alignment, Source
    from harness.detectors.features import Claim, Profile

__all__ = ["WORD_FEATURES", "word_features"]

WORD_FEATURES: Final = (
    "stop", "name", "quantity", "weight", "exact", "inexact", "asked", "in_evidence", "in_best", "frequency",
    "bigram_before", "bigram_after", "trigrams", "near_before", "near_after", "novel_1", "novel_3", "novel_6",
    "local_cover", "in_local", "run", "denied", "length", "position", "words_left", "rarity", "unbound",
)  # fmt: skip


def word_features(source: Source, claim: Claim, own: Profile, sentence: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a row a word: `WORD_FEATURES`, then the sentence's own, without those that only say how it compares."""
    own_width = len(WORD_FEATURES)
    rows = np.empty((len(claim.words), own_width + SPREAD), np.float32)
    rows[:, :own_width] = _word_rows(source, claim, own)
    rows[:, own_width:] = sentence[:SPREAD]
    return rows


def _word_rows(source: Source, claim: Claim, own: Profile) -> list[list[float]]:
    found, alignment = claim.words, claim.alignment
    total_units = len(source.units) + 1
    best = alignment.units[0] if alignment.units else -1
    ranks = itertools.accumulate([not word.stop for word in found], initial=0)
    around = _around(alignment, own)
    rows: list[list[float]] = []
    for n, (word, rank) in enumerate(zip(found, ranks, strict=False)):
        units = alignment.held[n]
        beside, (cover, local), run = around[rank]
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
                *beside,
                cover,
                not word.stop and local in units,
                run,
                own.denied[n],
                len(word.keys[0]),
                n / max(1, len(found) - 1),
                len(found) - n,
                word.rarity,
                n in own.unbound,
            ]
        )
    return rows


def _around(alignment: Alignment, own: Profile) -> list[tuple[tuple[float, ...], tuple[float, int], int]]:
    """Return what words have around them, by the number of content words before them: a stop word like the next one.

    Whether it and its neighbours are neighbours in a passage and the shares of novel words; how much of the stretch its
    best unit covers, and that unit; the length of the run of novel words.
    """
    weights = [alignment.weights[n] for n in own.content]
    held = [alignment.held[n] for n in own.content]
    sums = [0, *itertools.accumulate(own.novel)]
    count = len(own.content)
    around: list[tuple[tuple[float, ...], tuple[float, int], int]] = []
    for rank in range(count + 1):
        reaches = [(max(0, rank - reach), min(count, rank + reach + 1)) for reach in (1, 3, 6)]
        beside = (
            own.near[rank - 1] if 0 < rank < count else 0,
            own.near[rank] if rank < count - 1 else 0,
            *[(sums[high] - sums[low]) / max(1, high - low) for low, high in reaches],
        )
        around.append((beside, _local(weights, held, *reaches[1]), own.runs[min(rank, count - 1)] if count else 0))
    return around


def _local(weights: Sequence[float], held: Sequence[Sequence[int]], low: int, high: int) -> tuple[float, int]:
    """Return how much of a stretch of content words its best unit covers, in [0, 1], and that unit (-1: none)."""
    gain = gains(held, weights, range(low, high))
    best = heaviest(gain)
    if best is None:
        return 0.0, -1
    return min(gain[best] / (sum(weights[low:high]) or 1.0), 1.0), best

"""Groundedness at equal length: what candidates would score if their answers were equally long.

Short answers are grounded more easily. The answers of all candidates are cut into fifths by their number of words; each
candidate's groundedness is averaged in every fifth, and the fifths are weighted alike for all (direct standardisation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from harness.classification import resampled
from harness.summary.estimating import eligible_groundedness
from harness.summary.nouns import Estimate
from harness.summary.table import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.summary.table import Table

__all__ = ["at_equal_length"]

_FIFTHS: Final = (0.2, 0.4, 0.6, 0.8)


def at_equal_length(tables: Sequence[Table]) -> tuple[Estimate, ...]:
    """Return each candidate's groundedness over eligible answers at the lengths that all candidates have.

    No value for a single candidate, or where there is no length that all of them have.
    """
    pairs = [_lengths_and_values(table) for table in tables]
    filled = [lengths for lengths, _, _ in pairs if len(lengths)]
    if len(filled) < 2:  # noqa: PLR2004 - one candidate has nothing to be equal with
        return tuple(_nothing() for _ in tables)
    edges = np.quantile(np.concatenate(filled), _FIFTHS)
    binned = [np.searchsorted(edges, lengths, side="left") for lengths, _, _ in pairs]
    counts = np.array([np.bincount(bins, minlength=len(_FIFTHS) + 1) for bins in binned if len(bins)])
    weights = np.where((counts > 0).all(axis=0), counts.sum(axis=0), 0).astype(np.float64)
    return tuple(
        _estimate(bins, values, codes, weights) for bins, (_, values, codes) in zip(binned, pairs, strict=True)
    )


def _lengths_and_values(table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    column = eligible_groundedness(table)
    words = table.words if len(table.words.rows) else NOTHING
    both, at, facing = np.intersect1d(column.rows, words.rows, return_indices=True)
    return words.values[facing], column.values[at], table.clusters[both]


def _estimate(
    bins: NDArray[np.intp], values: NDArray[np.float64], codes: NDArray[np.intp], weights: NDArray[np.float64]
) -> Estimate:
    def standardised(rows: NDArray[np.int64]) -> float | None:
        counts = np.bincount(bins[rows], minlength=len(weights))
        sums = np.bincount(bins[rows], weights=values[rows], minlength=len(weights))
        used = np.where(counts > 0, weights, 0.0)
        return float((used * sums / np.maximum(counts, 1)).sum() / used.sum()) if used.sum() else None

    value = standardised(np.arange(len(values)))
    if value is None:
        return _nothing()
    low, high = resampled(standardised, codes) or (None, None)
    return Estimate(
        value=value, low=low, high=high, n=len(values), clusters=len(np.unique(codes)), method="standardised by length"
    )


def _nothing() -> Estimate:
    return Estimate(value=None, low=None, high=None, n=0, clusters=0, method="nothing to be equal with")

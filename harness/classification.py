"""How well scores and verdicts tell two classes apart; pure, on arrays. Positive is the class that is looked for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Scores = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Confusion", "auroc", "brier", "calibration_error", "confusion", "f1", "resampled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Counts of verdicts against labels; the rates are None where nothing is counted below the line."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def precision(self) -> float | None:
        """TP / (TP + FP)."""
        return _share(self.true_positive, self.true_positive + self.false_positive)

    @property
    def recall(self) -> float | None:
        """TP / (TP + FN)."""
        return _share(self.true_positive, self.true_positive + self.false_negative)

    @property
    def f1(self) -> float | None:
        """2 TP / (2 TP + FP + FN)."""
        return _share(2 * self.true_positive, 2 * self.true_positive + self.false_positive + self.false_negative)

    @property
    def balanced_accuracy(self) -> float | None:
        """Mean of recall and specificity; None where a class is missing."""
        specificity = _share(self.true_negative, self.true_negative + self.false_positive)
        return None if self.recall is None or specificity is None else (self.recall + specificity) / 2


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def confusion(flagged: Flags, labels: Flags) -> Confusion:
    """Count verdicts against labels.

    >>> confusion(np.array([True, True, False]), np.array([True, False, False])).balanced_accuracy
    0.75
    """
    both = int((flagged & labels).sum())
    found, there = int(flagged.sum()), int(labels.sum())
    return Confusion(
        true_positive=both,
        false_positive=found - both,
        false_negative=there - both,
        true_negative=len(labels) - found - there + both,
    )


def f1(flagged: Flags, labels: Flags) -> float:
    """Return F1 of the positive class, 0 where it is neither flagged nor there."""
    return confusion(flagged, labels).f1 or 0.0


def auroc(scores: Scores, labels: Flags) -> float | None:
    """Return the chance that a positive is scored above a negative, ties by half; None where a class is missing.

    From rank sums (Mann and Whitney 1947).

    >>> auroc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True]))
    0.875
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    _, which, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def calibration_error(probabilities: Scores, labels: Flags, bins: int = 10) -> float | None:
    """Return the expected calibration error over equal-width bins (Naeini et al. 2015); None for no answers."""
    if not len(labels):
        return None
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = (
        abs(float(probabilities[which == b].mean()) - float(labels[which == b].mean())) * float((which == b).mean())
        for b in range(bins)
        if (which == b).any()
    )
    return sum(gaps)


def brier(probabilities: Scores, labels: Flags) -> float | None:
    """Return the mean squared difference of probability and label (Brier 1950); None for no answers."""
    return float(((probabilities - labels) ** 2).mean()) if len(labels) else None


def resampled(
    measure: Callable[[NDArray[np.int64]], float | None], clusters: NDArray[Any], *, seed: int = 0, draws: int = 200
) -> tuple[float, float] | None:
    """Return the 95% percentile interval of a measure over cluster-bootstrap samples of row numbers.

    `clusters` holds a code a row; whole clusters are drawn with replacement. None for fewer than two clusters, or where
    the measure has no value in most samples.
    """
    names, codes = np.unique(clusters, return_inverse=True)
    if len(names) < 2:  # noqa: PLR2004 - one cluster has no variation
        return None
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
    members = [order[a:b] for a, b in itertools.pairwise(starts)]
    random = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        rows = np.concatenate([members[n] for n in random.integers(0, len(names), len(names))])
        value = measure(rows)
        if value is not None:
            values.append(value)
    if len(values) < draws / 2:
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)

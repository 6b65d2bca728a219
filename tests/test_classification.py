"""Two classes: against independent reference implementations."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from harness.classification import auroc, brier, calibration_error, confusion, f1, resampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40)


def arrays(pairs: list[tuple[float, bool]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([score for score, _ in pairs]), np.array([label for _, label in pairs])


@given(PAIRS)
def test_auroc_is_the_share_of_pairs_in_order(pairs: list[tuple[float, bool]]) -> None:
    scores, labels = arrays(pairs)
    positives, negatives = scores[labels], scores[~labels]
    if not len(positives) or not len(negatives):
        assert auroc(scores, labels) is None
        return
    wins = [Fraction(int(p > n)) + Fraction(int(p == n), 2) for p, n in product(positives, negatives)]
    expected = float(sum(wins) / len(wins))
    assert auroc(scores, labels) == pytest.approx(expected, abs=1e-12)
    statistic = mannwhitneyu(positives, negatives).statistic / (len(positives) * len(negatives))
    assert expected == pytest.approx(statistic, abs=1e-9)


@given(PAIRS)
def test_counts_add_up(pairs: list[tuple[float, bool]]) -> None:
    scores, labels = arrays(pairs)
    flagged = scores >= 0.5
    found = confusion(flagged, labels)
    cells = (found.true_positive, found.false_positive, found.false_negative, found.true_negative)
    assert sum(cells) == len(pairs)
    assert min(cells) >= 0
    hits = sum(bool(f and y) for f, y in zip(flagged, labels, strict=True))
    assert found.true_positive == hits
    whole = int(flagged.sum() + labels.sum())
    assert f1(flagged, labels) == pytest.approx(2 * hits / whole if whole else 0.0)


@given(PAIRS)
def test_calibration_error_and_brier(pairs: list[tuple[float, bool]]) -> None:
    scores, labels = arrays(pairs)
    bins: dict[int, list[tuple[float, bool]]] = {}
    for score, label in pairs:
        bins.setdefault(min(int(score * 10), 9), []).append((score, label))
    gaps = [abs(sum(s for s, _ in part) - sum(y for _, y in part)) for part in bins.values()]
    assert calibration_error(scores, labels) == pytest.approx(sum(gaps) / len(pairs), abs=1e-9)
    assert brier(scores, labels) == pytest.approx(sum((s - y) ** 2 for s, y in pairs) / len(pairs), abs=1e-9)


def test_nothing_is_no_number() -> None:
    none: NDArray[Any] = np.array([])
    assert calibration_error(none, none.astype(bool)) is None
    assert brier(none, none.astype(bool)) is None
    assert confusion(none.astype(bool), none.astype(bool)).precision is None


def test_an_interval_draws_whole_clusters() -> None:
    values = np.repeat([0.0, 1.0], 50)
    clusters = np.repeat(np.arange(10), 10)
    interval = resampled(lambda rows: float(values[rows].mean()), clusters)
    assert interval is not None
    low, high = interval
    assert low < 0.5 < high
    assert high - low > 0.4  # 10 clusters that agree within: far wider than 100 answers would give
    assert resampled(lambda rows: float(values[rows].mean()), np.zeros(100)) is None
    assert resampled(lambda _: None, clusters) is None

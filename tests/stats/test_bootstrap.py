"""The cluster bootstrap against scipy's, and what it does where it can't be trusted."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import stats

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


def test_bca_agrees_with_scipy_but_for_the_stretch() -> None:
    values = np.random.default_rng(3).beta(8, 1, size=400)
    found = stats.bootstrap_interval(values, range(400), resamples=8000)
    oracle = scipy.stats.bootstrap((values,), np.mean, method="BCa", n_resamples=8000, rng=1).confidence_interval
    assert found is not None
    assert found.method == "cluster bootstrap, BCa"
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=0.0015)


def test_the_resampled_means_are_those_of_whole_clusters() -> None:
    drawn = stats.resampling(5, resamples=50, seed=3)
    sums, sizes = np.array([[1.0], [4.0], [0.0], [2.0], [3.0]]), np.array([[1.0], [5.0], [2.0], [2.0], [9.0]])
    assert (drawn.sum(axis=1) == 5).all()
    expected = [sum(n * s for n, s in zip(row, sums[:, 0], strict=True)) / (row @ sizes[:, 0]) for row in drawn]
    assert stats.bootstrap_means(drawn, sums, sizes)[:, 0] == pytest.approx(expected)


def test_a_resample_without_a_value_takes_the_mean_of_all() -> None:
    drawn = np.array([[2.0, 0.0], [0.0, 2.0]])
    means = stats.bootstrap_means(drawn, np.array([[3.0], [0.0]]), np.array([[4.0], [0.0]]))
    assert means[:, 0].tolist() == [0.75, 0.75]


def test_few_clusters_that_differ_get_the_closed_form() -> None:
    values = [1.0] * 190 + [0.0] * 10
    assert stats.bootstrap_interval(values, range(200)) == stats.mean_interval(values, range(200))


@settings(max_examples=30, deadline=None)
@given(SCORES)
def test_the_same_seed_gives_the_same_interval(values: list[float]) -> None:
    codes = range(len(values))
    first = stats.bootstrap_interval(values, codes, seed=4, resamples=200)
    assert first == stats.bootstrap_interval(values, codes, seed=4, resamples=200)
    assert first is not None
    assert -1e-9 <= first.low <= np.mean(values) + 1e-9 <= first.high + 2e-9

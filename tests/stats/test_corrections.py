"""Corrections against statsmodels, margins against scipy, and trials against counting."""

from __future__ import annotations

from itertools import combinations
from unittest import mock

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from harness import stats

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def theirs(p: list[float], method: str) -> list[float]:
    """Ask statsmodels, without the collection of all garbage that it begins each call with."""
    with mock.patch("gc.collect"):
        return list(multipletests(p, method=method)[1])


@given(P_VALUES)
def test_holm_agrees_with_statsmodels(p: list[float]) -> None:
    assert stats.holm(p) == pytest.approx(theirs(p, "holm"), abs=1e-9)


@given(P_VALUES)
def test_benjamini_hochberg_agrees_with_statsmodels(p: list[float]) -> None:
    assert stats.benjamini_hochberg(p) == pytest.approx(theirs(p, "fdr_bh"), abs=1e-9)


@given(P_VALUES)
def test_what_cannot_be_tested_does_not_count(p: list[float]) -> None:
    spread = [x for pair in zip(p, [None] * len(p), strict=True) for x in pair]
    assert stats.holm(spread)[::2] == stats.holm(p)
    assert set(stats.benjamini_hochberg(spread)[1::2]) == {None}


@pytest.mark.parametrize("margin", [0.01, 0.05])
def test_margins_are_one_sided_t_tests(margin: float) -> None:
    values = np.random.default_rng(8).normal(0.01, 0.1, size=60)
    found = stats.margins(float(values.mean()), float(scipy.stats.sem(values)), 59, margin=margin)
    worse = scipy.stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    beyond = scipy.stats.ttest_1samp(values, margin, alternative="less").pvalue
    assert found.superior == pytest.approx(scipy.stats.ttest_1samp(values, 0, alternative="greater").pvalue, abs=1e-9)
    assert found.not_worse == pytest.approx(worse, abs=1e-9)
    assert found.equivalent == pytest.approx(max(worse, beyond), abs=1e-9)


def test_a_difference_without_spread_is_beyond_doubt() -> None:
    found = stats.margins(0.0, 0.0, 9, margin=0.02)
    assert (found.superior, found.not_worse, found.equivalent) == (1.0, 0.0, 0.0)


@given(st.integers(1, 7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, n))))
def test_pass_figures_are_shares_of_all_draws(counts: tuple[int, int, int]) -> None:
    passed, trials, k = counts
    draws = list(combinations([True] * passed + [False] * (trials - passed), k))
    assert stats.pass_at([passed], [trials], k)[0] == pytest.approx(sum(map(any, draws)) / len(draws))
    assert stats.pass_hat([passed], [trials], k)[0] == pytest.approx(sum(map(all, draws)) / len(draws))
    if trials > 1:
        pairs = list(combinations([True] * passed + [False] * (trials - passed), 2))
        assert stats.flip_rate([passed], [trials])[0] == pytest.approx(sum(a != b for a, b in pairs) / len(pairs))


def test_a_case_with_too_few_trials_has_no_figure() -> None:
    with pytest.raises(ValueError, match="fewer than 3 trials"):
        stats.pass_at([1], [2], 3)

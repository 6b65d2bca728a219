"""Intervals against scipy and statsmodels, and the properties that no oracle states."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from harness import stats

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(COUNTS)
def test_wilson_agrees_with_statsmodels(counts: tuple[int, int]) -> None:
    found = stats.wilson(*counts)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(proportion_confint(*counts, method="wilson"), abs=1e-9)


def test_nothing_has_no_interval_and_no_test() -> None:
    assert stats.wilson(0, 0) is None
    assert stats.rate_interval([], []) is None
    assert stats.mean_interval([], []) is None
    assert stats.mean_error([], []) is None
    assert stats.bootstrap_interval([], []) is None
    assert stats.sign_flip([], []) is None
    assert stats.quantiles([], [0.5]) is None
    assert stats.spread([], [], []) is None


def test_mean_error_agrees_with_the_clustered_regression_of_statsmodels() -> None:
    random = np.random.default_rng(7)
    codes = random.integers(0, 12, size=90)
    values = random.random(90) + codes / 20
    fitted = sm.OLS(values, np.ones(90)).fit(cov_type="cluster", cov_kwds={"groups": codes})
    assert stats.mean_error(values, codes) == pytest.approx(fitted.bse[0], abs=1e-9)


def test_mean_error_of_independent_values_is_the_textbook_one() -> None:
    values = [0.1, 0.4, 0.4, 0.9]
    assert stats.mean_error(values, range(4)) == pytest.approx(scipy.stats.sem(values), abs=1e-12)


def test_repeating_every_answer_in_its_cluster_narrows_nothing() -> None:
    values = np.random.default_rng(5).random(40)
    once = stats.mean_interval(values, range(40))
    thrice = stats.mean_interval(np.repeat(values, 3), np.repeat(np.arange(40), 3))
    assert once is not None
    assert thrice is not None
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high), abs=1e-12)


def test_a_rate_of_identical_trials_is_no_surer_than_one_trial() -> None:
    passed = np.array([1, 0, 1, 1, 0, 1, 1, 1, 0, 1] * 4)
    once = stats.rate_interval(passed, range(40))
    repeated = stats.rate_interval(np.repeat(passed, 5), np.repeat(np.arange(40), 5))
    assert once is not None
    assert repeated is not None
    assert repeated.high - repeated.low >= once.high - once.low


def test_clusters_that_all_pass_count_once_each() -> None:
    found, expected = stats.rate_interval([1] * 20, [0] * 10 + [1] * 10), stats.wilson(2, 2)
    assert found is not None
    assert expected is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


@settings(max_examples=60, deadline=None)
@given(SCORES, st.integers(1, 30))
def test_a_mean_lies_in_its_interval_which_lies_within_bounds(values: list[float], groups: int) -> None:
    found = stats.mean_interval(values, [i % groups for i in range(len(values))])
    assert found is not None
    assert -1e-9 <= found.low <= np.mean(values) + 1e-9
    assert np.mean(values) - 1e-9 <= found.high <= 1 + 1e-9
    assert found.high - found.low > 0.01


def test_equal_values_leave_room_for_clusters_unseen() -> None:
    found = stats.mean_interval([1.0] * 50, range(50))
    assert found is not None
    assert found.high == 1.0
    assert 0.90 < found.low < 0.95


@pytest.mark.parametrize("groups", [8, 25, 60])
def test_intervals_cover_the_truth(groups: int) -> None:
    random = np.random.default_rng(groups)
    codes = np.repeat(np.arange(groups), 3)
    hits = {"mean": 0, "rate": 0}
    for _ in range(300):
        chance = np.repeat(random.beta(6, 2, size=groups), 3)
        mean = stats.mean_interval(random.binomial(4, chance) / 4, codes)
        rate = stats.rate_interval(random.random(groups * 3) < chance, codes)
        assert mean is not None
        assert rate is not None
        hits["mean"] += mean.low <= 0.75 <= mean.high
        hits["rate"] += rate.low <= 0.75 <= rate.high
    assert hits["mean"] >= 270
    assert hits["rate"] >= 270


@given(st.integers(1, 300))
def test_a_rate_with_events_enough_and_no_clusters_is_wilsons(n: int) -> None:
    passed = [1] * (n + 4) + [0] * (n + 4)
    assert stats.rate_interval(passed, range(len(passed))) == stats.wilson(n + 4, 2 * n + 8)


@pytest.mark.parametrize(("events", "n"), [(1, 20), (2, 50), (3, 400)])
def test_the_bound_near_zero_is_poissons_where_events_are_few(events: int, n: int) -> None:
    found = stats.rate_interval([1] * events + [0] * (n - events), range(n))
    wilson = stats.wilson(events, n)
    assert found is not None
    assert wilson is not None
    assert found.low == pytest.approx(scipy.stats.chi2.ppf(0.05, 2 * events) / 2 / n, abs=1e-12)
    assert found.low < wilson.low
    assert found.high == wilson.high
    mirrored = stats.rate_interval([0] * events + [1] * (n - events), range(n))
    assert mirrored is not None
    assert mirrored.high == pytest.approx(1 - found.low, abs=1e-12)


def test_with_many_clusters_the_robust_interval_is_the_clustered_regressions() -> None:
    random = np.random.default_rng(17)
    codes = np.repeat(np.arange(2000), 2)
    values = np.clip(random.normal(0.5, 0.1, 2000)[codes] + random.normal(0, 0.1, 4000), 0, 1)
    fitted = sm.OLS(values, np.ones(4000)).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    found = stats.mean_interval(values, codes)
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(fitted.conf_int()[0]), abs=2e-5)


@given(SCORES, st.integers(1, 12))
def test_the_interval_of_a_mirrored_score_is_the_mirrored_interval(values: list[float], groups: int) -> None:
    codes = [i % groups for i in range(len(values))]
    found, other = stats.mean_interval(values, codes), stats.mean_interval([1 - v for v in values], codes)
    assert found is not None
    assert other is not None
    assert (other.low, other.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-6)

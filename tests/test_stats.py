"""The formulas against scipy and statsmodels, and the properties that no oracle states."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_oracle
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
    assert stats.sign_flip([], []) is None
    assert stats.quantiles([], [0.5]) is None


@given(st.integers(1, 300), st.floats(0.6, 0.9995))
def test_student_quantile_agrees_with_scipy(freedom: int, p: float) -> None:
    assert stats.student_quantile(p, freedom) == pytest.approx(scipy.stats.t.ppf(p, freedom), rel=2e-3)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_agrees_with_statsmodels(first: int, second: int) -> None:
    expected = mcnemar_oracle([[5, first], [second, 5]], exact=True).pvalue if first + second else 1.0
    assert stats.mcnemar(first, second) == pytest.approx(expected, abs=1e-12)


def test_mcnemar_is_exact_for_thousands_of_pairs() -> None:
    assert stats.mcnemar(2400, 2600) == pytest.approx(scipy.stats.binomtest(2400, 5000).pvalue, rel=1e-9)


def test_mean_error_agrees_with_the_clustered_regression_of_statsmodels() -> None:
    random = np.random.default_rng(7)
    codes = random.integers(0, 12, size=90)
    values = random.random(90) + codes / 20
    fitted = sm.OLS(values, np.ones(90)).fit(cov_type="cluster", cov_kwds={"groups": codes})
    assert stats.mean_error(values, codes) == pytest.approx(fitted.bse[0], abs=1e-9)


def test_mean_error_of_independent_values_is_the_textbook_one() -> None:
    values = [0.1, 0.4, 0.4, 0.9]
    assert stats.mean_error(values, range(4)) == pytest.approx(scipy.stats.sem(values), abs=1e-12)


def test_the_bootstrap_agrees_with_scipy_but_for_the_stretch() -> None:
    values = np.random.default_rng(3).beta(4, 2, size=200)
    found = stats.mean_interval(values, range(200), resamples=4000)
    oracle = scipy.stats.bootstrap((values,), np.mean, method="percentile", rng=1).confidence_interval
    assert found is not None
    assert found.method == "cluster bootstrap"
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=0.006)


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


def test_a_rate_without_clusters_is_wilsons() -> None:
    assert stats.rate_interval([1, 0, 1], [4, 9, 2]) == stats.wilson(2, 3)


def test_clusters_that_all_pass_count_once_each() -> None:
    found, expected = stats.rate_interval([1] * 20, [0] * 10 + [1] * 10), stats.wilson(2, 2)
    assert found is not None
    assert expected is not None
    assert (found.low, found.high) == (expected.low, expected.high)


@settings(max_examples=60, deadline=None)
@given(SCORES, st.integers(1, 30))
def test_a_mean_lies_in_its_interval_which_lies_within_bounds(values: list[float], groups: int) -> None:
    found = stats.mean_interval(values, [i % groups for i in range(len(values))], resamples=200)
    assert found is not None
    assert -1e-9 <= found.low <= np.mean(values) + 1e-9
    assert np.mean(values) - 1e-9 <= found.high <= 1 + 1e-9
    assert found.high - found.low > 0.01


@settings(max_examples=30, deadline=None)
@given(SCORES)
def test_the_same_seed_gives_the_same_interval(values: list[float]) -> None:
    codes = range(len(values))
    assert stats.mean_interval(values, codes, seed=4) == stats.mean_interval(values, codes, seed=4)


def test_equal_values_leave_room_for_clusters_unseen() -> None:
    found = stats.mean_interval([1.0] * 50, range(50))
    assert found is not None
    assert found.high == 1.0
    assert 0.90 < found.low < 0.95


def test_many_clusters_are_drawn_in_parts_and_give_what_one_part_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).random(100)
    whole = stats.mean_interval(values, range(100))
    monkeypatch.setattr(stats, "_CHUNK", 700)
    assert stats.mean_interval(values, range(100)) == whole


@pytest.mark.parametrize("groups", [8, 25, 60])
def test_intervals_cover_the_truth(groups: int) -> None:
    random = np.random.default_rng(groups)
    codes = np.repeat(np.arange(groups), 3)
    hits = {"mean": 0, "rate": 0}
    for _ in range(300):
        chance = np.repeat(random.beta(6, 2, size=groups), 3)
        mean = stats.mean_interval(random.binomial(4, chance) / 4, codes, resamples=300)
        rate = stats.rate_interval(random.random(groups * 3) < chance, codes)
        assert mean is not None
        assert rate is not None
        hits["mean"] += mean.low <= 0.75 <= mean.high
        hits["rate"] += rate.low <= 0.75 <= rate.high
    assert hits["mean"] >= 270
    assert hits["rate"] >= 270


def test_sign_flips_of_few_pairs_are_all_tried_as_scipy_does() -> None:
    differences = np.array([0.2, -0.1, 0.4, 0.3, 0.05, 0.25, -0.02, 0.3])
    oracle = scipy.stats.permutation_test(
        (differences, np.zeros(8)), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples"
    )
    assert stats.sign_flip(differences, range(8)) == pytest.approx(oracle.pvalue, abs=1e-12)


def test_sign_flips_of_one_each_are_mcnemars_test() -> None:
    differences = [1.0] * 9 + [-1.0] * 2 + [0.0] * 30
    assert stats.sign_flip(differences, range(41)) == pytest.approx(stats.mcnemar(9, 2), abs=1e-12)


def test_sign_flips_turn_whole_clusters() -> None:
    assert stats.sign_flip([0.5] * 40, [0] * 40) == 1.0
    assert stats.sign_flip([0.5] * 40, range(40)) == pytest.approx(1 / 10_001)


def test_sign_flips_rarely_cry_wolf() -> None:
    random = np.random.default_rng(11)
    alarms = 0
    for _ in range(200):
        p = stats.sign_flip(random.normal(size=30), range(30), resamples=400)
        alarms += p is not None and p < 0.05
    assert alarms <= 20


def test_quantiles_are_numpys() -> None:
    assert stats.quantiles([3.0, 1.0, 2.0], [0.05, 0.5]) == pytest.approx((1.1, 2.0))


def test_as_many_clusters_as_needed_have_the_power() -> None:
    needed = stats.clusters_needed(0.03, 0.03, 100)
    assert needed is not None
    error = 0.03 * math.sqrt(100 / needed)
    assert scipy.stats.norm.sf(1.959964 - 0.03 / error) == pytest.approx(0.8, abs=0.005)
    assert stats.clusters_needed(0.0, 0.03, 100) is None

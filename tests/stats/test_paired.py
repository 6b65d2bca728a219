"""Paired tests against scipy, statsmodels and the whole permutation distribution."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_oracle

from harness import stats
from harness.stats import paired


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_agrees_with_statsmodels(first: int, second: int) -> None:
    expected = mcnemar_oracle([[5, first], [second, 5]], exact=True).pvalue if first + second else 1.0
    assert stats.mcnemar(first, second) == pytest.approx(expected, abs=1e-12)


def test_mcnemar_is_exact_for_thousands_of_pairs() -> None:
    assert stats.mcnemar(2400, 2600) == pytest.approx(scipy.stats.binomtest(2400, 5000).pvalue, rel=1e-9)


def test_sign_flips_of_few_pairs_are_all_tried_as_scipy_does() -> None:
    differences = np.array([0.2, -0.1, 0.4, 0.3, 0.05, 0.25, -0.02, 0.3])
    oracle = scipy.stats.permutation_test(
        (differences, np.zeros(8)), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples"
    )
    assert stats.sign_flip(differences, range(8)) == pytest.approx(oracle.pvalue, abs=1e-12)


def test_sign_flips_of_one_each_are_mcnemars_test() -> None:
    differences = [1.0] * 9 + [-1.0] * 2 + [0.0] * 30
    assert stats.sign_flip(differences, range(41)) == pytest.approx(stats.mcnemar(9, 2), abs=1e-12)


@pytest.mark.parametrize(("fewer", "more"), [(20, 40), (300, 380), (1000, 1400)])
def test_the_saddlepoint_is_the_binomial_far_into_the_tail(fewer: int, more: int) -> None:
    found = stats.sign_flip([1.0] * more + [-1.0] * fewer, range(fewer + more))
    assert found == pytest.approx(stats.mcnemar(fewer, more), rel=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["normal", "verdicts", "quarters", "thirds"]), st.floats(0, 0.5))
def test_the_saddlepoint_is_the_whole_permutation_distribution(seed: int, kind: str, shift: float) -> None:
    random = np.random.default_rng(seed)
    sums = {
        "normal": random.normal(shift, 1, size=17),
        "verdicts": random.choice([-2.0, -1.0, 1.0, 2.0], p=[0.25 - shift / 4, 0.25, 0.25, 0.25 + shift / 4], size=17),
        "quarters": random.choice([-0.5, -0.25, 0.25, 0.5, 1.0], size=17),
        "thirds": random.choice([-2 / 3, -1 / 3, 0.5, 1 / 3], size=17),
    }[kind]
    exact = paired._all_flips(sums)
    (found,) = stats.sign_flips(sums[:, None])
    assert found == pytest.approx(exact, rel=0.12, abs=0.004)


def test_sign_flips_turn_whole_clusters() -> None:
    assert stats.sign_flip([0.5] * 40, [0] * 40) == 1.0
    assert stats.sign_flip([0.5] * 40, range(40)) == pytest.approx(2.0**-39)
    assert stats.sign_flip([0.0] * 40, range(40)) == 1.0


def test_columns_are_tested_each_on_its_own() -> None:
    sums = np.random.default_rng(4).normal(0.2, 1, size=(60, 5))
    sums[20:, 3] = 0  # twenty that differ
    sums[9:, 4] = 0  # nine
    expected = [stats.sign_flip(column, range(60)) for column in sums.T]
    assert stats.sign_flips(sums).tolist() == pytest.approx(expected)

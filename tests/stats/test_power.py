"""Power by simulation and by formula; places and groups; looks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from harness import stats


def test_as_many_clusters_as_needed_have_the_power() -> None:
    needed = stats.clusters_needed(0.03, 0.03, 100)
    assert needed is not None
    error = 0.03 * math.sqrt(100 / needed)
    assert scipy.stats.norm.sf(1.959964 - 0.03 / error) == pytest.approx(0.8, abs=0.005)
    assert stats.clusters_needed(0.0, 0.03, 100) is None


def test_what_is_detectable_is_shown_four_times_in_five() -> None:
    random = np.random.default_rng(2)
    true = stats.detectable(0.3 / math.sqrt(60), 60)
    shown = [scipy.stats.ttest_1samp(random.normal(true, 0.3, size=60), 0).pvalue < 0.05 for _ in range(2000)]
    assert np.mean(shown) == pytest.approx(0.8, abs=0.03)


def test_the_published_figure_of_511_cases() -> None:
    assert stats.detectable(stats.discordance_spread(0.272) / math.sqrt(511), 511) == pytest.approx(0.065, abs=0.0005)


def test_more_trials_lessen_only_their_own_part() -> None:
    random = np.random.default_rng(6)
    cases = np.repeat(np.arange(300), 4)
    values = random.normal(0, 0.3, size=300)[cases] + random.normal(0, 0.4, size=1200)
    found = stats.spread(values, cases, cases)
    assert found is not None
    assert found.at(300, 4) == pytest.approx(found.error)
    assert found.trial_part == pytest.approx(0.16 / 1200, rel=0.15)
    assert found.at(300, 1e9) == pytest.approx(0.3 / math.sqrt(300), rel=0.1)
    assert found.at(1200, 4) == pytest.approx(found.error / 2)
    alone = stats.spread(values[::4], cases[::4], cases[::4])
    assert alone is not None
    assert alone.trial_part == 0


def test_candidates_far_apart_have_a_place_each_and_equal_ones_share() -> None:
    random = np.random.default_rng(1)
    values = random.normal([0.9, 0.5, 0.5, 0.1], 0.2, size=(200, 4))
    drawn = stats.resampling(200, resamples=500)
    means = stats.bootstrap_means(drawn, values, np.ones_like(values))
    assert stats.places(means, values.mean(axis=0), 200) == ((1, 1), (2, 3), (2, 3), (4, 4))
    assert stats.places(means[:, :1], values.mean(axis=0)[:1], 200) == ((1, 1),)


def test_identical_candidates_cannot_be_ranked() -> None:
    values = np.repeat(np.random.default_rng(1).random((50, 1)), 3, axis=1)
    means = stats.bootstrap_means(stats.resampling(50), values, np.ones_like(values))
    assert stats.places(means, values.mean(axis=0), 50) == ((1, 3),) * 3


@given(
    st.integers(1, 9).flatmap(
        lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_a_letter_is_shared_only_by_those_not_told_apart(rows: list[list[bool]]) -> None:
    different = np.array(rows)
    different = (different | different.T) & ~np.eye(len(rows), dtype=bool)
    letters = stats.groups(different)
    assert all(letters)
    for i, j in np.argwhere(different):
        assert not set(letters[i]) & set(letters[j])
    for i in range(len(rows) - 1):
        if not different[i, i + 1]:
            assert set(letters[i]) & set(letters[i + 1])


def test_the_error_of_all_looks_adds_up_to_the_level() -> None:
    assert sum(stats.spent(look) for look in range(1, 10_000)) == pytest.approx(0.05, abs=1e-5)


def test_a_confidence_sequence_narrows_and_never_widens() -> None:
    values = np.random.default_rng(3).binomial(1, 0.8, size=600)
    low, high = stats.confidence_sequence(values)
    assert (np.diff(low) >= -1e-12).all()
    assert (np.diff(high) <= 1e-12).all()
    assert low[-1] < 0.8 < high[-1]
    assert high[-1] - low[-1] < 0.2
    shifted = stats.confidence_sequence(2 * values - 1.0, within=(-1.0, 1.0))
    assert shifted[0] == pytest.approx(2 * low - 1)

"""Agreement and correction, against statsmodels, definitions written another way, and simulation."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import statsmodels.stats.inter_rater as oracle
from hypothesis import given
from hypothesis import strategies as st

from harness import stats
from harness.stats import agreement

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=60)
UNITS = st.lists(st.lists(st.none() | st.integers(0, 3), min_size=3, max_size=3), max_size=20)


@given(PAIRS)
def test_kappa_agrees_with_statsmodels(pairs: list[tuple[int, int]]) -> None:
    table = np.zeros((3, 3))
    for first, second in pairs:
        table[first, second] += 1
    found = agreement.kappa(*zip(*pairs, strict=True))
    if found is None:
        assert len({value for pair in pairs for value in pair}) == 1
    else:
        assert found == pytest.approx(oracle.cohens_kappa(table, return_results=False))


@given(PAIRS)
def test_ac1_agrees_with_its_definition(pairs: list[tuple[int, int]]) -> None:
    """Gwet 2008, eq. 4 and 5, by loops over the categories that occur."""
    n, values = len(pairs), sorted({value for pair in pairs for value in pair})
    agreed = sum(a == b for a, b in pairs) / n
    share = [sum((a == v) + (b == v) for a, b in pairs) / (2 * n) for v in values]
    expected = sum(p * (1 - p) for p in share) / (len(values) - 1) if len(values) > 1 else 0.0
    assert agreement.ac1(*zip(*pairs, strict=True)) == pytest.approx((agreed - expected) / (1 - expected))


@given(UNITS)
def test_alpha_agrees_with_its_definition_by_pairs(units: list[list[int | None]]) -> None:
    """Observed disagreement within units, expected over all pairs of values, however they lie."""
    rated = [[v for v in unit if v is not None] for unit in units]
    rated = [unit for unit in rated if len(unit) > 1]
    pool = [v for unit in rated for v in unit]
    n = len(pool)
    apart = sum(a != b for a, b in itertools.permutations(pool, 2))
    found = agreement.alpha(units)
    if not apart:
        assert found is None
        return
    within = sum(sum(a != b for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in rated) / n
    assert found == pytest.approx(1 - within / (apart / (n * (n - 1))))


def test_alpha_of_the_published_example() -> None:
    """Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C: four observers, twelve units."""
    a = [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None]
    b = [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3]
    c = [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None]
    d = [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]
    assert agreement.alpha(list(zip(a, b, c, d, strict=True))) == pytest.approx(0.743, abs=5e-4)


def test_degenerate_agreement_has_no_number() -> None:
    assert agreement.kappa([], []) is None
    assert agreement.kappa([1, 1], [1, 1]) is None
    assert agreement.ac1([], []) is None
    assert agreement.ac1([1, 1], [1, 1]) == 1.0
    assert agreement.alpha([(1, 1), (1, 1)]) is None
    with pytest.raises(ValueError, match="same units"):
        agreement.kappa([1], [1, 0])


def test_prediction_powered_without_a_useful_judge_is_the_mean_of_the_labels() -> None:
    labels = [1, 0, 0, 1, 0, 0, 0, 1, 0, 1]
    found = agreement.prediction_powered([0] * 100, [0] * 10, labels)
    assert found is not None
    assert found.value == pytest.approx(0.4)
    half = stats.student_quantile(0.975, 9) * np.std(labels, ddof=1) / 10**0.5
    assert found.interval.high - found.value == pytest.approx(half)
    assert not found.helps


def test_prediction_powered_with_a_perfect_judge_is_the_judge_s_rate() -> None:
    rest, labels = [1, 0, 0, 0] * 1000, [1, 0, 0, 0] * 15
    found = agreement.prediction_powered(rest, labels, labels)
    assert found is not None
    assert found.value == pytest.approx(0.25)
    assert found.helps
    assert found.interval.high - found.interval.low < 0.06


def test_rogan_gladen_is_the_textbook_formula() -> None:
    labels, said = [1] * 20 + [0] * 80, [1] * 18 + [0] * 2 + [1] * 8 + [0] * 72
    found = agreement.rogan_gladen(0.3, 1000, said, labels)
    assert found is not None
    assert found.value == pytest.approx((0.3 + 0.9 - 1) / (0.9 + 0.9 - 1))
    assert found.interval.low < found.value < found.interval.high


@pytest.mark.parametrize(("said", "labels"), [([1, 0], [1, 1]), ([0, 1], [1, 0]), ([], [])])
def test_what_cannot_be_corrected_has_no_number(said: Sequence[int], labels: Sequence[int]) -> None:
    assert agreement.rogan_gladen(0.3, 100, said, labels) is None


@pytest.mark.parametrize("seed", range(1))
def test_too_few_labels_do_not_help(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, 12)
    found = agreement.prediction_powered(random.integers(0, 2, 500), labels, labels)
    assert found is not None
    assert not found.helps


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "sensitivity", "specificity"), [(0.15, 0.8, 0.9), (0.3, 0.7, 0.95), (0.5, 0.9, 0.6)])
def test_the_true_rate_comes_back_from_150_labels_with_its_coverage(
    rate: float, sensitivity: float, specificity: float
) -> None:
    """1,000 repeats; the 95% of a right interval lie within 2.1 points of binomial noise (three standard errors)."""
    random, repeats = np.random.default_rng(7), 1000
    held = {"prediction-powered": 0, "Rogan-Gladen": 0, "uncorrected": 0}
    for _ in range(repeats):
        true = random.random(2000) < rate
        said = np.where(true, random.random(2000) < sensitivity, random.random(2000) > specificity).astype(int)
        powered = agreement.prediction_powered(said[150:], said[:150], true[:150])
        corrected = agreement.rogan_gladen(float(said.mean()), 2000, said[:150], true[:150])
        bare = stats.wilson(int(said.sum()), 2000)
        assert powered is not None
        assert corrected is not None
        assert bare is not None
        for name, one in (
            ("prediction-powered", powered.interval),
            ("Rogan-Gladen", corrected.interval),
            ("uncorrected", bare),
        ):
            held[name] += one.low <= rate <= one.high
    assert held["prediction-powered"] / repeats >= 0.95 - 0.021
    assert held["Rogan-Gladen"] / repeats >= 0.95 - 0.021
    assert held["uncorrected"] / repeats < 0.5

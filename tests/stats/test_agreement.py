"""Agreement and correction, against statsmodels, definitions written another way, and simulation."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats
import statsmodels.stats.inter_rater as oracle
from hypothesis import example, given
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
    assert found.interval.low < 0.17
    assert found.interval.high > 0.68
    assert not found.helps


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def reference(rest: list[int], said: list[int], true: list[int]) -> tuple[float, float, float]:
    """PPI++ (arXiv 2311.01453, eq. 1 and 5, for a mean) with HC3 residuals and Korn and Graubard's interval, in loops."""
    n, more = len(true), len(rest)
    pool = [*rest, *said]
    spread = sum((v - mean(pool)) ** 2 for v in pool) / (len(pool) - 1)
    joint = sum((s - mean(said)) * (t - mean(true)) for s, t in zip(said, true, strict=True)) / (n - 1)
    power = min(1.0, max(0.0, joint / ((1 + n / more) * spread))) if spread else 0.0
    power = 0.0 if power < 1e-9 else power  # the rounding of none
    value = min(1.0, max(0.0, mean(true) + power * (mean(rest) - mean(said))))
    lever = sum((s - mean(said)) ** 2 for s in said)
    rests = [t - power * s for s, t in zip(said, true, strict=True)]
    inside = 0.0
    for s, r in zip(said, rests, strict=True):
        h = 1 / n + ((s - mean(said)) ** 2 / lever if lever else 0.0)
        inside += ((r - mean(rests)) / (1 - min(0.5, h))) ** 2 / n**2
    errors = inside + power**2 * sum((v - mean(rest)) ** 2 for v in rest) / more**2
    wrong = [t - s for s, t in zip(said, true, strict=True)] if power else true
    telling = n - max(wrong.count(one) for one in set(wrong))
    size = value * (1 - value) / errors if errors and 0 < value < 1 else n
    t = scipy.stats.t.ppf(0.975, max(1, min(n - 1, 2 * telling))) if telling else scipy.stats.norm.ppf(0.975)
    # Wilson's bounds are where (p - value)^2 = t^2 p (1 - p) / size
    a, b, c = 1 + t * t / size, -(2 * value + t * t / size), value * value
    root = max(0.0, b * b - 4 * a * c) ** 0.5
    low, high = (-b - root) / (2 * a), (-b + root) / (2 * a)
    if telling < 3:
        room = scipy.stats.norm.ppf(0.975) ** 2 / (n + scipy.stats.norm.ppf(0.975) ** 2)
        low, high = min(low, value - room), max(high, value + room)
    return value, max(0.0, low), min(1.0, high)


@given(
    st.lists(st.integers(0, 1), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=40),
)
@example([0], [(0, 0), (0, 0), (0, 1), (0, 1), (0, 1), (1, 1), (1, 1), (0, 1), (1, 0)])  # a covariance of nothing
def test_prediction_powered_agrees_with_its_formulas_in_loops(rest: list[int], pairs: list[tuple[int, int]]) -> None:
    said, true = [s for s, _ in pairs], [t for _, t in pairs]
    found = agreement.prediction_powered(rest, said, true)
    assert found is not None
    value, low, high = reference(rest, said, true)
    assert found.value == pytest.approx(value)
    assert found.interval.low == pytest.approx(low, abs=1e-9)
    assert found.interval.high == pytest.approx(high, abs=1e-9)
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1


def test_prediction_powered_with_a_perfect_judge_is_the_judge_s_rate() -> None:
    rest, labels = [1, 0, 0, 0] * 1000, [1, 0, 0, 0] * 60
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
@pytest.mark.parametrize(
    ("rate", "sensitivity", "specificity"),
    [
        (0.15, 0.8, 0.9), (0.3, 0.7, 0.95), (0.5, 0.9, 0.6), (0.05, 0.8, 0.95), (0.1, 0.6, 0.9), (0.9, 0.9, 0.8),
        (0.2, 0.98, 0.98), (0.02, 0.9, 0.9), (0.3, 1.0, 1.0),
    ],
)  # fmt: skip
def test_the_true_rate_comes_back_from_150_labels_with_its_coverage(
    rate: float, sensitivity: float, specificity: float
) -> None:
    """1,000 repeats of 150 labels: what covers 95% falls below 93.6% once in fifty times."""
    random, repeats = np.random.default_rng(7), 1000
    held = dict.fromkeys(("prediction-powered", "Rogan-Gladen", "uncorrected"), 0)
    for _ in range(repeats):
        true = random.random(2000) < rate
        said = np.where(true, random.random(2000) < sensitivity, random.random(2000) > specificity).astype(int)
        powered = agreement.prediction_powered(said[150:], said[:150], true[:150])
        corrected = agreement.rogan_gladen(float(said.mean()), 2000, said[:150], true[:150])
        bare = stats.wilson(int(said.sum()), 2000)
        assert powered is not None
        assert bare is not None
        held["prediction-powered"] += powered.interval.low <= rate <= powered.interval.high
        held["uncorrected"] += bare.low <= rate <= bare.high
        if corrected is not None:
            held["Rogan-Gladen"] += corrected.interval.low <= rate <= corrected.interval.high
        else:  # no label of a kind
            held["Rogan-Gladen"] += 1
    print(rate, sensitivity, specificity, held)  # noqa: T201 - shown by -rP
    assert held["prediction-powered"] / repeats >= 0.95
    assert held["Rogan-Gladen"] / repeats >= 0.936
    assert held["uncorrected"] / repeats < 0.8 or sensitivity >= 0.98

"""What intervals and tests promise, by simulation: long, so run by `.ci/nightly`, but for a glance."""

from __future__ import annotations

import math
from itertools import islice

import pytest

from harness.studies import coverage

MEAN, LEAST = 0.94, 0.90
NOMINAL = {"superiority": 0.025, "non-inferiority": 0.025}


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    for name, _, mean, lowest, _, where in coverage.summarised(coverage.intervals(2000)):
        assert mean >= MEAN, name
        assert lowest >= LEAST, f"{name}: {where}"


@pytest.mark.slow
def test_no_test_cries_wolf_more_often_than_it_says() -> None:
    repetitions = 20_000
    for point in coverage.alarms(repetitions):
        nominal = NOMINAL.get(point.grid, 0.05)
        runs = repetitions // 20 if "looks" in point.grid else repetitions
        chance = 3.3 * math.sqrt(nominal * (1 - nominal) / runs)  # the simulation's own error
        assert point.share <= nominal + chance, f"{point.grid}: {point.where}"


def test_a_simulation_is_the_same_twice() -> None:
    first = list(islice(coverage.alarms(4), 6))
    assert first == list(islice(coverage.alarms(4), 6))
    assert {point.grid for point in coverage.alarms(20)} >= {"McNemar, exact", "sign flips", "30 nightly looks"}


def test_a_table_names_the_lowest_point() -> None:
    points = [coverage.Point(grid="g", where=f"p{n}", share=share) for n, share in enumerate((0.95, 0.9, 0.97))]
    ((name, count, mean, low, high, where),) = coverage.summarised(points)
    assert (name, count, low, high, where) == ("g", 3, 0.9, 0.97, "p1")
    assert mean == pytest.approx(0.94)

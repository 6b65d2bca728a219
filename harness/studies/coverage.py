"""Simulate what intervals and tests promise: how often 95% intervals hold the truth, how often tests cry wolf.

`python -m harness.studies.coverage` prints the tables that docs/statistics.md shows; `.ci/nightly` holds them against
their bars. Every number is seeded, so the tables are the same on every machine with the same numpy.
"""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from harness import stats
from harness.stats.bootstrap import bca
from harness.stats.intervals import robust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from harness.stats import Interval

__all__ = ["Point", "alarms", "intervals", "main", "summarised"]

Floats: TypeAlias = "NDArray[np.float64]"
Random: TypeAlias = np.random.Generator
Sample: TypeAlias = tuple[Floats, Floats]
"""Each cluster's sum and size."""

_DIFFERENCES: Final = (-1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of a grid: the share of repetitions in which what is promised held (or a test cried wolf)."""

    grid: str
    where: str
    share: float


def intervals(repetitions: int = 2000) -> Iterator[Point]:
    """Yield the coverage of every 95% interval, point by point."""
    yield from _grid("rate, independent cases", _independent_rates(), _rate, repetitions)
    yield from _grid("rate, clustered", _clustered_rates(), _rate, repetitions)
    yield from _grid("mean, independent cases", _means((1,)), _mean, repetitions)
    yield from _grid("mean, clustered", _means((4, 10)), _mean, repetitions)
    yield from _grid("paired difference", _differences(), _difference, repetitions)
    yield from _grid("mean, cluster bootstrap", _means((1, 4)), _bootstrapped((0.0, 1.0)), repetitions // 2)
    yield from _grid(
        "paired difference, cluster bootstrap", _differences(), _bootstrapped(_DIFFERENCES), repetitions // 2
    )
    yield from _places(repetitions // 4)
    yield from _sequences(repetitions // 4)


def alarms(repetitions: int = 20_000) -> Iterator[Point]:
    """Yield how often each test calls a difference where there is none (nominal: 5%, one-sided tests 2.5%)."""
    for clusters, share in itertools.product((20, 100), (0.1, 0.4)):
        where = f"{clusters} cases, {share:.0%} discordant"
        yield _share("McNemar, exact", where, repetitions, lambda r, c=clusters, s=share: _mcnemar(r, c, s))  # type: ignore[misc]  # mypy infers no lambda with defaults
    for clusters, size, kind in itertools.product((8, 20, 100), (1, 4), ("verdicts", "shares", "normal")):
        yield _flips(clusters, size, kind, repetitions)
    for name, gain in (("superiority", 0.0), ("non-inferiority", -0.05), ("equivalence", 0.05)):
        for clusters in (30, 200):
            yield _share(name, f"{clusters} cases", repetitions, lambda r, a=(name, gain, clusters): _margin(r, *a))  # type: ignore[misc]  # mypy infers no lambda with defaults
    for name in ("Holm, 8 metrics", "Benjamini-Hochberg, 8 metrics"):
        yield _share(name, "40 cases", repetitions, lambda r, n=name: _family(r, n))  # type: ignore[misc]  # mypy infers no lambda with defaults
    for kind in ("same cases each night", "new cases each night"):
        yield _share("30 nightly looks", kind, repetitions // 20, lambda r, k=kind: _nights(r, k))  # type: ignore[misc]  # mypy infers no lambda with defaults


def summarised(points: Iterable[Point]) -> list[tuple[str, int, float, float, float, str]]:
    """Return for each grid: points, mean, lowest and highest share, and where the lowest is."""
    grids: dict[str, list[Point]] = {}
    for point in points:
        grids.setdefault(point.grid, []).append(point)
    found = []
    for name, members in grids.items():
        shares = [point.share for point in members]
        lowest = min(members, key=lambda point: point.share)
        found.append((name, len(members), sum(shares) / len(shares), min(shares), max(shares), lowest.where))
    return found


# ----------------------------------------------------------------------------------------------------------- the grids

Grid: TypeAlias = "Iterator[tuple[str, float, Callable[[Random], Sample]]]"


def _independent_rates() -> Grid:
    for n, rate in itertools.product((10, 20, 50, 100, 300), (0.01, 0.03, 0.1, 0.3, 0.5, 0.9, 0.98)):
        yield f"n {n}, rate {rate}", rate, lambda r, n=n, p=rate: (r.binomial(1, p, n).astype(float), np.ones(n))  # type: ignore[misc]  # mypy infers no lambda with defaults


def _clustered_rates() -> Grid:
    for clusters, size, rate, alike in itertools.product(
        (10, 20, 50, 150), (4, 10), (0.02, 0.05, 0.1, 0.3, 0.9), (0.0, 0.2, 0.5)
    ):
        where = f"{clusters} clusters of 1 to {2 * size - 1}, rate {rate}, correlation {alike}"
        yield where, rate, lambda r, a=(clusters, size, rate, alike): _beta_binomial(r, *a)  # type: ignore[misc]  # mypy infers no lambda with defaults


def _beta_binomial(random: Random, clusters: int, size: int, rate: float, alike: float) -> Sample:
    sizes = random.integers(1, 2 * size, size=clusters)
    spread = (1 - alike) / alike if alike else 0
    chance = random.beta(rate * spread, (1 - rate) * spread, size=clusters) if alike else np.full(clusters, rate)
    return random.binomial(sizes, chance).astype(float), sizes.astype(float)


def _means(sizes: tuple[int, ...]) -> Grid:
    """Yield scores that pile up at 1 with a share below it, as groundedness does, and scores spread over all values."""
    for clusters, size in itertools.product((10, 20, 50, 100, 300), sizes):
        for below, alike in ((0.05, 0.0), (0.05, 0.3), (0.2, 0.0), (0.2, 0.3), (0.5, 0.2)):
            if size > 1 or not alike:
                where = f"{clusters} clusters of {size}, {below:.0%} below 1, correlation {alike}"
                yield where, 1 - below * 0.625, lambda r, a=(clusters, size, below, alike): _piled(r, *a)  # type: ignore[misc]  # mypy infers no lambda with defaults
        for shape in (2, 8):
            where = f"{clusters} clusters of {size}, spread beta({shape}, 2)"
            yield where, shape / (shape + 2), lambda r, a=(clusters, size, shape): _spread(r, *a)  # type: ignore[misc]  # mypy infers no lambda with defaults


def _piled(random: Random, clusters: int, size: int, below: float, alike: float) -> Sample:
    spread = (1 - alike) / alike if alike else 0
    chance = random.beta(below * spread, (1 - below) * spread, size=clusters) if alike else np.full(clusters, below)
    low = random.random((clusters, size)) < chance[:, None]
    values = np.where(low, random.integers(0, 4, size=(clusters, size)) / 4, 1.0)
    return values.sum(axis=1), np.full(clusters, float(size))


def _spread(random: Random, clusters: int, size: int, shape: int) -> Sample:
    chance = random.beta(shape, 2, size=clusters)
    values = random.binomial(4, chance[:, None], size=(clusters, size)) / 4
    return values.sum(axis=1), np.full(clusters, float(size))


def _differences() -> Grid:
    """Yield paired differences of verdicts, some of them rare, and with whole clusters moving together."""
    for clusters, size, (discordant, truth, alike) in itertools.product(
        (10, 20, 50, 100, 300),
        (1, 4),
        ((0.05, 0.0, 0.0), (0.05, 0.02, 0.0), (0.1, 0.04, 0.3), (0.3, 0.05, 0.0), (0.3, 0.1, 0.3)),
    ):
        where = f"{clusters} clusters of {size}, {discordant:.0%} discordant, difference {truth}, together {alike}"
        yield where, truth, lambda r, a=(clusters, size, (discordant, truth, alike)): _verdicts(r, *a)  # type: ignore[misc]  # mypy infers no lambda with defaults


def _verdicts(random: Random, clusters: int, size: int, kind: tuple[float, float, float]) -> Sample:
    discordant, truth, alike = kind
    chances = [(discordant - truth) / 2, 1 - discordant, (discordant + truth) / 2]
    own = random.choice([-1.0, 0.0, 1.0], p=chances, size=(clusters, size))
    shared = random.choice([-1.0, 0.0, 1.0], p=chances, size=clusters)
    together = random.random(clusters) < alike
    return np.where(together[:, None], shared[:, None], own).sum(axis=1), np.full(clusters, float(size))


# ------------------------------------------------------------------------------------------------------- the intervals


def _rate(sums: Floats, sizes: Floats) -> Interval | None:
    codes = np.repeat(np.arange(len(sums)), sizes.astype(int))
    starts = np.cumsum(sizes) - sizes
    return stats.rate_interval(np.arange(len(codes)) - starts[codes] < sums[codes], codes)


def _mean(sums: Floats, sizes: Floats) -> Interval:
    return robust(sums, sizes)


def _difference(sums: Floats, sizes: Floats) -> Interval:
    return robust(sums, sizes, within=_DIFFERENCES)


def _bootstrapped(within: tuple[float, float]) -> Callable[[Floats, Floats], Interval]:
    drawn: dict[int, Floats] = {}

    def found(sums: Floats, sizes: Floats) -> Interval:
        if len(sums) not in drawn:
            drawn[len(sums)] = stats.resampling(len(sums), resamples=1000, seed=len(sums))
        means = stats.bootstrap_means(drawn[len(sums)], sums[:, None], sizes[:, None])[:, 0]
        return bca(means, sums, sizes, within=within)

    return found


def _grid(
    name: str, grid: Grid, method: Callable[[Floats, Floats], Interval | None], repetitions: int
) -> Iterator[Point]:
    for where, truth, drawn in grid:

        def held(random: Random, truth: float = truth, drawn: Callable[[Random], Sample] = drawn) -> bool:
            found = method(*drawn(random))
            return found is not None and found.low - 1e-12 <= truth <= found.high + 1e-12

        yield _share(name, where, repetitions, held)


def _share(grid: str, where: str, repetitions: int, happens: Callable[[Random], bool]) -> Point:
    random = np.random.default_rng(_seed(f"{grid} {where}"))
    return Point(grid=grid, where=where, share=sum(happens(random) for _ in range(repetitions)) / repetitions)


def _seed(text: str) -> int:
    """Return a number that depends on the text alone, on every machine."""
    return zlib.crc32(text.encode())


_RATES: Final = ((0.8, 0.8, 0.8), (0.9, 0.8, 0.7, 0.6), (0.9, 0.9, 0.85, 0.5))


def _places(repetitions: int) -> Iterator[Point]:
    for truths, clusters in itertools.product(
        ((0.8, 0.8, 0.8), (0.9, 0.8, 0.7, 0.6), (0.9, 0.9, 0.85, 0.5)), (30, 150)
    ):

        def held(random: Random, truths: tuple[float, ...] = truths, clusters: int = clusters) -> bool:
            ease = random.normal(size=(clusters, 1))
            values = (0.6 * ease + 0.8 * random.normal(size=(clusters, len(truths))) < _cut(truths)).astype(float)
            drawn = stats.resampling(clusters, resamples=400, seed=clusters)
            ranges = stats.places(
                stats.bootstrap_means(drawn, values, np.ones_like(values)), values.mean(axis=0), clusters
            )
            best = 1 + sum(t > truths[-2] for t in truths)
            worst = len(truths) - sum(t < truths[-2] for t in truths)
            low, high = ranges[-2]
            return low <= worst and high >= best

        yield _share("places", f"{len(truths)} candidates {truths}, {clusters} cases", repetitions, held)


def _cut(truths: tuple[float, ...]) -> Floats:
    return np.array([NormalDist().inv_cdf(truth) for truth in truths])


def _sequences(repetitions: int) -> Iterator[Point]:
    for rate, length in itertools.product((0.02, 0.3, 0.9), (100, 400)):

        def held(random: Random, rate: float = rate, length: int = length) -> bool:
            low, high = stats.confidence_sequence(random.binomial(1, rate, size=length))
            return bool(np.all(low <= rate + 1e-12) and np.all(rate <= high + 1e-12))

        yield _share("confidence sequence, at all times at once", f"rate {rate}, {length} looks", repetitions, held)


# ----------------------------------------------------------------------------------------------------------- the tests


def _mcnemar(random: Random, cases: int, discordant: float) -> bool:
    one = int(random.binomial(cases, discordant / 2))
    other = int(random.binomial(cases, discordant / 2))
    return stats.mcnemar(one, other) < 0.05  # noqa: PLR2004 - the nominal level


def _flips(clusters: int, size: int, kind: str, repetitions: int) -> Point:
    where = f"{clusters} clusters of {size}, {kind}"
    random, shape = np.random.default_rng(_seed(f"sign flips {where}")), (clusters, size, repetitions)
    if kind == "verdicts":
        values = random.integers(-1, 2, size=shape).astype(float)
    elif kind == "shares":
        values = (random.integers(0, 5, size=shape) - random.integers(0, 5, size=shape)) / 4
    else:
        values = random.normal(size=shape) + random.normal(size=(clusters, 1, repetitions))
    share = float((stats.sign_flips(values.sum(axis=1)) < 0.05).mean())  # noqa: PLR2004 - the nominal level
    return Point(grid="sign flips", where=where, share=share)


def _margin(random: Random, name: str, gain: float, cases: int) -> bool:
    values = np.clip(random.normal(gain, 0.25, size=cases), -1, 1)
    error = float(values.std(ddof=1)) / np.sqrt(cases)
    found = stats.margins(float(values.mean()), error, cases - 1, margin=0.05)
    return {
        "superiority": found.superior < 0.025,  # noqa: PLR2004 - the nominal levels
        "non-inferiority": found.not_worse < 0.025,  # noqa: PLR2004 - the level
        "equivalence": found.equivalent < 0.05,  # noqa: PLR2004 - the level
    }[name]


def _family(random: Random, name: str) -> bool:
    values = random.normal(size=(40, 8)) + random.normal(size=(40, 1))
    p = [float(found) for found in stats.sign_flips(values)]
    adjusted = stats.holm(p) if name.startswith("Holm") else stats.benjamini_hochberg(p)
    return any(found is not None and found < 0.05 for found in adjusted)  # noqa: PLR2004 - the nominal level


def _nights(random: Random, kind: str) -> bool:
    """Say whether any of 30 nightly looks calls a regression where the candidate never changed."""
    if kind.startswith("new"):
        low, high = stats.confidence_sequence(random.integers(-1, 2, size=30 * 20), within=_DIFFERENCES)
        return bool(np.any(low[19::20] > 0) or np.any(high[19::20] < 0))
    ease = random.normal(size=80)
    baseline = (ease + random.normal(size=80) < 1).astype(float)
    for night in range(1, 31):
        tonight = (ease + random.normal(size=80) < 1).astype(float)
        if float(stats.sign_flips((tonight - baseline)[:, None])[0]) <= stats.spent(night):
            return True
    return False


def main() -> None:
    """Print both tables as Markdown."""
    for title, points in (("coverage of 95% intervals", intervals()), ("false alarms", alarms())):
        print(f"| {title} | points | mean | lowest | highest | the lowest is at |")
        print("|---|--:|--:|--:|--:|---|")
        for name, count, mean, low, high, where in summarised(points):
            print(f"| {name} | {count} | {mean:.1%} | {low:.1%} | {high:.1%} | {where} |", flush=True)
        print()


if __name__ == "__main__":
    main()

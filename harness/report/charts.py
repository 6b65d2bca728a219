"""Where the marks of each chart go: plain numbers for the SVG of the template, and the same figures in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.report.figures import money, seconds, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.summary import CandidateSummary, Comparison, Difference, Summary

__all__ = ["Bar", "Bars", "Dot", "Scatter", "calibration", "differences", "duels", "lengths", "trade_offs"]

WIDTH: Final = 720
LEFT: Final = 190
RIGHT: Final = 170
_ROW: Final = 30
_TOP: Final = 26
_SCATTER_HEIGHT: Final = 300
_MOST: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row: a line from `low` to `high` and a mark at `value`, as x in the chart, with its label and its words."""

    name: str
    y: float
    low: float
    value: float
    high: float
    words: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A chart of rows: `ticks` are (x, text); `zero` is the x of no difference, if there is such a thing."""

    title: str
    height: float
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A candidate in a scatter plot; on the `front` nobody is better in both ways."""

    name: str
    x: float
    y: float
    low: float
    high: float
    front: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """A chart of dots with an interval upwards and downwards."""

    title: str
    along: str
    height: float
    dots: tuple[Dot, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    diagonal: tuple[float, float, float, float] | None = None


def duels(summary: Summary) -> Bars | None:
    """Return the leader's paired differences in groundedness to every other real candidate."""
    if not summary.comparisons:
        return None
    leader = summary.comparisons[0].first
    rows = [
        (comparison.second, row)
        for comparison in summary.comparisons
        if comparison.first == leader
        for row in comparison.differences
        if row.metric == "eligible_groundedness" and row.difference.value is not None
    ]
    return _forest(f"Groundedness: every other candidate less {leader}, in points, paired, 95%", rows)


def differences(comparison: Comparison) -> Bars | None:
    """Return the paired differences of two candidates on every metric."""
    rows = [(row.metric.replace("_", " "), row) for row in comparison.differences if row.difference.value is not None]
    return _forest(f"{comparison.second} less {comparison.first}: every metric, in points, paired, 95%", rows)


def _forest(title: str, rows: Sequence[tuple[str, Difference]]) -> Bars | None:
    shown = [(name, row) for name, row in rows if row.difference.low is not None and row.difference.high is not None]
    if not shown:
        return None
    ends = [end for _, row in shown for end in (row.difference.low or 0.0, row.difference.high or 0.0)]
    reach = max(0.02, *(abs(end) for end in ends))
    at = _scale(-reach, reach, LEFT, WIDTH - RIGHT)
    bars = tuple(
        Bar(
            name=name + (" ↓" if row.direction == "lower" else ""),
            y=_TOP + _ROW * (number + 0.5),
            low=at(row.difference.low or 0.0),
            value=at(row.difference.value or 0.0),
            high=at(row.difference.high or 0.0),
            words=f"{100 * (row.difference.value or 0):+.1f} ({100 * (row.difference.low or 0):+.1f} to "
            f"{100 * (row.difference.high or 0):+.1f})",
            kind={"better": "better", "worse": "worse"}.get(row.verdict, "open"),
        )
        for number, (name, row) in enumerate(shown)
    )
    ticks = tuple((at(tick), f"{100 * tick:+g}" if tick else "0") for tick in _ticks(-reach, reach))
    return Bars(title=title, height=_TOP + _ROW * len(bars) + 28, bars=bars, ticks=ticks, zero=at(0.0))


def lengths(summary: Summary) -> Bars | None:
    """Return each candidate's lengths in words: from the 5% to the 95% quantile, with the median."""
    found = [c for c in summary.candidates if c.words.n and c.words.p5 is not None]
    if not found:
        return None
    most = max(1.0, *(c.words.p95 or 0.0 for c in found))
    at = _scale(0, most, LEFT, WIDTH - RIGHT)
    bars = tuple(
        Bar(
            name=c.name,
            y=_TOP + _ROW * (number + 0.5),
            low=at(c.words.p5 or 0.0),
            value=at(c.words.p50 or 0.0),
            high=at(c.words.p95 or 0.0),
            words=f"{c.words.p50:.0f} ({c.words.p5:.0f} to {c.words.p95:.0f})",
        )
        for number, c in enumerate(found)
    )
    ticks = tuple((at(tick), f"{tick:g}") for tick in _ticks(0, most))
    title = "Length in words: median, and from the 5% to the 95% quantile"
    return Bars(title=title, height=_TOP + _ROW * len(bars) + 28, bars=bars, ticks=ticks)


def trade_offs(summary: Summary) -> tuple[Scatter, ...]:
    """Return groundedness against cost and against latency, where two real candidates have them."""
    cost = _scatter(
        summary,
        "Groundedness against cost",
        "dollars for 1,000 answers",
        lambda c: 1000 * c.cost / c.answered if c.cost is not None and c.answered and c.calls else None,
        money,
    )
    latency = _scatter(summary, "Groundedness against latency", "seconds, median", lambda c: c.latency.p50, seconds)
    return tuple(chart for chart in (cost, latency) if chart is not None)


def _scatter(
    summary: Summary,
    title: str,
    along: str,
    amount: Callable[[CandidateSummary], float | None],
    written: Callable[[float], str],
) -> Scatter | None:
    real = [c for c in summary.candidates if not c.header.baseline]
    known = [(c, x, c.eligible_groundedness) for c in real if (x := amount(c)) is not None]
    points = [(c, x, e) for c, x, e in known if e.value is not None and e.low is not None and e.high is not None]
    if len(points) < 2:  # noqa: PLR2004 - one point is no trade-off
        return None
    most = max(x for _, x, _ in points) or 1.0
    least = max(0.0, min(e.low or 0.0 for _, _, e in points) - 0.02)
    at_x = _scale(0, most, 60, WIDTH - RIGHT)
    at_y = _scale(least, 1, _SCATTER_HEIGHT - 44, 16)
    dots = tuple(
        Dot(
            name=c.name,
            x=at_x(x),
            y=at_y(e.value or 0.0),
            low=at_y(e.low or 0.0),
            high=at_y(e.high or 0.0),
            front=not any(
                ox <= x and (o.value or 0.0) >= (e.value or 0.0) and (ox, o.value) != (x, e.value)
                for _, ox, o in points
            ),
            words=f"{share(e.value)} for {written(x)}",
        )
        for c, x, e in points
    )
    return Scatter(
        title=title,
        along=along,
        height=_SCATTER_HEIGHT,
        dots=dots,
        x_ticks=tuple((at_x(tick), f"{tick:g}") for tick in _ticks(0, most)),
        y_ticks=tuple((at_y(tick), f"{100 * tick:.0f}%") for tick in _ticks(least, 1)),
    )


def calibration(pairs: Iterable[tuple[float, bool]]) -> Scatter | None:
    """Return the detector's probabilities against human labels: (probability, unfaithful) in bins of a tenth."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for probability, unfaithful in pairs:
        bins.setdefault(min(9, int(probability * 10)), []).append((probability, unfaithful))
    if not bins:
        return None
    at_x = _scale(0, 1, 60, WIDTH - RIGHT)
    at_y = _scale(0, 1, _SCATTER_HEIGHT - 44, 16)
    dots = []
    for _, members in sorted(bins.items()):
        x = sum(p for p, _ in members) / len(members)
        y = sum(u for _, u in members) / len(members)
        words = f"{share(y)} of {len(members)} labelled unfaithful, {share(x)} expected"
        dots.append(
            Dot(name=f"{len(members)}", x=at_x(x), y=at_y(y), low=at_y(y), high=at_y(y), front=False, words=words)
        )
    ticks = _ticks(0, 1)
    return Scatter(
        title="Calibration: share labelled unfaithful against the detector's probability",
        along="probability",
        height=_SCATTER_HEIGHT,
        dots=tuple(dots),
        x_ticks=tuple((at_x(tick), f"{tick:g}") for tick in ticks),
        y_ticks=tuple((at_y(tick), f"{100 * tick:.0f}%") for tick in ticks),
        diagonal=(at_x(0), at_y(0), at_x(1), at_y(1)),
    )


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    width = high - low or 1.0
    return lambda value: round(start + (value - low) / width * (end - start), 1)


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """Return round numbers from low to high, about five.

    >>> _ticks(0, 1)
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """
    rough = (high - low) / 5
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return tuple(round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1))

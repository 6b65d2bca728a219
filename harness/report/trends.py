"""The history of runs as a page and as a table: trends with intervals, and who regressed when."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from harness.report.charts import Dot, Scatter
from harness.report.figures import Table, p_value, percent, share, signed
from harness.report.html import environment, policy

if TYPE_CHECKING:
    from harness.summary import Estimate, History, Point, Trend

__all__ = ["headline", "regressions", "render", "table"]

_HEIGHT: Final = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 680, 14, 156
_TICKS: Final = 6


def render(history: History) -> str:
    """Return the page; the same history gives the same bytes."""
    by_candidate = [
        (name, [(trend, _chart(trend)) for trend in trends])
        for name, trends in groupby(history.trends, key=lambda trend: trend.candidate)
    ]
    return (
        environment()
        .get_template("history.html.jinja")
        .render(
            **{name: value for name, value in policy("report").items() if name.startswith("style")},
            history=history,
            runs=len({point.path for trend in history.trends for point in trend.points}),
            headline=headline(history),
            candidates=by_candidate,
            regressions=regressions(history),
        )
    )


def headline(history: History) -> str:
    """Say in words who has regressed, and since when."""
    found: dict[str, str] = {}
    for trend in history.trends:
        if trend.points[-1].regressed:
            since = next(point.started for point in trend.points if point.regressed)
            found[trend.candidate] = min(since, found.get(trend.candidate, since))
    if not found:
        return "no candidate is shown to be worse than in its first run"
    return "; ".join(
        f"{name} is worse than in its first run, shown since {since}" for name, since in sorted(found.items())
    )


def regressions(history: History) -> Table:
    """Return every run in which a metric was shown to be worse than in the first."""
    return Table(
        title="Worse than the first run over the same cases",
        columns=("candidate", "metric", "run", "started", "difference", "p", "level"),
        rows=tuple(
            (
                trend.candidate,
                trend.metric,
                point.path,
                point.started,
                "–" if point.against_first is None else signed(point.against_first),
                p_value(point.p_value),
                f"{point.level:.2g}",
            )
            for trend in history.trends
            for point in trend.points
            if point.regressed
        ),
    )


def table(history: History) -> Table:
    """Return each metric's first, previous and last figure."""
    return Table(
        title="First, previous and last run (95% interval); ↓ lower is better",
        columns=("candidate", "metric", "runs", "first", "previous", "last", "change", "verdict"),
        rows=tuple(
            (
                trend.candidate,
                trend.metric + (" ↓" if trend.direction == "lower" else ""),
                str(len(trend.points)),
                percent(trend.points[0].estimate),
                percent(trend.points[-2].estimate) if len(trend.points) > 1 else "–",
                percent(trend.points[-1].estimate),
                _change(trend.points[-1]),
                "regressed" if trend.points[-1].regressed else "–",
            )
            for trend in history.trends
            if trend.points[-1].estimate.value is not None
        ),
    )


def _change(point: Point) -> str:
    return "–" if point.against_first is None else signed(point.against_first)


def _chart(trend: Trend) -> Scatter:
    """Lay the runs side by side, in order; a mark in red is a regression."""
    count = len(trend.points)
    step = (_RIGHT - _LEFT) / max(1, count - 1)
    scored = [(n, point) for n, point in enumerate(trend.points) if point.estimate.value is not None]
    dots = tuple(
        Dot(
            name=point.started or point.path,
            x=round(_LEFT + n * step, 1),
            y=_y(point.estimate.value),
            low=_y(point.estimate.low),
            high=_y(point.estimate.high),
            front=point.regressed,
            words=_words(point.estimate),
        )
        for n, point in scored
    )
    every = max(1, -(-count // _TICKS))
    return Scatter(
        title=trend.metric,
        along="run",
        height=_HEIGHT,
        dots=dots,
        x_ticks=tuple((round(_LEFT + n * step, 1), trend.points[n].started[:10]) for n in range(0, count, every)),
        y_ticks=tuple((_y(tick), f"{100 * tick:.0f}%") for tick in (0.0, 0.25, 0.5, 0.75, 1.0)),
    )


def _y(value: float | None) -> float:
    return round(_BOTTOM - (value or 0.0) * (_BOTTOM - _TOP), 1)


def _words(estimate: Estimate) -> str:
    return f"{share(estimate.value)} ({share(estimate.low)} to {share(estimate.high)})"

"""What was spent, or would be: requests, tokens, dollars and how long replies took, as tables for every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.figures import NOTHING, Table, money, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.records import Call
    from harness.summary import Summary

__all__ = ["forecast_table", "spending_table"]


def forecast_table(forecast: Mapping[str, Call], *, as_of: str | None = None) -> Table:
    """Return what a run would send and cost, a row a candidate or judge."""
    rows = [
        (name, str(call.attempts), f"~{call.prompt_tokens}", f"~{call.completion_tokens}", money(call.cost))
        for name, call in forecast.items()
    ]
    dated = f", prices of {as_of}" if as_of else ""
    title = "Nothing was asked. The run would send (tokens are estimates, retries not counted" + dated + "):"
    return Table(
        title=title if rows else "Nothing was asked, and nothing would be: no candidate or judge asks an endpoint.",
        columns=("asks", "requests", "prompt tokens", "completion tokens", "cost"),
        rows=tuple(rows),
    )


def spending_table(summary: Summary) -> Table:
    """Return what each candidate and its judges cost and how fast it replied; no rows if nobody asked an endpoint."""
    rows = []
    for candidate in summary.candidates:
        spent = candidate.spending
        if spent is None or not spent.calls:
            continue
        cost = money(spent.cost)
        if spent.unpriced and spent.unpriced < spent.calls:
            cost = f"≥ {cost} ({spent.unpriced} of unknown cost)"
        elif spent.unpriced:
            cost = money(None)
        mark = "~" if spent.estimated else ""
        latency, first = candidate.latency, candidate.first_token
        rows.append(
            (
                candidate.name,
                str(spent.calls),
                str(spent.retries) if spent.retries else NOTHING,
                str(spent.cached) if spent.cached else NOTHING,
                f"{mark}{spent.prompt_tokens}",
                f"{mark}{spent.completion_tokens}",
                cost,
                *(seconds(value) for value in (latency.p50, latency.p95, latency.max, first.p50, first.p95)),
            )
        )
    return Table(
        title="Requests, cost and latency (~: the endpoint did not count, so tokens are estimates)",
        columns=(
            "candidate",
            "calls",
            "retries",
            "cached",
            "prompt tokens",
            "completion tokens",
            "cost",
            "p50",
            "p95",
            "slowest",
            "first token p50",
            "p95",
        ),
        rows=tuple(rows),
    )

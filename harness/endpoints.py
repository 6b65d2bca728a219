"""What the settings say about endpoints: what their callers share, what a run would cost, what they support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import registry
from harness.chat import Budget, Cache, EndpointLimits, Endpoints
from harness.errors import UsageError
from harness.report import spending
from harness.report.figures import Table
from harness.runner.forecast import forecast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.runner import Plan
    from harness.settings import Settings

__all__ = ["checked_vendors", "endpoints_for", "forecast_table"]


def endpoints_for(chosen: Settings, folder: Path | None) -> Endpoints:
    """Return what everything that asks an endpoint shares: the cache lies in the run's folder unless one is named."""
    where = None if chosen.no_cache else chosen.cache or folder
    if chosen.offline and where is None:
        msg = "--offline replays a cache, and there is none. Name it with --cache, or the run's folder with -o."
        raise UsageError(msg)
    cache = Cache(where, max_days=chosen.cache_days, max_megabytes=chosen.cache_megabytes) if where else None
    return Endpoints(
        cache=cache,
        offline=chosen.offline,
        prices=chosen.prices,
        budget=Budget(max_cost=chosen.max_cost, max_calls=chosen.max_calls, max_time=chosen.max_time),
        default=EndpointLimits(concurrency=chosen.concurrency, adaptive=chosen.adaptive),
        limits=chosen.limits,
    )


def forecast_table(asked: Plan) -> Table:
    """Return what a run would send and cost, for each candidate and judge; nothing is asked."""
    found = forecast(asked)
    return spending.forecast_table(found, as_of=asked.endpoints.prices.as_of)


async def checked_vendors(chosen: Settings, names: Sequence[str] = ()) -> tuple[Table, bool]:
    """Ask the endpoint of each configured candidate for one token a feature; True if every one answers.

    Raises:
        UsageError: no such candidate, or none that asks an endpoint.
    """
    specs = chosen.candidates
    for name in names:
        if name not in specs:
            msg = f"no candidate {name!r} is configured. Known: {', '.join(sorted(specs)) or 'none'}."
            raise UsageError(msg)
    built = {name: registry.build("answerers", specs[name], endpoints=Endpoints()) for name in names or specs}
    asking = {name: answerer for name, answerer in built.items() if hasattr(answerer, "probe")}
    if not asking:
        msg = "no candidate that asks an endpoint is configured. Name a vendors file with --vendors."
        raise UsageError(msg)

    try:
        found: dict[str, Mapping[str, str]] = {name: await answerer.probe() for name, answerer in asking.items()}
    finally:
        for answerer in asking.values():
            await answerer.aclose()
    columns = next(iter(found.values()))
    table = Table(
        title="What the endpoints support (yes: the request was not refused)",
        columns=("candidate", *columns),
        rows=tuple((name, *said.values()) for name, said in found.items()),
    )
    return table, all(said["answers"] == "yes" for said in found.values())

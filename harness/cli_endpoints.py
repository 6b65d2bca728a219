"""The command line's part about endpoints: what a run may spend, `harness cache` and `harness vendors`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import click

__all__ = ["cache", "spending", "vendors"]

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
_OPTIONS: Final[tuple[Decorator, ...]] = (
    click.option("--vendors", metavar="FILE", help="Named candidates with endpoint, parameters, limits and price."),
    click.option("--prices", metavar="FILE", help="What tokens cost, by model."),
    click.option("--max-cost", type=float, metavar="DOLLARS", help="Stop, resumable, when so much is spent."),
    click.option("--max-calls", type=int, metavar="N", help="Stop, resumable, after so many requests."),
    click.option("--max-time", type=float, metavar="SECONDS", help="Stop, resumable, after so long."),
    click.option("--cache", metavar="DIR", help="Share replies between runs (default: the run's own folder)."),
    click.option("--no-cache", is_flag=True, help="Keep no replies."),
    click.option("--offline", is_flag=True, help="Answer from the cache alone: a replay without network."),
    click.option("--workers", type=int, metavar="N", help="Processes that score (default: as many as pay; 0: none)."),
)


def spending(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about what may be spent, and where."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group()
def cache() -> None:
    """Look into a cache of replies, or empty it."""


@cache.command()
@click.argument("folder", required=False)
def stats(folder: str | None) -> None:
    """Say how many replies the cache in FOLDER (default: the configured one) holds, how old and how large."""
    from datetime import UTC, datetime

    found = _cache(folder)
    held = found.stats()
    found.close()
    click.echo(f"{found.path}: {held.entries} replies, {held.bytes / 1e6:.1f} MB")
    if held.oldest is not None and held.newest is not None:
        first, last = (
            datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") for at in (held.oldest, held.newest)
        )
        click.echo(f"from {first} to {last}")


@cache.command()
@click.argument("folder", required=False)
@click.option("--older-than", type=float, default=0.0, metavar="DAYS", help="Only replies older than that.")
def clear(folder: str | None, *, older_than: float) -> None:
    """Forget the replies of the cache in FOLDER (default: the configured one)."""
    found = _cache(folder)
    gone = found.clear(older_than_days=older_than)
    found.close()
    click.echo(f"{found.path}: {gone} replies forgotten")


def _cache(folder: str | None) -> Any:  # noqa: ANN401 - a Cache, imported lazily
    from harness import settings
    from harness.chat import Cache
    from harness.errors import UsageError

    where = folder or settings.load().cache
    if where is None:
        msg = "which cache? Name its folder: a run's folder, or what --cache or HARNESS_CACHE names."
        raise UsageError(msg)
    return Cache(where)


@click.group()
def vendors() -> None:
    """Look at the configured candidates and what their endpoints support."""


@vendors.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--vendors", "file", metavar="FILE", help="A vendors file (default: the configured candidates).")
def check(names: tuple[str, ...], *, file: str | None) -> None:
    """Ask each endpoint for one token, and print what it supports; exit 2 if one does not answer."""
    from rich.console import Console

    from harness import endpoints, job, settings
    from harness.report import terminal

    table, whole = job.in_thread(endpoints.checked_vendors(settings.load({"vendors": file}), names))
    terminal.show_table(table, Console(highlight=False, width=None if sys.stdout.isatty() else 120))
    sys.exit(0 if whole else 2)

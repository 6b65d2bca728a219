"""Live progress on a terminal: rate, failures, cost and time left; silent anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from harness.report.figures import money

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Progress"]


class Progress:
    """A line a candidate while it is asked. Use it as a context manager."""

    def __init__(self, planned: Mapping[str, int]) -> None:
        """Take how many answers each candidate is to give."""
        console = Console(stderr=True)
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TextColumn("{task.fields[failed]} failed"),
            TextColumn("{task.fields[cost]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._failed = dict.fromkeys(planned, 0)
        self._cost: dict[str, float | None] = dict.fromkeys(planned, 0.0)
        self._tasks: dict[str, TaskID] = {
            name: self._bar.add_task(name, total=total, failed=0, cost="") for name, total in planned.items()
        }

    @property
    def shown(self) -> bool:
        """Whether anybody sees it."""
        return not self._bar.disable

    def __enter__(self) -> Self:
        """Begin to show."""
        self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        """Take the lines away."""
        self._bar.stop()

    def advance(self, candidate: str, *, failed: bool, cost: float | None) -> None:
        """Count one record; a cost of None is unknown, and so then is the sum."""
        self._failed[candidate] += failed
        before = self._cost[candidate]
        self._cost[candidate] = None if before is None or cost is None else before + cost
        self._bar.update(
            self._tasks[candidate], advance=1, failed=self._failed[candidate], cost=money(self._cost[candidate])
        )


class _Rate(ProgressColumn):
    """Answers a second, reckoned only when it is drawn."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")

"""Collect the mistakes of case files, each a printable `file:line:column: what. remedy` sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DocPath", "Mark", "Problems", "shown_path"]

DocPath: TypeAlias = tuple[str | int, ...]


class Mark(NamedTuple):
    """Where a value stands (from 1) and how it was written."""

    line: int
    column: int
    raw: str | None = None


@dataclass(slots=True)
class Problems:
    """The mistakes found so far, in no order; `sorted` puts them in reading order."""

    found: list[tuple[str, int, int, str]] = field(default_factory=list)

    def add(self, path: Path, mark: Mark, message: str) -> None:
        """Note one mistake."""
        self.found.append((shown_path(path), mark.line, mark.column, message))

    def sorted(self) -> Sequence[str]:
        """Return the mistakes in reading order, once each."""
        return [f"{path}:{line}:{column}: {message}" for path, line, column, message in sorted(set(self.found))]


def shown_path(path: Path) -> str:
    """Return a path relative to the working folder where it lies below it."""
    return _shown(path, Path.cwd())


@lru_cache(maxsize=256)
def _shown(path: Path, folder: Path) -> str:
    """Remember what was resolved: every case of a file asks for the same."""
    try:
        return str((folder / path).resolve().relative_to(folder))
    except ValueError:
        return str(path)

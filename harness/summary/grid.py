"""The tables of several runs on common rows, so that candidates are paired case by case and trial by trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.summary.table import Column, Key, Rows, Table

__all__ = ["Grid", "grid_of"]

Matrix: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """All rows that any of the runs has, sorted by cluster; `places` maps each table's rows to them."""

    keys: tuple[Key, ...]
    clusters: NDArray[np.intp]
    places: tuple[Rows, ...]

    def values(self, columns: Sequence[Column]) -> Matrix:
        """Return a matrix of rows by runs; NaN where a run has no value."""
        found = np.full((len(self.keys), len(columns)), np.nan)
        for at, column in enumerate(columns):
            found[self.places[at][column.rows], at] = column.values
        return found

    def marked(self, rows: Sequence[Rows]) -> NDArray[np.bool_]:
        """Return a matrix of rows by runs: true where the run's row is among those given for it."""
        found = np.zeros((len(self.keys), len(rows)), dtype=bool)
        for at, own in enumerate(rows):
            found[self.places[at][own], at] = True
        return found

    def cases(self, rows: NDArray[np.bool_]) -> int:
        """Count the cases in the marked rows."""
        return len({self.keys[row][0] for row in np.flatnonzero(rows)})


def grid_of(tables: Sequence[Table]) -> Grid:
    """Align the tables; where runs place a case in unlike clusters, the first run's counts."""
    owners: dict[Key, tuple[bool, str]] = {}
    for table in tables:
        for row, key in enumerate(table.keys):
            owners.setdefault(key, table.owner(row))
    keys = tuple(sorted(owners, key=lambda key: (owners[key], key)))
    where = {key: row for row, key in enumerate(keys)}
    codes = {owner: code for code, owner in enumerate(dict.fromkeys(owners[key] for key in keys))}
    return Grid(
        keys=keys,
        clusters=np.array([codes[owners[key]] for key in keys], dtype=np.intp),
        places=tuple(np.array([where[key] for key in table.keys], dtype=np.intp) for table in tables),
    )

"""Which places candidates may hold, and which of them cannot be told apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.stats.distributions import LEVEL, normal_quantile, student_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.stats.clusters import Floats

__all__ = ["groups", "places"]


def places(resampled: Floats, means: Floats, clusters: int) -> tuple[tuple[int, int], ...]:
    """Return for each candidate the best and the worst place that it may hold, 95%; higher means are better.

    `resampled` holds a row a resample of the paired bootstrap and a column a candidate. A candidate's place is at best
    behind those that are better beyond the largest of its differences to any rival that resampling makes by chance,
    and likewise at worst (Mogstad, Romano, Shaikh and Wilhelm 2024, "Inference for ranks"). The reach is stretched by
    Student's t for few clusters.
    """
    stretch = math.sqrt(clusters / max(1, clusters - 1))
    stretch *= student_quantile((1 + LEVEL) / 2, max(1, clusters - 1)) / normal_quantile()
    found = []
    for own in range(len(means)):
        rivals = np.delete(np.arange(len(means)), own)
        if not len(rivals):
            return ((1, 1),)
        seen = means[rivals] - means[own]
        chance = resampled[:, rivals] - resampled[:, [own]] - seen
        error = np.maximum(chance.std(axis=0), 1e-12)
        reach = stretch * float(np.quantile(np.abs(chance / error).max(axis=1), LEVEL)) * error
        found.append((1 + int((seen > reach + 1e-9).sum()), len(means) - int((seen < -reach - 1e-9).sum())))
    return tuple(found)


def groups(different: NDArray[Any]) -> tuple[str, ...]:
    """Return letters: candidates, in order of rank, that share one cannot be told apart.

    `different[i, j]` says that i and j were told apart. A letter stands for a largest stretch of neighbours in rank of
    which no two were.

    >>> groups(np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], dtype=bool))
    ('a', 'ab', 'b')
    """
    count = len(different)
    stretches: list[range] = []
    for start in range(count):
        end = start + 1
        while end < count and not different[start : end + 1, start : end + 1].any():
            end += 1
        if not stretches or end > stretches[-1].stop:
            stretches.append(range(start, end))
    return tuple("".join(_letter(n) for n, s in enumerate(stretches) if own in s) for own in range(count))


def _letter(number: int) -> str:
    return chr(ord("a") + number % 26) + (str(number // 26) if number >= 26 else "")  # noqa: PLR2004 - the alphabet

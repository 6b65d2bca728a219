"""Boosted trees as plain arrays: read from JSON, evaluated with numpy; no pickle, no training library at run time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Trees"]


@dataclass(frozen=True, slots=True)
class Trees:
    """An additive ensemble of binary trees, all stored one after another.

    A node with `feature` -1 is a leaf and adds `value`; another sends a row left if its feature is at most
    `threshold`. `roots` are the nodes at which the trees start, `depth` the longest way to a leaf. The sum over trees,
    plus `bias`, is a logit.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]
    bias: float
    depth: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trees:
        """Build the ensemble from the lists that `to_json` writes."""
        return cls(
            feature=np.array(data["feature"], np.int32),
            threshold=np.array(data["threshold"], np.float64),
            left=np.array(data["left"], np.int32),
            right=np.array(data["right"], np.int32),
            value=np.array(data["value"], np.float64),
            roots=np.array(data["roots"], np.int32),
            bias=float(data["bias"]),
            depth=int(data["depth"]),
        )

    def logits(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return one logit a row of features.

        >>> stump = Trees.from_json({"feature": [0, -1, -1], "threshold": [0.5, 0, 0], "left": [1, 0, 0],
        ...     "right": [2, 0, 0], "value": [0, -1, 2], "roots": [0], "bias": 0.25, "depth": 1})
        >>> stump.logits(np.array([[0.0], [1.0]], np.float32)).tolist()
        [-0.75, 2.25]
        """
        count = len(rows)
        if not count:
            return np.zeros(0)
        nodes = np.tile(self.roots, (count, 1))
        across = np.arange(count)[:, None]
        for _ in range(self.depth):
            feature = self.feature[nodes]
            goes_left = rows[across, np.maximum(feature, 0)] <= self.threshold[nodes]
            below = np.where(goes_left, self.left[nodes], self.right[nodes])
            nodes = np.where(feature < 0, nodes, below)
        summed: NDArray[np.float64] = self.value[nodes].sum(axis=1) + self.bias
        return summed

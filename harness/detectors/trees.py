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
    """An additive ensemble of binary trees in one table of nodes: the roots first, then siblings side by side.

    A node sends a row to `left` if its `feature` is at most `threshold`, else to the node after `left`; a leaf sends it
    to itself. The `value` of the leaves in which a row ends, over all trees, plus `bias`, is a logit. `count` is the
    number of trees, `depth` the longest way to a leaf.
    """

    feature: NDArray[np.intp]
    threshold: NDArray[np.float32]
    left: NDArray[np.intp]
    value: NDArray[np.float64]
    bias: float
    count: int
    depth: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trees:
        """Build the ensemble from lists: `feature` -1 is a leaf, `left` and `right` are a node's children."""
        given = np.array(data["feature"], np.intp)
        inner = np.flatnonzero(given >= 0)
        sides = [np.array(data[side], np.intp)[inner] for side in ("left", "right")]
        order = np.concatenate([np.array(data["roots"], np.intp), np.stack(sides, axis=1).ravel()])
        count = len(data["roots"])
        left = np.arange(len(order))
        place = np.empty(len(given), np.intp)
        place[order] = left
        left[place[inner]] = count + 2 * np.arange(len(inner))
        leaf = given[order] < 0
        return cls(
            feature=np.maximum(given[order], 0),
            threshold=np.where(leaf, np.float32(np.inf), np.array(data["threshold"], np.float32)[order]),
            left=left,
            value=np.array(data["value"], np.float64)[order],
            bias=float(data["bias"]),
            count=count,
            depth=int(data["depth"]),
        )

    def logits(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return one logit a row of features.

        >>> stump = Trees.from_json({"feature": [0, -1, -1], "threshold": [0.5, 0, 0], "left": [1, 0, 0],
        ...     "right": [2, 0, 0], "value": [0, -1, 2], "roots": [0], "bias": 0.25, "depth": 1})
        >>> stump.logits(np.array([[0.0], [1.0]], np.float32)).tolist()
        [-0.75, 2.25]
        """
        flat, starts = rows.ravel(), (np.arange(len(rows)) * rows.shape[1])[:, None]
        nodes = self.left[: self.count] + (rows[:, self.feature[: self.count]] > self.threshold[: self.count])
        for _ in range(self.depth - 1):
            values = flat.take(self.feature.take(nodes) + starts)
            nodes = self.left.take(nodes) + (values > self.threshold.take(nodes))
        summed: NDArray[np.float64] = self.value.take(nodes).sum(axis=1) + self.bias
        return summed

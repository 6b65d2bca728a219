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

    A node sends a row to `children[2 * node]` if its `feature` is at most `threshold`, else to the next one; a leaf
    sends it to itself. The `value` of the leaves in which a row ends, over all trees, plus `bias`, is a logit. `roots`
    are the nodes at which the trees start, `depth` the longest way to a leaf.
    """

    feature: NDArray[np.intp]
    threshold: NDArray[np.float32]
    children: NDArray[np.intp]
    value: NDArray[np.float64]
    roots: NDArray[np.intp]
    bias: float
    depth: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trees:
        """Build the ensemble from lists: `feature` -1 is a leaf, `left` and `right` are a node's children."""
        feature = np.array(data["feature"], np.intp)
        itself = np.arange(len(feature))
        leaf = feature < 0
        left, right = (np.where(leaf, itself, np.array(data[side], np.intp)) for side in ("left", "right"))
        return cls(
            feature=np.maximum(feature, 0),
            threshold=np.array(data["threshold"], np.float32),
            children=np.stack([left, right], axis=1).ravel(),
            value=np.array(data["value"], np.float64),
            roots=np.array(data["roots"], np.intp),
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
        count, width = rows.shape
        flat = rows.ravel()
        nodes = np.tile(self.roots, (count, 1))
        starts = (np.arange(count) * width)[:, None]
        for _ in range(self.depth):
            values = flat.take(self.feature.take(nodes) + starts)
            nodes = self.children.take(2 * nodes + (values > self.threshold.take(nodes)))
        summed: NDArray[np.float64] = self.value.take(nodes).sum(axis=1) + self.bias
        return summed

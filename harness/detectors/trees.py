"""Boosted trees as plain arrays: read from JSON, evaluated with numpy; no pickle, no training library at run time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["SPLITS", "Trees"]


SPLITS: Final = 8
"""The most that a tree may have: how a row falls at all of them is one byte."""


@dataclass(frozen=True, slots=True)
class Trees:
    """An additive ensemble of small binary trees, evaluated without walking them.

    A row is held against the `threshold` of each split's `feature` at once; the bits of a tree make a code, and `value`
    has the leaf that each code leads to. `splits` of (trees x SPLITS), `value` of (trees x 2 ** SPLITS); the sum of a
    row's leaves over all trees, plus `bias`, is a logit. (QuickScorer, Lucchese et al. 2015, has one bit a leaf.)
    """

    feature: NDArray[np.intp]
    threshold: NDArray[np.float32]
    value: NDArray[np.float64]
    starts: NDArray[np.intp]
    """Where each tree's leaves begin in `value`."""
    bias: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trees:
        """Build the ensemble from lists of nodes, tree after tree, each with its root first.

        A row goes `left` where its `feature` is at most the `threshold`, else `right`; a leaf has feature -1.

        Raises:
            ValueError: a tree has more than `SPLITS` splits.
        """
        feature, roots = np.array(data["feature"], np.intp), np.array(data["roots"], np.intp)
        splits = np.flatnonzero(feature >= 0)
        tree = roots.searchsorted(splits, side="right") - 1
        place = np.arange(len(splits)) - tree.searchsorted(tree)
        if len(place) and place.max() >= SPLITS:
            msg = f"a tree has {place.max() + 1} splits, more than {SPLITS}"
            raise ValueError(msg)
        slots = tree * SPLITS + place
        features, thresholds = np.zeros(len(roots) * SPLITS, np.intp), np.full(len(roots) * SPLITS, np.inf, np.float32)
        features[slots], thresholds[slots] = feature[splits], np.array(data["threshold"], np.float32)[splits]
        bit = np.zeros(len(feature), np.intp)
        bit[splits] = SPLITS - 1 - place
        child = np.arange(len(feature)).repeat(2).reshape(-1, 2)  # of a leaf: itself
        child[splits] = np.stack([np.array(data[side], np.intp)[splits] for side in ("left", "right")], axis=1)
        codes = np.arange(2**SPLITS)
        nodes = roots[:, None].repeat(len(codes), axis=1)
        for _ in range(int(data["depth"])):
            nodes = child.ravel().take(2 * nodes + (codes >> bit.take(nodes) & 1))
        value = np.array(data["value"], np.float64).take(nodes).ravel()
        return cls(features, thresholds, value, np.arange(len(roots)) * len(codes), float(data["bias"]))

    def logits(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return one logit a row of features.

        >>> stump = Trees.from_json({"feature": [0, -1, -1], "threshold": [0.5, 0, 0], "left": [1, 0, 0],
        ...     "right": [2, 0, 0], "value": [0, -1, 2], "roots": [0], "bias": 0.25, "depth": 1})
        >>> stump.logits(np.array([[0.0], [1.0]], np.float32)).tolist()
        [-0.75, 2.25]
        """
        codes = np.packbits(rows.take(self.feature, axis=1) > self.threshold).reshape(len(rows), -1)
        summed: NDArray[np.float64] = np.add.reduce(self.value.take(codes + self.starts), axis=1) + self.bias
        return summed

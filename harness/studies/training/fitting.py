"""Fit the detector's models with scikit-learn and write them as the plain arrays that it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from harness.classification import f1
from harness.detectors.features import ANSWER_FEATURES, HELD_FEATURES
from harness.detectors.model import FEW
from harness.detectors.trees import SPLITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.studies.training.rows import Rows

    Chances = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = [
    "ANSWER",
    "CLAIM",
    "SENTENCE",
    "WORD",
    "Thresholds",
    "any_of",
    "best_thresholds",
    "curve",
    "few",
    "flagged",
    "trees",
]

SENTENCE: Final = {
    "max_iter": 250, "learning_rate": 0.03, "max_leaf_nodes": SPLITS + 1, "min_samples_leaf": 60,
    "l2_regularization": 5.0, "max_features": 0.4, "random_state": 1,
}  # fmt: skip
WORD: Final = {
    "max_iter": 250, "learning_rate": 0.07, "max_leaf_nodes": SPLITS + 1, "min_samples_leaf": 80,
    "l2_regularization": 1.0, "random_state": 0,
}  # fmt: skip
ANSWER: Final = {
    "max_iter": 150, "learning_rate": 0.05, "max_leaf_nodes": 6, "min_samples_leaf": 40, "l2_regularization": 10.0,
    "max_features": 0.2, "random_state": 0,
}  # fmt: skip
_RAISES: Final = frozenset(
    "novelty novel_quantities novel_names rare_novelty rare_mass rare_novel_words novel_words longest_novel_run "
    "novel_share new_words certain_conflicts".split()
)


def _direction(name: str) -> int:
    """Return 1 where more of a feature may only raise the probability, -1 where it may only lower it, else 0.

    The sets differ in what else goes with a label; that more which is new is no better holds in one nobody has seen.

    >>> _direction("mean_novelty"), _direction("mean_cover1"), _direction("mean_words")
    (1, -1, 0)
    """
    what = name.removeprefix("mean_")
    return (what in _RAISES or name in {"highest", "expected"}) - (what in HELD_FEATURES)


CLAIM: Final = {
    "max_iter": 300, "learning_rate": 0.04, "max_leaf_nodes": SPLITS + 1, "min_samples_leaf": 30,
    "l2_regularization": 10.0, "max_features": 0.3, "random_state": 0,
    "monotonic_cst": [_direction(name) for name in ANSWER_FEATURES],
}  # fmt: skip


def trees(rows: NDArray[Any], labels: Flags, settings: dict[str, Any], weights: Chances | None = None) -> Any:  # noqa: ANN401 - scikit-learn has no types
    """Fit boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - only training needs it

    return HistGradientBoostingClassifier(**settings).fit(rows, labels, sample_weight=weights)


def exported(model: Any) -> dict[str, Any]:  # noqa: ANN401 - scikit-learn has no types
    """Write scikit-learn's trees as the plain lists that `detectors.trees.Trees` reads."""
    out: dict[str, Any] = {k: [] for k in ("feature", "threshold", "left", "right", "value", "roots")}
    deepest = 0
    for (predictor,) in model._predictors:  # noqa: SLF001 - there is no public way to the nodes
        base = len(out["feature"])
        out["roots"].append(base)
        for node in predictor.nodes:
            leaf = bool(node["is_leaf"])
            out["feature"].append(-1 if leaf else int(node["feature_idx"]))
            out["threshold"].append(0.0 if leaf else float(f"{np.float32(node['num_threshold']):.9g}"))
            out["left"].append(0 if leaf else base + int(node["left"]))
            out["right"].append(0 if leaf else base + int(node["right"]))
            out["value"].append(round(float(node["value"]), 5) if leaf else 0.0)
            deepest = max(deepest, int(node["depth"]))
    out["bias"] = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001 - nothing public gives it
    out["depth"] = deepest
    return out


class Curve(NamedTuple):
    """The mean of boosted trees and of a logistic curve over `ANSWER_FEATURES`."""

    boosted: Any
    weights: Chances
    bias: float

    def chances(self, table: NDArray[Any]) -> Chances:
        """Return the probability that each answer is hallucinated."""
        logistic = 1 / (1 + np.exp(-np.clip(table @ self.weights + self.bias, -500, 500)))
        boosted = np.asarray(self.boosted.predict_proba(table.astype(np.float32))[:, 1])
        mean: Chances = (logistic + boosted) / 2
        return mean

    def exported(self) -> dict[str, Any]:
        """Write it as plain lists."""
        weights = [round(float(weight), 6) for weight in self.weights]
        return {"weights": weights, "bias": round(self.bias, 6), "trees": exported(self.boosted)}


def curve(table: NDArray[Any], labels: Flags, settings: dict[str, Any], weights: Chances) -> Curve:
    """Fit both parts; the logistic's weights are for the features as they are."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only training needs it

    centre, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    model = LogisticRegression(C=0.05, max_iter=5000).fit((table - centre) / spread, labels, sample_weight=weights)
    slopes = model.coef_[0] / spread
    slopes[table.std(axis=0) < 1e-9] = 0.0  # noqa: PLR2004 - a feature that never varies says nothing
    bias = float(model.intercept_[0] - slopes @ centre)
    return Curve(trees(table.astype(np.float32), labels, settings, weights), slopes, bias)


def few(table: NDArray[Any]) -> Flags:
    """Return which answers are judged as claims."""
    counts = np.expm1(table[:, ANSWER_FEATURES.index("sentences")])
    return np.asarray(counts < FEW + 0.5)


class Thresholds(NamedTuple):
    """When a sentence is unsupported, and which of its words are marked (see `detectors.model.Model`)."""

    sure: float
    possible: float
    suspect: float


def flagged(rows: Rows, sentences: Chances, answers: Chances, limits: Thresholds) -> Flags:
    """Return which sentences are unsupported."""
    suspect = answers[rows.answer] >= limits.suspect
    return np.asarray((sentences >= limits.sure) | (suspect & (sentences >= limits.possible)))


def any_of(rows: Rows, found: Flags) -> Flags:
    """Return which answers have a sentence that was found."""
    return np.asarray(np.bincount(rows.answer, found, len(rows.answer_labels)) > 0)


def best_thresholds(rows: Rows, sentences: Chances, answers: Chances, chosen: Flags) -> Thresholds:
    """Return the thresholds with the best F1: the mean of that over all chosen answers and that of each set's own."""
    grid = [
        Thresholds(sure, possible, round(float(suspect), 2))
        for sure in (0.5, 0.6, 0.7)
        for possible in (0.03, 0.05, 0.08)
        for suspect in np.arange(0.2, 0.5, 0.02)
    ]
    sets = [chosen & (rows.sources == name) for name in sorted(set(rows.sources[chosen].tolist()))]

    def mean_f1(limits: Thresholds) -> float:
        found = any_of(rows, flagged(rows, sentences, answers, limits))
        own = float(np.mean([f1(found[one], rows.answer_labels[one]) for one in sets]))
        return (f1(found[chosen], rows.answer_labels[chosen]) + own) / 2

    return max(grid, key=mean_f1)


def best_word_threshold(score: Callable[[float], float]) -> float:
    """Return the threshold with the best character F1."""
    return float(max(np.round(np.arange(0.06, 0.4, 0.02), 2), key=lambda t: score(float(t))))

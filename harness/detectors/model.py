"""The calibrated model: probabilities for sentences, words and answers from alignment features.

The weights are data (`lexical.json`): boosted trees for sentences, words and claims, a curve for answers, and the
thresholds. `harness.studies.training` fits them and writes with them what they were fitted on and how well they did.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harness.detectors.features import ANSWER_FEATURES, SENTENCE_FEATURES, answer_features
from harness.detectors.trees import Trees
from harness.detectors.word_features import WORD_FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["FEW", "Model", "raised", "shipped", "weights_digest"]

FEW: Final = 2
"""An answer of at most so many sentences of its own is judged as a claim, a longer one as an answer."""
_SENTENCES: Final = ANSWER_FEATURES.index("sentences")
_RULED: Final = [
    SENTENCE_FEATURES.index(name)
    for name in ("novelty", "rare_novelty", "content_words", "rare_novel_words", "source_rows", "certain_conflicts")
]
_CONFLICT: Final = 0.9
_INVENTED: Final = 0.65
_INVENTED_SHARE: Final = 0.75
_INVENTED_WORDS: Final = 3
_RARE_WORDS: Final = 2
_ALL_INVENTED: Final = 0.95
_PROSE: Final = 0.3
"""Share of rows among the passages' units below which they are prose: over tables, whole sentences are new wording."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The probability that an answer is hallucinated: the mean of trees and a logistic over `ANSWER_FEATURES`."""

    trees: Trees
    weights: NDArray[np.float64]
    bias: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Curve:
        """Build the curve from the data of a weights file."""
        return cls(Trees.from_json(data["trees"]), np.array(data["weights"], np.float64), float(data["bias"]))

    def probability(self, features: NDArray[np.float64]) -> float:
        """Return the probability for one answer."""
        straight = float(features @ self.weights) + self.bias
        boosted = float(self.trees.logits(features.astype(np.float32)[None, :])[0])
        return sum(1 / (1 + math.exp(-max(-500.0, min(500.0, logit)))) for logit in (straight, boosted)) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Trees over `SENTENCE_FEATURES` and over those of words (`word_features`); two more over `ANSWER_FEATURES`.

    The `claim` trees are for answers of one or two sentences of their own, the `answer` curve for longer ones. A
    sentence is unsupported where its probability is at least `sure`, or at least `possible` in an answer whose own
    probability is at least `suspect`. Inside it the words at or above `word_threshold` are marked.
    """

    sentence: Trees
    word: Trees
    claim: Trees
    answer: Curve
    sure: float
    possible: float
    suspect: float
    word_threshold: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Model:
        """Build the model from the data of a weights file.

        Raises:
            ValueError: it was fitted on other features than this version computes.
        """
        for name, known in (("sentence", SENTENCE_FEATURES), ("word", WORD_FEATURES), ("answer", ANSWER_FEATURES)):
            if data[f"{name}_features"] != list(known):
                msg = f"the weights were fitted on other {name} features; fit them again with harness.studies.training"
                raise ValueError(msg)
        return cls(
            sentence=Trees.from_json(data["sentence"]),
            word=Trees.from_json(data["word"]),
            claim=Trees.from_json(data["claim"]),
            answer=Curve.from_json(data["answer"]),
            **{name: float(value) for name, value in data["thresholds"].items()},
        )

    def sentence_probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability that each sentence is unsupported, the rules included."""
        return raised(rows, _logistic(self.sentence.logits(rows)))

    def word_probabilities(self, rows: NDArray[np.float32]) -> list[float]:
        """Return the probability that each word of a sentence belongs to unsupported content."""
        chances: list[float] = _logistic(self.word.logits(rows)).tolist()
        return chances

    def answer_probability(self, sentences: NDArray[np.float32], probabilities: NDArray[np.float64]) -> float:
        """Return the probability that the answer is hallucinated, from its sentences; 0 for none."""
        if not len(sentences):
            return 0.0
        features = answer_features(sentences, probabilities)
        own = math.expm1(features[_SENTENCES])
        if own >= FEW + 0.5:
            return self.answer.probability(features)
        return float(_logistic(self.claim.logits(features.astype(np.float32)[None, :]))[0])


def raised(rows: NDArray[np.float32], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raise the probability of sentences where a rule is surer than the trees.

    A certain conflict with the evidence, and a sentence of prose of which next to nothing stands in the passages.
    """
    novelty, rare_novelty, content, rare, rows_share, certain = rows.T[_RULED]
    invented = (
        (np.maximum(novelty, rare_novelty) >= _INVENTED_SHARE)
        & (content >= _INVENTED_WORDS)
        & (rare >= _RARE_WORDS)
        & (rows_share < _PROSE)
    ) | ((novelty >= _ALL_INVENTED) & (rare >= _INVENTED_WORDS))
    least = np.where(certain > 0, _CONFLICT, np.where(invented, _INVENTED, 0.0))
    higher: NDArray[np.float64] = np.maximum(probabilities, least)
    return higher


def _logistic(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    curve: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return curve


@cache
def shipped() -> Model:
    """Return the model that comes with the package."""
    return Model.from_json(json.loads(_weights()))


@cache
def weights_digest() -> str:
    """Return twelve digits that change whenever the shipped weights do."""
    return hashlib.sha256(_weights()).hexdigest()[:12]


def _weights() -> bytes:
    return files("harness.detectors").joinpath("lexical.json").read_bytes()

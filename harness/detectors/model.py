"""The calibrated model: probabilities for sentences, words and answers from alignment features.

The weights are data (`lexical.json`): boosted trees for sentences and for words, a logistic curve for answers, and the
thresholds. `harness.studies.training` fits them and writes with them what they were fitted on and how well they did.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.detectors.features import SENTENCE_FEATURES, WORD_FEATURES
from harness.detectors.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Model", "shipped"]


@dataclass(frozen=True, slots=True)
class Model:
    """Trees over `SENTENCE_FEATURES` and over `WORD_FEATURES + SENTENCE_FEATURES`.

    A sentence is unsupported at or above `sentence_threshold`; inside it the words at or above `word_threshold` are
    marked. `answer` holds the intercept and the slopes of the answer's logit on the highest sentence logit and on the
    logarithm of the expected number of unsupported sentences, slopes not negative: a further sentence never makes an
    answer look better.
    """

    sentence: Trees
    word: Trees
    answer: tuple[float, float, float]
    sentence_threshold: float
    word_threshold: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Model:
        """Build the model from the data of a weights file.

        Raises:
            ValueError: it was fitted on other features than this version computes.
        """
        if data["sentence_features"] != list(SENTENCE_FEATURES) or data["word_features"] != list(WORD_FEATURES):
            msg = "the weights were fitted on other features; fit them again with harness.studies.training"
            raise ValueError(msg)
        intercept, highest, expected = data["answer"]
        return cls(
            sentence=Trees.from_json(data["sentence"]),
            word=Trees.from_json(data["word"]),
            answer=(intercept, highest, expected),
            sentence_threshold=data["sentence_threshold"],
            word_threshold=data["word_threshold"],
        )

    def sentence_probabilities(self, rows: Sequence[NDArray[np.float32]]) -> list[float]:
        """Return the probability that each sentence is unsupported."""
        return [float(p) for p in _logistic(self.sentence.logits(np.stack(rows)))] if rows else []

    def word_probabilities(self, rows: NDArray[np.float32]) -> list[float]:
        """Return the probability that each word of a sentence belongs to unsupported content."""
        return [float(p) for p in _logistic(self.word.logits(rows))]

    def answer_probability(self, sentences: Sequence[float]) -> float:
        """Return the probability that the answer is hallucinated, from those of its sentences; 0 for none.

        It never falls when a sentence is added.
        """
        if not sentences:
            return 0.0
        intercept, highest, expected = self.answer
        top = min(max(*sentences, 1e-06), 1 - 1e-6)
        logit = intercept + highest * math.log(top / (1 - top)) + expected * math.log(max(sum(sentences), 1e-6))
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, logit))))


def _logistic(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    curve: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return curve


@cache
def shipped() -> Model:
    """Return the model that comes with the package."""
    text = files("harness.detectors").joinpath("lexical.json").read_text(encoding="utf-8")
    return Model.from_json(json.loads(text))

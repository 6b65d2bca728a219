"""Fit the weights of the lexical detector on human-labelled answers, and say how well they do on answers kept apart.

    python -m harness.studies.training --data FOLDER [--out harness/detectors/lexical.json]

Needs scikit-learn (extra `train`); the detector itself does not. Every figure is from folds that keep all answers to
one source document together, with the thresholds chosen on the other folds.
"""

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from harness.align import align, analyse, query_keys, words
from harness.classification import auroc, calibration_error, f1
from harness.detectors.conflicts import conflicts
from harness.detectors.features import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    WORD_FEATURES,
    Claim,
    answer_features,
    profile,
    sentence_features,
    word_features,
)
from harness.detectors.model import raised
from harness.detectors.worth import check_worthy
from harness.exchange import labelled as labels_file
from harness.records import Passage
from harness.text.refusal import refusal_spans
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

FOLDS: Final = 5
SOURCES: Final = ("ragtruth_all_tasks_dev",)
"""The labelled sets that are fitted on: those with spans by hand over whole answers."""
SENTENCE_TREES: Final = {
    "max_iter": 250, "learning_rate": 0.03, "max_leaf_nodes": 8, "min_samples_leaf": 60, "l2_regularization": 5.0,
    "max_features": 0.4, "random_state": 1,
}  # fmt: skip
WORD_TREES: Final = {
    "max_iter": 150, "learning_rate": 0.07, "max_leaf_nodes": 20, "max_depth": 6, "min_samples_leaf": 80,
    "l2_regularization": 1.0, "random_state": 0,
}  # fmt: skip


class Rows(NamedTuple):
    """Check-worthy sentences and their words, with labels; `answer` numbers them by answer."""

    sentences: NDArray[np.float32]
    sentence_labels: NDArray[np.bool_]
    answer: NDArray[np.int64]
    words: NDArray[np.float32]
    word_labels: NDArray[np.bool_]
    word_sentence: NDArray[np.int64]
    word_widths: NDArray[np.int64]
    """Characters from the word's start to the next word's (its own, for the last of a sentence)."""
    word_gold: NDArray[np.int64]
    """How many of them are labelled."""
    answer_labels: NDArray[np.bool_]
    missed: NDArray[np.int64]
    """Over answers: labelled characters that lie in no word looked at."""
    groups: NDArray[Any]
    tasks: NDArray[Any]


def labelled(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a labelled file that have an answer and a label."""
    return (row for row in labels_file.rows(path) if row.get("label") is not None and row.get("answer"))


def claims(row: dict[str, Any]) -> Iterator[tuple[Any, Claim]]:
    """Yield the check-worthy sentences of a row's answer, aligned with its contexts."""
    source = analyse(tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(row["contexts"], start=1)))
    asked, answer = query_keys(row.get("query") or ""), row["answer"]
    declining = refusal_spans(answer)
    for segment in segments(answer):
        found = words(answer, segment.start, segment.end)
        claim = Claim(answer, segment.start, segment.end, segment.kind, found, align(source, found, asked))
        if check_worthy(claim, declining):
            yield source, claim


def collect(data: Sequence[dict[str, Any]]) -> Rows:
    """Compute the features and labels of all rows."""
    sentence_rows: list[NDArray[np.float32]] = []
    word_rows: list[NDArray[np.float32]] = []
    sentence_labels: list[bool] = []
    word_labels: list[bool] = []
    numbers: list[int] = []
    word_sentence: list[int] = []
    widths: list[int] = []
    gold: list[int] = []
    missed: list[int] = []
    for number, row in enumerate(data):
        bad = np.zeros(len(row["answer"]) + 1, bool)
        for span in row["spans"]:
            bad[span["start"] : span["end"]] = True
        seen = 0
        for source, claim in claims(row):
            own = profile(source, claim)
            sentence = np.array(sentence_features(source, claim, own, tuple(conflicts(source, claim))), np.float32)
            rows = word_features(source, claim, own, sentence)
            starts = [word.start for word in claim.words]
            for word, end in zip(claim.words, [*starts[1:], claim.words[-1].end], strict=True):
                word_labels.append(bool(bad[word.start : word.end].any()))
                widths.append(end - word.start)
                gold.append(int(bad[word.start : end].sum()))
                seen += gold[-1]
            word_sentence.extend([len(sentence_rows)] * len(claim.words))
            word_rows.append(rows)
            sentence_rows.append(sentence)
            sentence_labels.append(bool(bad[claim.start : claim.end].any()))
            numbers.append(number)
        missed.append(int(bad.sum()) - seen)
    return Rows(
        sentences=np.array(sentence_rows, np.float32),
        sentence_labels=np.array(sentence_labels),
        answer=np.array(numbers),
        words=np.concatenate(word_rows),
        word_labels=np.array(word_labels),
        word_sentence=np.array(word_sentence),
        word_widths=np.array(widths),
        word_gold=np.array(gold),
        answer_labels=np.array([row["label"] == 0 for row in data]),
        missed=np.array(missed),
        groups=np.array([str(row.get("group") or hash(tuple(row["contexts"]))) for row in data]),
        tasks=np.array([row["task"] for row in data]),
    )


def fit(rows: NDArray[np.float32], labels: NDArray[np.bool_], settings: dict[str, Any]) -> Any:  # noqa: ANN401
    """Fit boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - only training needs it

    return HistGradientBoostingClassifier(**settings).fit(rows, labels)


def exported(model: Any) -> dict[str, Any]:  # noqa: ANN401
    """Write scikit-learn's trees as the plain lists that `detectors.trees.Trees` reads."""
    out: dict[str, Any] = {k: [] for k in ("feature", "threshold", "left", "right", "value", "roots")}
    deepest = 0
    for (predictor,) in model._predictors:  # noqa: SLF001 - there is no public way to the nodes
        base = len(out["feature"])
        out["roots"].append(base)
        for node in predictor.nodes:
            leaf = bool(node["is_leaf"])
            out["feature"].append(-1 if leaf else int(node["feature_idx"]))
            out["threshold"].append(0.0 if leaf else float(f"{node['num_threshold']:.7g}"))
            out["left"].append(0 if leaf else base + int(node["left"]))
            out["right"].append(0 if leaf else base + int(node["right"]))
            out["value"].append(round(float(node["value"]), 5) if leaf else 0.0)
            deepest = max(deepest, int(node["depth"]))
    out["bias"] = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001
    out["depth"] = deepest
    return out


class Thresholds(NamedTuple):
    """When a sentence is unsupported, and which of its words are marked (see `detectors.model.Model`)."""

    sure: float
    possible: float
    suspect: float


def logistic(table: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Fit a logistic curve on standardised features and return its weights and bias on the features as they are."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only training needs it

    centre, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    model = LogisticRegression(C=0.05, max_iter=5000).fit((table - centre) / spread, labels)
    weights = model.coef_[0] / spread
    weights[table.std(axis=0) < 1e-9] = 0.0  # noqa: PLR2004 - a feature that never varies says nothing
    return weights, float(model.intercept_[0] - weights @ centre)


def chance(table: NDArray[np.float64], curve: tuple[NDArray[np.float64], float]) -> NDArray[np.float64]:
    """Return the logistic curve's probabilities."""
    return 1 / (1 + np.exp(-(table @ curve[0] + curve[1])))


def by_answer(rows: Rows, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a row of `ANSWER_FEATURES` for each answer; an answer without a claim gets zeros."""
    table = np.zeros((len(rows.answer_labels), len(ANSWER_FEATURES)))
    starts = np.searchsorted(rows.answer, np.arange(len(table) + 1))
    for number, (start, end) in enumerate(pairwise(starts.tolist())):
        if end > start:
            table[number] = answer_features(rows.sentences[start:end], probabilities[start:end])
    return table


def flagged(
    rows: Rows, sentences: NDArray[np.float64], answers: NDArray[np.float64], limits: Thresholds
) -> NDArray[np.bool_]:
    """Return which sentences are unsupported."""
    suspect = answers[rows.answer] >= limits.suspect
    return np.asarray((sentences >= limits.sure) | (suspect & (sentences >= limits.possible)))


def any_of(rows: Rows, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which answers have a sentence that was found."""
    return np.bincount(rows.answer, found, len(rows.answer_labels)) > 0


def best_thresholds(
    rows: Rows, sentences: NDArray[np.float64], answers: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> Thresholds:
    """Return the thresholds with the best F1 over the chosen answers."""
    grid = [
        Thresholds(sure, possible, round(float(suspect), 2))
        for sure in (0.3, 0.35, 0.4)
        for possible in (0.05, 0.08)
        for suspect in np.arange(0.24, 0.56, 0.04)
    ]
    labels = rows.answer_labels[chosen]
    return max(grid, key=lambda t: f1(any_of(rows, flagged(rows, sentences, answers, t))[chosen], labels))


def span_f1(rows: Rows, found: NDArray[np.bool_], words_: NDArray[np.float64], threshold: float) -> float:
    """Return the character F1 of the words marked inside flagged sentences."""
    marked = found[rows.word_sentence] & (words_ >= threshold)
    hit = int(rows.word_gold[marked].sum())
    gold = int(rows.word_gold.sum()) + int(rows.missed.sum())
    return 2 * hit / max(1, int(rows.word_widths[marked].sum()) + gold)


def folds(groups: NDArray[Any]) -> Iterator[NDArray[np.bool_]]:
    """Yield the held-out answers of each fold; a group never lies in two."""
    names = sorted(set(groups.tolist()))
    fold = {name: number % FOLDS for number, name in enumerate(np.random.default_rng(0).permutation(names).tolist())}
    numbers = np.array([fold[name] for name in groups.tolist()])
    for number in range(FOLDS):
        yield numbers == number


def out_of_fold(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probabilities of sentences and words from models that did not see their source document."""
    sentences, words_ = np.zeros(len(rows.answer)), np.zeros(len(rows.word_sentence))
    for held in folds(rows.groups):
        s, w = held[rows.answer], held[rows.answer[rows.word_sentence]]
        by_sentence = fit(rows.sentences[~s], rows.sentence_labels[~s], SENTENCE_TREES)
        sentences[s] = raised(rows.sentences[s], by_sentence.predict_proba(rows.sentences[s])[:, 1])
        by_word = fit(rows.words[~w], rows.word_labels[~w], WORD_TREES)
        words_[w] = by_word.predict_proba(rows.words[w])[:, 1]
    return sentences, words_


def measured(rows: Rows, sentences: NDArray[np.float64], words_: NDArray[np.float64]) -> dict[str, Any]:
    """Return the figures on held-out folds, every threshold chosen on the others."""
    table, labels = by_answer(rows, sentences), rows.answer_labels
    answers, found, marked = np.zeros(len(labels)), np.zeros(len(sentences), bool), words_ * 0.0
    for held in folds(rows.groups):
        answers[held] = chance(table[held], logistic(table[~held], labels[~held]))
    for held in folds(rows.groups):
        inside = held[rows.answer]
        here = flagged(rows, sentences, answers, best_thresholds(rows, sentences, answers, ~held))
        found[inside] = here[inside]
        cut = best_word_threshold(only(rows, ~held), here & ~inside, words_)
        own = inside[rows.word_sentence]
        marked[own] = words_[own] >= cut
    out: dict[str, Any] = {}
    for task in ("all", *sorted(set(rows.tasks.tolist()))):
        chosen = np.ones(len(labels), bool) if task == "all" else rows.tasks == task
        out[task] = {
            "answers": int(chosen.sum()),
            "prevalence": round(float(labels[chosen].mean()), 3),
            "auroc": round(auroc(answers[chosen], labels[chosen]) or 0.0, 3),
            "f1": round(f1(any_of(rows, found)[chosen], labels[chosen]), 3),
            "span_f1": round(span_f1(only(rows, chosen), found & chosen[rows.answer], marked, 0.5), 3),
            "calibration_error": round(calibration_error(answers[chosen], labels[chosen]) or 0.0, 3),
        }
    return out


def only(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    """Return the rows with the labels of all other answers' words taken away."""
    inside = chosen[rows.answer[rows.word_sentence]]
    return rows._replace(word_gold=rows.word_gold * inside, missed=rows.missed * chosen)


def best_word_threshold(rows: Rows, found: NDArray[np.bool_], words_: NDArray[np.float64]) -> float:
    """Return the threshold with the best character F1."""
    return float(max(np.round(np.arange(0.06, 0.4, 0.02), 2), key=lambda t: span_f1(rows, found, words_, float(t))))


def trained(rows: Rows) -> dict[str, Any]:
    """Fit on everything and return the weights file's content."""
    sentences, words_ = out_of_fold(rows)
    table = by_answer(rows, sentences)
    weights, bias = logistic(table, rows.answer_labels)
    answers = chance(table, (weights, bias))
    limits = best_thresholds(rows, sentences, answers, np.ones(len(answers), bool))
    word_threshold = best_word_threshold(rows, flagged(rows, sentences, answers, limits), words_)
    return {
        "about": {
            "fitted_on": list(SOURCES),
            "labels": "human; RAGTruth (MIT licence)",
            "held_out": measured(rows, sentences, words_),
            "sentences": len(rows.answer),
            "words": len(rows.word_sentence),
        },
        "sentence_features": list(SENTENCE_FEATURES),
        "word_features": list(WORD_FEATURES),
        "answer_features": list(ANSWER_FEATURES),
        "thresholds": {**limits._asdict(), "word_threshold": word_threshold},
        "answer": {"weights": [round(float(w), 6) for w in weights], "bias": round(bias, 6)},
        "sentence": exported(fit(rows.sentences, rows.sentence_labels, SENTENCE_TREES)),
        "word": exported(fit(rows.words, rows.word_labels, WORD_TREES)),
    }


def main() -> None:
    """Fit, print the held-out figures and write the weights."""
    parser = argparse.ArgumentParser(description="Fit the lexical detector's weights.")
    parser.add_argument("--data", type=Path, required=True, help="the folder with the labelled files")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "detectors" / "lexical.json")
    chosen = parser.parse_args()
    rows = collect([row for name in SOURCES for row in labelled(chosen.data / f"{name}.jsonl.gz")])
    weights = trained(rows)
    lines = [f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in weights.items()]
    chosen.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    for task, figures in weights["about"]["held_out"].items():
        print(task, figures)  # noqa: T201 - the script's output
    print(weights["thresholds"])  # noqa: T201


if __name__ == "__main__":
    main()

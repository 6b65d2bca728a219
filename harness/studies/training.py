"""Fit the weights of the lexical detector on human-labelled answers, and say how well they do on answers kept apart.

    python -m harness.studies.training --data FOLDER [--out harness/detectors/lexical.json]

Needs scikit-learn (extra `train`); the detector itself does not. Every figure is from folds that keep all answers to
one source document together, with the thresholds chosen on the other folds.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from harness.align import align, analyse, query_keys, words
from harness.detectors.conflicts import conflicts
from harness.detectors.features import SENTENCE_FEATURES, WORD_FEATURES, Claim, features
from harness.detectors.worth import check_worthy
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
    "max_iter": 120, "learning_rate": 0.06, "max_leaf_nodes": 10, "min_samples_leaf": 40, "l2_regularization": 1.0,
    "random_state": 0,
}  # fmt: skip
WORD_TREES: Final = {
    "max_iter": 80, "learning_rate": 0.12, "max_leaf_nodes": 16, "max_depth": 5, "min_samples_leaf": 80,
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
    answer_labels: NDArray[np.bool_]
    missed: NDArray[np.int64]
    """Over answers: labelled characters that lie in no word looked at."""
    groups: NDArray[Any]
    tasks: NDArray[Any]


def labelled(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a labelled file that have an answer and a label."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row.get("label") is not None and row.get("answer"):
                yield row


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
    missed: list[int] = []
    for number, row in enumerate(data):
        bad = np.zeros(len(row["answer"]) + 1, bool)
        for span in row["spans"]:
            bad[span["start"] : span["end"]] = True
        seen = 0
        for source, claim in claims(row):
            rows, sentence = features(source, claim, tuple(conflicts(source, claim)))
            for word in claim.words:
                word_labels.append(bool(bad[word.start : word.end].any()))
                seen += int(bad[word.start : word.end].sum())
                widths.append(word.end - word.start)
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


def by_answer(rows: Rows, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, for each answer, its highest sentence logit and the log of the sum of its sentences' probabilities."""
    count = len(rows.answer_labels)
    top = np.full(count, 1e-6)
    np.maximum.at(top, rows.answer, probabilities.clip(1e-6, 1 - 1e-6))
    total = np.bincount(rows.answer, probabilities, count).clip(1e-6)
    return np.stack([np.log(top / (1 - top)), np.log(total)], axis=1)


def curve(features: NDArray[np.float64], labels: NDArray[np.bool_]) -> list[float]:
    """Fit the answer's logistic curve; a slope that comes out negative is set to 0 and the rest fitted again."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - only training needs it

    used = [0, 1]
    while True:
        model = LogisticRegression(C=10.0).fit(features[:, used], labels)
        slopes = dict(zip(used, model.coef_[0], strict=True))
        if min(slopes.values()) >= 0 or len(used) == 1:
            return [float(model.intercept_[0]), *(max(0.0, float(slopes.get(k, 0.0))) for k in (0, 1))]
        used = [k for k in used if slopes[k] >= 0]


def f1(flagged: NDArray[np.bool_], labels: NDArray[np.bool_]) -> float:
    """Return F1 of the positive class: 2TP / (2TP + FP + FN)."""
    both = int((flagged & labels).sum())
    return 2 * both / max(1, int(flagged.sum()) + int(labels.sum()))


def best_threshold(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the threshold with the best F1."""
    grid = np.round(np.arange(0.06, 0.7, 0.01), 2)
    return float(max(grid, key=lambda t: f1(scores >= t, labels)))


def tops(rows: Rows, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each answer's highest sentence probability."""
    out = np.zeros(len(rows.answer_labels))
    np.maximum.at(out, rows.answer, probabilities)
    return out


def span_f1(rows: Rows, flagged: NDArray[np.bool_], words: NDArray[np.float64], threshold: float) -> float:
    """Return the character F1 of the words marked inside flagged sentences."""
    marked = flagged[rows.word_sentence] & (words >= threshold)
    hit = int(rows.word_widths[marked & rows.word_labels].sum())
    gold = int(rows.word_widths[rows.word_labels].sum()) + int(rows.missed.sum())
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
        sentences[s] = fit(rows.sentences[~s], rows.sentence_labels[~s], SENTENCE_TREES).predict_proba(
            rows.sentences[s]
        )[:, 1]
        words_[w] = fit(rows.words[~w], rows.word_labels[~w], WORD_TREES).predict_proba(rows.words[w])[:, 1]
    return sentences, words_


def measured(rows: Rows, sentences: NDArray[np.float64], words_: NDArray[np.float64]) -> dict[str, Any]:
    """Return the figures on held-out folds, thresholds chosen on the others."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - only training needs it

    features, top = by_answer(rows, sentences), tops(rows, sentences)
    probability, flagged = np.zeros(len(top)), np.zeros(len(top), bool)
    flagged_sentences = np.zeros(len(sentences), bool)
    for held in folds(rows.groups):
        b0, b1, b2 = curve(features[~held], rows.answer_labels[~held])
        probability[held] = 1 / (1 + np.exp(-(b0 + features[held] @ np.array([b1, b2]))))
        threshold = best_threshold(top[~held], rows.answer_labels[~held])
        flagged[held] = top[held] >= threshold
        inside = held[rows.answer]
        flagged_sentences[inside] = sentences[inside] >= threshold
    word_threshold = max(np.arange(0.08, 0.4, 0.02), key=lambda t: span_f1(rows, flagged_sentences, words_, t))
    out: dict[str, Any] = {}
    for task in ("all", *sorted(set(rows.tasks.tolist()))):
        chosen = np.ones(len(top), bool) if task == "all" else rows.tasks == task
        inside = chosen[rows.answer]
        part = rows._replace(word_labels=rows.word_labels & inside[rows.word_sentence], missed=rows.missed * chosen)
        out[task] = {
            "answers": int(chosen.sum()),
            "prevalence": round(float(rows.answer_labels[chosen].mean()), 3),
            "auroc": round(float(roc_auc_score(rows.answer_labels[chosen], probability[chosen])), 3),
            "f1": round(f1(flagged[chosen], rows.answer_labels[chosen]), 3),
            "span_f1": round(span_f1(part, flagged_sentences & inside, words_, float(word_threshold)), 3),
        }
    return out | {"word_threshold": round(float(word_threshold), 2)}


def trained(rows: Rows) -> dict[str, Any]:
    """Fit on everything and return the weights file's content."""
    sentences, words_ = out_of_fold(rows)
    figures = measured(rows, sentences, words_)
    word_threshold = figures.pop("word_threshold")
    return {
        "about": {
            "fitted_on": list(SOURCES),
            "labels": "human; RAGTruth (MIT licence)",
            "held_out": figures,
            "sentences": len(rows.answer),
            "words": len(rows.word_sentence),
        },
        "sentence_features": list(SENTENCE_FEATURES),
        "word_features": list(WORD_FEATURES),
        "sentence_threshold": best_threshold(tops(rows, sentences), rows.answer_labels),
        "word_threshold": word_threshold,
        "answer": [round(x, 5) for x in curve(by_answer(rows, sentences), rows.answer_labels)],
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
    print(json.dumps(weights["about"], indent=1), weights["sentence_threshold"], weights["word_threshold"])  # noqa: T201


if __name__ == "__main__":
    main()

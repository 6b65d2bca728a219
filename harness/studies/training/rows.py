"""Turn labelled answers into features and labels: a row a check-worthy sentence, and a row a word of it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from harness.align import align, analyse, query_keys, words
from harness.detectors.conflicts import conflicts
from harness.detectors.features import (
    ANSWER_FEATURES,
    Claim,
    answer_features,
    profiles,
    sentence_features,
)
from harness.detectors.word_features import word_features
from harness.detectors.worth import check_worthy
from harness.encoding import digest
from harness.exchange import labelled as labels_file
from harness.records import Passage
from harness.text.refusal import refusal_spans
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Rows", "by_answer", "collect", "labelled"]


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
    """Over answers: the source document."""
    sources: NDArray[Any]
    """Over answers: the labelled set, and its task where it has several."""
    spanned: NDArray[np.bool_]
    """Over answers: whether spans were labelled by hand."""
    models: NDArray[Any]
    """Over answers: who wrote it."""
    texts: tuple[str, ...]
    """Over answers: the answer, for the controls alone."""


def labelled(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield the rows that have an answer and a label, each answer to the same contexts once.

    `source` becomes the set's name and task; `spanned` says whether the set has spans labelled by hand.
    """
    seen: set[tuple[str, str]] = set()
    for path in files:
        rows = [row for row in labels_file.rows(path) if row.get("label") is not None and row.get("answer")]
        spanned = any(row.get("spans") for row in rows)
        for row in rows:
            key = (_documents(row), row["answer"])
            if key not in seen:
                seen.add(key)
                yield {**row, "source": f"{path.name.partition('.')[0]}: {row.get('task')}", "spanned": spanned}


def _documents(row: dict[str, Any]) -> str:
    return digest([" ".join(str(text).split()) for text in row["contexts"]])


def claims(row: dict[str, Any]) -> Iterator[tuple[Any, Claim]]:
    """Yield the check-worthy sentences of a row's answer, aligned with its contexts."""
    source = analyse(tuple(Passage(id=f"p{n}", text=str(text)) for n, text in enumerate(row["contexts"], start=1)))
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
        for span in row.get("spans") or ():
            bad[span["start"] : span["end"]] = True
        seen = 0
        for source, claim in claims(row):
            (own,), against = profiles(source, [claim]), tuple(conflicts(source, claim, row.get("query") or ""))
            sentence = np.array(sentence_features(source, claim, own, against), np.float32)
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
        groups=np.array([_documents(row) for row in data]),
        sources=np.array([row["source"] for row in data]),
        spanned=np.array([bool(row["spanned"]) for row in data]),
        models=np.array([str(row.get("model")) for row in data]),
        texts=tuple(row["answer"] for row in data),
    )


def by_answer(rows: Rows, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a row of `ANSWER_FEATURES` for each answer; an answer without a claim gets zeros."""
    table = np.zeros((len(rows.answer_labels), len(ANSWER_FEATURES)))
    starts = np.searchsorted(rows.answer, np.arange(len(table) + 1))
    for number, (start, end) in enumerate(pairwise(starts.tolist())):
        if end > start:
            table[number] = answer_features(rows.sentences[start:end], probabilities[start:end])
    return table

"""Fit, print the held-out figures and write the weights."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harness.detectors.features import ANSWER_FEATURES, SENTENCE_FEATURES
from harness.detectors.word_features import WORD_FEATURES
from harness.studies.training.fitting import (
    ANSWER,
    CLAIM,
    SENTENCE,
    WORD,
    best_thresholds,
    best_word_threshold,
    curve,
    exported,
    few,
    flagged,
    trees,
)
from harness.studies.training.measuring import (
    controls,
    held_out,
    learning_curve,
    left_out,
    main_set,
    only,
    span_f1,
    telling,
    weighed,
)
from harness.studies.training.rows import by_answer, collect, labelled
from harness.studies.training.tables import tables

if TYPE_CHECKING:
    from harness.studies.training.rows import Rows

SOURCES: Final = (
    "ragtruth_all_tasks_dev", "ragtruth_qa_half_A", "expertqa_answers_val", "expertqa_claims_val", "factcheck_gpt",
    "begin_wow", "q2_wow", "ramdocs_half_A", "summedits_permissive_domains", "wice_claim_dev",
    "wice_nonsupported_tokens_train", "accuracy_sentences_train", "accuracy_texts_train",
)  # fmt: skip
"""The labelled sets, by file; see their licences in the manual."""


def trained(rows: Rows) -> dict[str, Any]:
    """Fit on everything and return the weights file's content."""
    sentences, words, answers, figures = held_out(rows)
    main = main_set(rows)
    table = by_answer(rows, sentences)
    claims = few(table) & telling(rows)
    limits = best_thresholds(rows, sentences, answers, main)
    found = flagged(rows, sentences, answers, limits) & main[rows.answer]
    known = only(rows, main)
    own, owned = main[rows.answer], main[rows.answer[rows.word_sentence]]
    return {
        "about": {
            "fitted_on": list(SOURCES),
            "labels": "human, but for RAMDocs and SummEdits, which were constructed",
            "held_out": figures,
            "generator_left_out": left_out(rows, "models"),
            "set_left_out": left_out(rows, "sources"),
            "learning_curve": learning_curve(rows),
            "controls": controls(rows),
            "answers": len(rows.groups),
            "sentences": len(rows.answer),
            "words": len(rows.word_sentence),
        },
        "sentence_features": list(SENTENCE_FEATURES),
        "word_features": list(WORD_FEATURES),
        "answer_features": list(ANSWER_FEATURES),
        "thresholds": {
            **limits._asdict(),
            "word_threshold": best_word_threshold(lambda t: span_f1(known, found, words, t)),
        },
        "claim": exported(
            trees(table[claims].astype(np.float32), rows.answer_labels[claims], CLAIM, weighed(rows, claims))
        ),
        "answer": curve(table[main], rows.answer_labels[main], ANSWER, weighed(rows, main)).exported(),
        "sentence": exported(trees(rows.sentences[own], rows.sentence_labels[own], SENTENCE)),
        "word": exported(trees(rows.words[owned], rows.word_labels[owned], WORD)),
    }


def main() -> None:
    """Fit, write the weights and print their figures; `--show` prints those of the weights as they are."""
    parser = argparse.ArgumentParser(description="Fit the lexical detector's weights.")
    parser.add_argument("--data", type=Path, help="the folder with the labelled files")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "detectors" / "lexical.json")
    parser.add_argument("--show", action="store_true", help="fit nothing; print the figures of the weights in --out")
    chosen = parser.parse_args()
    if not chosen.show:
        if chosen.data is None:
            parser.error("nothing to fit on. Name the folder with the labelled files with --data.")
        rows = collect(list(labelled([chosen.data / f"{name}.jsonl.gz" for name in SOURCES])))
        lines = [f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in trained(rows).items()]
        chosen.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    weights = json.loads(chosen.out.read_text(encoding="utf-8"))
    print(tables(weights["about"]))  # noqa: T201 - the script's output
    print(weights["about"]["held_out"]["macro"], weights["thresholds"])  # noqa: T201 - the script's output


if __name__ == "__main__":
    main()

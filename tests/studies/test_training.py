"""Fitting: the exported trees say what scikit-learn says; folds keep documents together; duplicates count once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.detectors.features import ANSWER_FEATURES
from harness.detectors.model import Curve as Read
from harness.detectors.trees import Trees

pytest.importorskip("sklearn", reason="scikit-learn is not installed (extra 'train')")

from harness.studies.training import fitting, measuring
from harness.studies.training.rows import by_answer, collect, labelled

if TYPE_CHECKING:
    from pathlib import Path

RANDOM = np.random.default_rng(5)
TABLE = RANDOM.normal(size=(400, 6)).astype(np.float32)
LABELS = TABLE[:, 0] + TABLE[:, 1] * TABLE[:, 2] + RANDOM.normal(size=400) > 0


def test_exported_trees_say_what_the_library_says() -> None:
    settings = {**fitting.WORD, "max_iter": 20, "min_samples_leaf": 5}
    model = fitting.trees(TABLE, LABELS, settings)
    mine = Trees.from_json(json.loads(json.dumps(fitting.exported(model)))).logits(TABLE)
    assert mine == pytest.approx(model.decision_function(TABLE), abs=2e-3)  # leaf values are rounded


def test_an_exported_curve_says_what_was_fitted() -> None:
    weights = np.ones(len(LABELS))
    fitted = fitting.curve(TABLE.astype(np.float64), LABELS, {**fitting.ANSWER, "max_iter": 20}, weights)
    read = Read.from_json(json.loads(json.dumps(fitted.exported())))
    rows = TABLE.astype(np.float64)
    assert [read.probability(row) for row in rows[:20]] == pytest.approx(fitted.chances(rows)[:20], abs=2e-3)


def sample(path: Path) -> Path:
    context = "The pump starts at nine and stops at noon. The filter is replaced every 500 hours."
    rows = [
        {"id": "1", "task": "qa", "contexts": [context], "answer": "The pump starts at nine.", "label": 1, "spans": []},
        {"id": "2", "task": "qa", "contexts": [context], "answer": "The pump starts at nine.", "label": 1, "spans": []},
        {"id": "3", "task": "qa", "contexts": [context + " Yes."], "answer": "It sings. It stops at noon.", "label": 0,
         "spans": [{"start": 0, "end": 9}]},
        {"id": "4", "task": "qa", "contexts": [context], "answer": None, "label": None},
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_rows_carry_labels_of_words_and_sentences(tmp_path: Path) -> None:
    rows = collect(list(labelled([sample(tmp_path / "ragtruth_mine.jsonl")])))
    assert len(rows.groups) == 2  # the second answer is the first again
    assert rows.answer_labels.tolist() == [False, True]
    assert rows.sentence_labels.tolist() == [False, True, False]
    assert measuring.main_set(rows).all()
    assert rows.missed.tolist() == [0, 1]  # the full stop lies in no word
    table = by_answer(rows, np.array([0.1, 0.9, 0.2]))
    assert table.shape[0] == 2
    assert fitting.few(table).all()


def test_more_that_is_new_never_lowers_the_probability_of_a_claim() -> None:
    novelty, cover = (ANSWER_FEATURES.index(name) for name in ("mean_novelty", "mean_cover1"))
    table = RANDOM.normal(size=(600, len(ANSWER_FEATURES))).astype(np.float32)
    labels = table[:, novelty] - table[:, cover] + RANDOM.normal(size=600) > 0
    model = fitting.trees(table, labels, {**fitting.CLAIM, "max_iter": 40})
    rows = np.repeat(table[:1], 20, axis=0)
    rows[:, novelty] = np.linspace(-3, 3, 20)
    rising = model.predict_proba(rows)[:, 1]
    rows[:, novelty], rows[:, cover] = 0, np.linspace(-3, 3, 20)
    falling = model.predict_proba(rows)[:, 1]
    assert (np.diff(rising) >= 0).all()
    assert (np.diff(falling) <= 0).all()
    assert rising[-1] > rising[0]
    assert falling[-1] < falling[0]


def test_a_set_of_one_kind_tells_nothing_and_a_set_counts_by_the_root_of_its_size(tmp_path: Path) -> None:
    both, bad = sample(tmp_path / "mine_both.jsonl"), tmp_path / "mine_bad.jsonl"
    one = {"task": "claim", "contexts": ["It rains."], "answer": "It snows.", "label": 0}
    bad.write_text(json.dumps({**one, "id": "9"}) + "\n", encoding="utf-8")
    rows = collect(list(labelled([both, bad])))
    assert measuring.telling(rows).tolist() == [True, True, False]
    two, three = np.array([True, True, False]), np.ones(3, bool)
    assert measuring.weighed(rows, two).tolist() == [1, 1]
    weights = measuring.weighed(rows, three)
    assert weights[2] / weights[0] == pytest.approx(2**0.5)


def test_thresholds_find_the_sentences_of_suspect_answers(tmp_path: Path) -> None:
    rows = collect(list(labelled([sample(tmp_path / "ragtruth_mine.jsonl")])))
    limits = fitting.Thresholds(sure=0.6, possible=0.1, suspect=0.5)
    found = fitting.flagged(rows, np.array([0.2, 0.7, 0.2]), np.array([0.1, 0.8]), limits)
    assert found.tolist() == [False, True, True]
    assert fitting.any_of(rows, found).tolist() == [False, True]
    assert 0 < measuring.span_f1(rows, found, np.ones(len(rows.word_sentence)), 0.5) < 1

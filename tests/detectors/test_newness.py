"""What is new in a claim, counted by hand; layout changes none of it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.align import align, analyse, words
from harness.detectors.features import (
    ANSWER_FEATURES,
    SENTENCE_FEATURES,
    Claim,
    answer_features,
    profiles,
    sentence_features,
)
from harness.records import Passage

PASSAGE = "The mill at Ostend grinds rye. It was built of brick in 1871. A wheel drives it."


def features(answer: str, passage: str = PASSAGE) -> dict[str, float]:
    source = analyse((Passage(id="p", text=passage),))
    found = words(answer)
    claim = Claim(answer, 0, len(answer), "sentence", found, align(source, found))
    (own,) = profiles(source, [claim])
    return dict(zip(SENTENCE_FEATURES, sentence_features(source, claim, own, ()), strict=True))


def test_function_words_that_the_passages_lack_count_as_new() -> None:
    found = features("I think we love the mill at Ostend.")  # new: I, think, we, love
    assert found["new_words"] == pytest.approx(4 / 8)
    assert found["first_person"] == 2
    assert features("The mill at Ostend grinds rye.")["new_words"] == 0


def test_where_the_new_words_stand() -> None:
    first, last = features("Pilgrims at the mill in Ostend grind rye."), features("The mill at Ostend grinds barley.")
    assert (first["novel_first"], first["novel_last"]) == (True, False)
    assert (last["novel_first"], last["novel_last"]) == (False, True)
    assert first["novel_at"] < last["novel_at"]
    assert features("The mill at Ostend grinds rye.")["novel_at"] == 0.5


def test_sweeping_words_count_where_no_passage_has_them() -> None:
    assert features("The largest mill at Ostend only grinds rye.")["sweeping"] == 2
    assert features("The largest mill grinds rye.", "The largest mill grinds rye.")["sweeping"] == 0


def test_neighbours_of_the_best_unit_count_as_beside_it() -> None:
    found = features("The mill at Ostend grinds rye in brick built rooms.")
    assert found["held_by_best"] < found["rare_cover_around"] < 1
    assert features("The mill at Ostend grinds rye, built of brick.")["rare_cover_around"] == 1
    assert features("Nothing whatever.", "Ψ")["rare_cover_around"] == 0


def test_only_the_claim_negates() -> None:
    assert features("The mill at Ostend does not grind rye.")["negated_alone"]
    assert not features("The mill does not grind.", "The mill does not grind rye.")["negated_alone"]


def test_an_answer_of_copies_alone_is_held_throughout() -> None:
    row = [*features("The mill at Ostend grinds rye.").values()]
    found = dict(zip(ANSWER_FEATURES, answer_features(np.array([row], np.float32), np.array([0.1])), strict=True))
    assert found["copies_only"] == found["mean_cover1"] == found["lowest_trigrams"] == found["mean_held_by_best"] == 1
    assert found["mean_novelty"] == found["highest_words"] == 0


@pytest.mark.parametrize("layout", ["The  mill\nat **Ostend** grinds   wheat.", "The mill at _Ostend_ grinds\nwheat."])
def test_layout_changes_no_feature(layout: str) -> None:
    assert features(layout) == features("The mill at Ostend grinds wheat.")

"""The detector: what it must find, what it must leave alone, and what must hold for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import detect
from harness.detectors.lexical import detection
from harness.detectors.model import shipped
from harness.records import Detection, Passage, Question

CONTEXTS = (
    "Each model was trained for 10 epochs with a batch size of 32. Performance was evaluated with the accuracy metric.",
    "Accuracy is the share of true positives and true negatives among all predictions. Mr. Sand leads the team in Aldern.",
    "The filter must not be washed with soap. It is replaced every 500 hours of operation.",
)
QUERY = "How were the models trained and what do saliency maps show?"


def found(answer: str, contexts: tuple[str, ...] = CONTEXTS, query: str = QUERY) -> Detection:
    passages = tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(contexts, start=1))
    return detection(Question(id="q", query=query, passages=passages), answer, shipped())


def said(answer: str, result: Detection) -> list[str]:
    return [answer[span.start : span.end] for span in result.spans]


@pytest.mark.parametrize(
    "answer",
    [
        "Each model was trained for 10 epochs with a batch size of 32.",
        "Performance was evaluated with accuracy.",
        "The filter is replaced every 500 hours.",
        "No, the filter must not be washed with soap.",
        "I don't know.",
        "Here are the steps:",
        "Is that all?",
        "Hello!",
        "",
    ],
)
def test_what_is_supported_or_no_claim_is_left_alone(answer: str) -> None:
    assert not found(answer).spans


def test_an_invented_step_is_found() -> None:
    answer = (
        "Each model was trained for 10 epochs. Hyperparameters were tuned with grid search and Bayesian optimisation."
    )
    result = found(answer)
    assert [sentence.verdict for sentence in result.sentences] == ["supported", "unsupported"]
    assert all(span.label == "baseless" for span in result.spans)
    assert "grid search" in " ".join(said(answer, result))
    assert result.probability > found("Each model was trained for 10 epochs.").probability


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Each model was trained for 20 epochs with a batch size of 32.", "20"),
        ("The filter is replaced every 900 hours of operation.", "900"),
        ("The filter must be washed with soap.", "must be"),
    ],
)
def test_what_stands_against_the_evidence_is_a_conflict(answer: str, words: str) -> None:
    result = found(answer)
    assert [span.label for span in result.spans] == ["conflict"]
    assert said(answer, result) == [words]
    assert result.spans[0].evidence is not None


def test_an_echo_of_the_query_is_found() -> None:
    answer = "Saliency maps show saliency."
    assert {span.label for span in found(answer).spans} == {"echo"}


def test_no_contexts_make_everything_baseless() -> None:
    answer = "The pump starts at nine. It is red."
    result = found(answer, contexts=())
    assert [span.label for span in result.spans] == ["baseless", "baseless"]
    assert result.probability > 0.5


def test_evidence_points_into_the_passage() -> None:
    result = found("The filter is replaced every 500 hours.")
    (sentence,) = result.sentences
    best = sentence.evidence[0]
    assert best.passage == "p3"
    assert "500 hours" in CONTEXTS[2][best.start : best.end]


def test_the_python_function() -> None:
    result = detect(list(CONTEXTS), QUERY, "The filter is made of gold.", detector="lexical?mode=rules")
    assert result.spans


@given(st.lists(st.text(), max_size=3), st.text(), st.text())
def test_any_text_keeps_the_contract(contexts: list[str], query: str, answer: str) -> None:
    result = found(answer, tuple(contexts), query)
    at = 0
    for sentence in result.sentences:
        assert at <= sentence.start < sentence.end <= len(answer)
        at = sentence.end
        assert (sentence.verdict is None) == (sentence.kind == "other")
    at = 0
    for span in result.spans:
        assert at <= span.start < span.end <= len(answer)
        at = span.end
        assert 0 <= span.confidence <= 1
        assert span.reason
    assert 0 <= result.probability <= 1
    flagged = [s for s in result.sentences if s.verdict == "unsupported"]
    for sentence in flagged:
        assert any(sentence.start <= span.start and span.end <= sentence.end for span in result.spans)
    assert bool(flagged) == bool(result.spans)


ANSWERS = st.lists(
    st.sampled_from(
        [
            "Each model was trained for 10 epochs.",
            "Grid search tuned the hyperparameters of all networks.",
            "The filter is replaced every 500 hours of operation.",
            "The turbine was painted green by Maria Keller.",
            "Each model was trained for 99 epochs with a batch size of 32.",
        ]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)


def grounded(result: Detection) -> float:
    claims = [s for s in result.sentences if s.kind == "claim"]
    return sum(s.verdict == "supported" for s in claims) / len(claims)


@given(ANSWERS)
def test_appending_a_copy_never_lowers_and_an_invention_always_does(answer: str) -> None:
    before = found(answer)
    copied = found(f"{answer} The filter must not be washed with soap.")
    assert [s.verdict for s in copied.sentences[:-1]] == [s.verdict for s in before.sentences]
    assert grounded(copied) >= grounded(before)
    invented = found(f"{answer} Afterwards, a random forest ensemble was deployed on Kubernetes.")
    assert invented.sentences[-1].verdict == "unsupported"
    assert grounded(invented) < grounded(before) or grounded(before) == 0


@given(ANSWERS)
def test_wraps_and_spaces_change_nothing(answer: str) -> None:
    plain = [(s.verdict, s.probability) for s in found(answer).sentences]
    wrapped = answer.replace(" with ", "\nwith ").replace(" of ", "  of ")
    assert [(s.verdict, s.probability) for s in found(wrapped).sentences] == plain

"""Propose cases from cases, without a model: unanswerable variants, and ones with distractors.

An unanswerable variant leaves out every context that supports the reference; one with distractors adds contexts of
other cases that look like the question and do not hold the answer. The offline detector checks both ways, and what
cannot be checked (no reference) is not proposed. Proposals are drafts: read them before you keep them.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from rapidfuzz import fuzz

from harness.cases import suite_yaml
from harness.detectors.lexical import detection
from harness.detectors.model import shipped
from harness.records import Passage, Question
from harness.text.refusal import response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.records import Case

__all__ = ["draft", "drafts"]

_ADDED: Final = 2


def draft(cases: Iterable[Case], *, name: str) -> str:
    """Return the proposals as the YAML of a suite, which loads without a mistake; empty text if there is none."""
    entries = list(drafts(cases))
    if not entries:
        return ""
    about = "Drafts made of other cases; read each one, then take the tag 'draft' away."
    return suite_yaml(name, about, entries)


def drafts(cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    """Yield the entries of the proposed cases, in the order of the cases that they are made of."""
    held = list(cases)
    pool = list({passage.text: passage for case in held for passage in case.question.passages}.values())
    for case in held:
        answers = [text for text in case.references if response(text) != "refused"]
        if case.answerable != "yes" or not answers or not _supported(case.question, case.question.passages, answers):
            continue
        others = _distractors(case, pool, answers)
        kept = [p for p in case.question.passages if not _supported(case.question, [p], answers)]
        lacking = kept or others
        if lacking and not _supported(case.question, lacking, answers):
            yield _entry(case, "unanswerable", lacking, {"answerable": "no"})
        if others:
            mixed = _shuffled([*case.question.passages, *others], case.id)
            yield _entry(case, "distractors", mixed, {"answerable": "yes", "references": list(case.references)})


def _supported(question: Question, passages: Sequence[Passage], texts: Sequence[str]) -> bool:
    """Say whether the passages support any of the texts."""
    numbered = tuple(Passage(id=f"p{n}", text=passage.text) for n, passage in enumerate(passages, start=1))
    own = Question(id=question.id, query=question.query, passages=numbered)
    for text in texts:
        found = detection(own, text, shipped())
        if any(sentence.kind == "claim" for sentence in found.sentences) and not found.spans:
            return True
    return False


def _distractors(case: Case, pool: Sequence[Passage], answers: Sequence[str]) -> list[Passage]:
    """Return the contexts of other cases that are nearest to the question and do not hold its answer."""
    own = {passage.text for passage in case.question.passages}
    others = [passage for passage in pool if passage.text not in own]
    others.sort(key=lambda passage: (-fuzz.token_set_ratio(case.question.query, passage.text), passage.text))
    found: list[Passage] = []
    for passage in others:
        if len(found) == _ADDED:
            break
        if not _supported(case.question, [passage], answers):
            found.append(passage)
    return found


def _shuffled(passages: Sequence[Passage], seed: str) -> list[Passage]:
    """Return the passages in an order of their own that is the same in every run."""
    return sorted(passages, key=lambda passage: hashlib.blake2b((seed + passage.text).encode()).digest())


def _entry(case: Case, kind: str, passages: Sequence[Passage], more: dict[str, Any]) -> dict[str, Any]:
    suite, _, name = case.id.partition("/")
    entry: dict[str, Any] = {"id": f"{suite}-{name}-{kind}"[:200], "query": case.question.query}
    entry["contexts"] = [
        passage.text if passage.source is None else {"text": passage.text, "source": passage.source}
        for passage in passages
    ]
    if case.question.history:
        entry["history"] = [{"role": turn.role, "text": turn.text} for turn in case.question.history]
    if case.question.instructions:
        entry["instructions"] = case.question.instructions
    if case.limits is not None:
        values = ((limit.name, limit.default, getattr(case.limits, limit.name)) for limit in fields(case.limits))
        entry["limits"] = {limit: value for limit, default, value in values if value != default}
    return {**entry, **more, "tags": ["draft", kind], "group": case.group or case.id.replace("/", "-")}

"""From verdicts to a `Detection`: windows are merged, repeats counted, words at fault found in the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from harness.detectors.judge.quotes import faulty
from harness.records import Detection, Evidence, Sentence, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.detectors.judge.replies import SaidVerdict
    from harness.records import Question, SpanLabel, Verdict

__all__ = ["Found", "detection", "merged"]

_RANK: Final = ("supported", "contradicted", "absent", "none")
_LABELS: Final[Mapping[str, SpanLabel]] = {"contradicted": "conflict", "absent": "baseless"}


class Found(NamedTuple):
    """A verdict that counts, with where its evidence stands: passage number, start, end and similarity."""

    verdict: SaidVerdict
    place: tuple[int, int, int, float] | None = None
    fault: str = ""


def merged(views: Sequence[Mapping[int, Found]]) -> dict[int, Found]:
    """Return one verdict a sentence: what any view of the passages supports is supported."""
    out: dict[int, Found] = {}
    for view in views:
        for start, found in view.items():
            if start not in out or _RANK.index(found.verdict) < _RANK.index(out[start].verdict):
                out[start] = found
    return out


def detection(
    text: str, items: Sequence[tuple[int, int]], rounds: Sequence[Mapping[int, Found]], question: Question
) -> Detection:
    """Return the verdicts of one or several judgements; `items` are the answer's sentences.

    A sentence's probability is the share of the judgements that it is unsupported in, and so is the answer's, of those
    that find anything unsupported.
    """
    sentences: list[Sentence] = []
    spans: list[Span] = []
    for start, end in items:
        said = [one[start] for one in rounds if start in one]
        chosen = _chosen(said)
        if chosen is None or chosen.verdict == "none":
            sentences.append(Sentence(start=start, end=end, kind="other"))
            continue
        against = sum(one.verdict in _LABELS for one in said) / len(said)
        proof = _evidence(chosen, question)
        unsupported = chosen.verdict in _LABELS
        sentences.append(
            Sentence(
                start=start,
                end=end,
                kind="claim",
                verdict="unsupported" if unsupported else "supported",
                probability=round(against, 4),
                evidence=(proof,) if proof else (),
                votes=_votes(rounds, start) if len(rounds) > 1 else {},
            )
        )
        if unsupported:
            spans.append(_span(text, sentences[-1], chosen, len(said)))
    flagged = sum(any(one.verdict in _LABELS for one in judgement.values()) for judgement in rounds)
    return Detection(
        sentences=tuple(sentences), spans=tuple(spans), probability=flagged / len(rounds) if rounds else 0.0
    )


def _votes(rounds: Sequence[Mapping[int, Found]], start: int) -> dict[str, Verdict | None]:
    """Return what each of several judgements said of a sentence, for the report on how far they agree."""
    out: dict[str, Verdict | None] = {}
    for number, one in enumerate(rounds, start=1):
        said = one[start].verdict if start in one else "none"
        out[f"judgement {number}"] = None if said == "none" else "unsupported" if said in _LABELS else "supported"
    return out


def _chosen(said: Sequence[Found]) -> Found | None:
    """Return the majority's verdict: unsupported or not first, so that two kinds of fault do not split a majority."""
    if not said:
        return None
    against = [one for one in said if one.verdict in _LABELS]
    side = against if 2 * len(against) > len(said) else [one for one in said if one.verdict not in _LABELS]
    counts = [sum(other.verdict == one.verdict for other in side) for one in side]
    return side[counts.index(max(counts))]


def _evidence(found: Found, question: Question) -> Evidence | None:
    if found.place is None:
        return None
    number, start, end, similarity = found.place
    return Evidence(passage=question.passages[number].id, start=start, end=end, similarity=round(similarity, 4))


def _span(text: str, sentence: Sentence, found: Found, count: int) -> Span:
    """Return the words at fault, or the whole sentence where the judge named none that stand in it."""
    start, end, against = sentence.start, sentence.end, sentence.probability or 0.0
    reason = "the judge finds it contradicted" if found.verdict == "contradicted" else "the judge finds it nowhere"
    if count > 1:
        reason += f" ({round(against * count)} of {count} times)"
    place = faulty(found.fault, text[start:end]) if found.fault.strip() else None
    if place is not None and not place[2]:
        reason += "; the words that it named were re-aligned"
    elif place is None and found.fault.strip():
        reason += "; the words that it named were dropped: they stand nowhere in the sentence"
    first, last = (start + place[0], start + place[1]) if place else (start, end)
    return Span(
        start=first,
        end=last,
        label=_LABELS[found.verdict],
        confidence=against,
        reason=reason,
        evidence=sentence.evidence[0] if sentence.evidence else None,
    )

"""Where ragas' faithfulness and our detector differ, sentence by sentence: a page to read side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from rapidfuzz import fuzz, process

from harness.report.excerpts import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.records import Record, Run, Score

__all__ = ["Sentence", "disagreement", "render"]

_NAMES: Final = {True: "supported", False: "unsupported"}
_METRIC: Final = "ragas:faithfulness"
_NEAR: Final = 50.0
"""Similarity, of 100, from which a claim is taken to be made of a sentence; ragas does not say of which it made one."""


class Sentence(NamedTuple):
    """A sentence of an answer as both see it; None where one of them finds no claim in it."""

    candidate: str
    case_id: str
    trial: int
    text: str
    ours: bool | None
    theirs: bool | None
    claims: tuple[tuple[str, bool], ...]
    """ragas' claims made of it, and whether ragas finds them supported."""

    @property
    def differs(self) -> bool:
        """Whether both judged it, unlike."""
        return None not in (self.ours, self.theirs) and self.ours is not self.theirs


def disagreement(runs: Iterable[Run]) -> Iterator[Sentence]:
    """Yield every sentence of every answer that both groundedness and ragas' faithfulness scored.

    A sentence is supported, by ragas, if all claims that were made of it are.
    """
    for run in runs:
        for record in run.records:
            scores = {score.metric: score for score in record.scores}
            if record.answer is not None and _METRIC in scores and "groundedness" in scores:
                yield from _sentences(run.header.candidate, record, scores["groundedness"], scores[_METRIC])


def _sentences(candidate: str, record: Record, ours: Score, theirs: Score) -> Iterator[Sentence]:
    text = record.answer.text if record.answer else ""
    listed = cast("list[Any]", ours.details.get("sentences") or [])
    said = [text[one["start"] : one["end"]] for one in listed]
    made: list[list[tuple[str, bool]]] = [[] for _ in said]
    judged = cast("list[Any]", theirs.details.get("judged") or [])
    for row in judged[0] if judged else []:
        found = process.extractOne(row["statement"], said, scorer=fuzz.token_set_ratio, score_cutoff=_NEAR)
        if found is not None:
            made[found[2]].append((row["statement"], row["verdict"] == 1))
    for one, own, claims in zip(listed, said, made, strict=True):
        mine = one["verdict"] == "supported" if one["kind"] == "claim" else None
        other = all(verdict for _, verdict in claims) if claims else None
        yield Sentence(candidate, record.case_id, record.trial, own, mine, other, tuple(claims))


def render(found: Sequence[Sentence]) -> str:
    """Return the page, as Markdown: how often both agree, then each sentence on which they do not."""
    both = [one for one in found if None not in (one.ours, one.theirs)]
    apart = [one for one in both if one.differs]
    only = [_only(found, ours=ours) for ours in (False, True)]
    lines = [
        "# Where ragas' faithfulness and groundedness differ",
        "",
        f"{len(found)} sentences; both judged {len(both)}, and differ on {len(apart)}.",
        f"ragas alone finds a claim in {only[0]}, groundedness alone in {only[1]}.",
        "",
        "| | ragas: supported | ragas: unsupported |",
        "|---|--:|--:|",
    ]
    for mine in (True, False):
        row = [sum(one.ours is mine and one.theirs is other for one in both) for other in (True, False)]
        lines.append(f"| ours: {_NAMES[mine]} | {row[0]} | {row[1]} |")
    for one in apart:
        trial = f", trial {one.trial}" if one.trial else ""
        lines += ["", f"- **{_plain(one.candidate)}** on {_plain(one.case_id)}{trial}: {_plain(one.text)}"]
        lines.append(f"  - ours: {_NAMES[bool(one.ours)]}; ragas: {_NAMES[bool(one.theirs)]}")
        lines += [f"  - claim ({_NAMES[said]}): {_plain(claim)}" for claim, said in one.claims]
    return "\n".join(lines) + "\n"


def _only(found: Sequence[Sentence], *, ours: bool) -> int:
    return sum((one.ours is not None) is ours and (one.theirs is not None) is not ours for one in found)


def _plain(text: str) -> str:
    flat = " ".join(visible(text).split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in flat)

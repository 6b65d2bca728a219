"""Who decided a run's verdicts: stages of a cascade, members of a panel, and what people say of them."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from harness import stats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.records import Header, Record
    from harness.summary.nouns import Estimate

__all__ = ["Judging", "JudgingTally", "Trust", "judging_notes"]

_FAMILIES: Final[Mapping[str, str]] = {
    "OpenAI": r"gpt|chatgpt|o[1-9](?=-|$)|davinci",
    "Anthropic": r"claude",
    "Google": r"gemini|gemma|palm",
    "Meta": r"llama|meta-llama",
    "Mistral": r"mistral|mixtral|ministral|magistral|codestral",
    "Alibaba": r"qwen|qwq",
    "DeepSeek": r"deepseek",
    "Cohere": r"command|aya|c4ai",
    "xAI": r"grok",
    "Microsoft": r"phi",
    "Amazon": r"nova|titan",
    "IBM": r"granite",
    "Moonshot": r"kimi|moonshot",
    "Zhipu": r"glm|chatglm",
    "Hugging Face": r"smollm|zephyr",
}
"""By how the names of their models begin; a model fine-tuned from another is taken for its kin."""
_SUFFIX: Final = r"(?![a-z])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """A detector or judge held against human labels of a candidate's sentences; rates are of unsupported claims.

    `judged` is its rate over all `claims`, `labelled` the labels'; `powered` and `corrected` are the rate with its
    errors taken out (prediction-powered, Rogan-Gladen), None where that can't be done, and help where `…_helps`.
    `missed` and `raised` are its error rates on unsupported and on supported claims.
    """

    labels: int
    claims: int
    judged: Estimate
    labelled: Estimate
    powered: Estimate | None
    powered_helps: bool
    corrected: Estimate | None
    corrected_helps: bool
    missed: Estimate
    raised: Estimate
    kappa: float | None
    alpha: float | None
    ac1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Who decided the claims of a candidate's answers.

    `decided` counts the claims that one stage or judge decided alone, by its name; `voted` those on which several
    voted, `unanimous` those on which all agreed, and `against` each member's share of unsupported verdicts; `alpha` is
    Krippendorff's. Of `answers` that were judged `asked` cost a call; `calls` and `cost` (dollars; None if unknown) are
    what was asked. A judge alone would have been asked about the other answers too: that was saved.
    """

    claims: int
    decided: Mapping[str, int]
    voted: int
    unanimous: int
    against: Mapping[str, float]
    alpha: float | None
    answers: int
    asked: int
    calls: int
    cost: float | None

    @property
    def saved_calls(self) -> int:
        """Calls that a judge alone would have cost beyond, at one an answer."""
        return self.answers - self.asked

    @property
    def saved_cost(self) -> float | None:
        """Dollars for them, at the mean cost of an answer that was asked about; None if unknown."""
        return None if self.cost is None or not self.asked else self.cost / self.asked * self.saved_calls


class JudgingTally:
    """Count who decided, record after record."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._decided: Counter[str] = Counter()
        self._rows: list[tuple[str | None, ...]] = []
        self._members: tuple[str, ...] = ()
        self._counts: Counter[str] = Counter()
        self._costs: list[float] = []

    def add(self, record: Record) -> None:
        """Count a record."""
        claims = list(_claims(record))
        if not claims:
            return
        calls = [call for call in record.calls if call.stage == "detect"]
        self._counts.update(answers=1, asked=bool(calls), calls=len(calls), claims=len(claims))
        self._counts["unpriced"] += sum(call.cost is None for call in calls)
        self._costs += [call.cost for call in calls if call.cost is not None]
        for votes in claims:
            if len(votes) == 1:
                self._decided.update(list(votes))
            elif votes:
                self._members = self._members or tuple(votes)
                self._rows.append(tuple(votes.get(name) for name in self._members))

    def judging(self) -> Judging | None:
        """Return the counts; None where nobody is named, as with one detector for all."""
        if not self._decided and not self._rows:
            return None
        rows, counts = self._rows, self._counts
        share = {
            name: sum(row[at] == "unsupported" for row in rows) / len(rows) for at, name in enumerate(self._members)
        }
        return Judging(
            claims=counts["claims"],
            decided=dict(sorted(self._decided.items())),
            voted=len(rows),
            unanimous=sum(len(set(row)) == 1 for row in rows),
            against=share,
            alpha=stats.alpha([[vote or "none" for vote in row] for row in rows]) if rows else None,
            answers=counts["answers"],
            asked=counts["asked"],
            calls=counts["calls"],
            cost=None if counts["unpriced"] else math.fsum(self._costs),
        )


def _claims(record: Record) -> Iterator[Mapping[str, str]]:
    """Yield the votes on each claim of an answer."""
    for score in record.scores:
        if score.metric == "groundedness":
            for one in cast("list[Any]", score.details.get("sentences") or []):
                if one["kind"] == "claim":
                    yield one.get("votes") or {}


def judging_notes(header: Header, models: Sequence[str], trust: Trust | None = None) -> tuple[str, ...]:
    """Say where a candidate is judged by its own kin, and where nobody knows how far its judge errs."""
    name, judges = repr(header.candidate), _judges(header)
    if not judges:
        return ()
    found = []
    answering = [text for text in (header.answerer.target, header.candidate, *models) if text]
    own = {family for text in answering if (family := _family(text))}
    kin = [judge for judge in judges if _family(judge) in own]
    if kin:
        found.append(
            f"{name} is judged by {', '.join(kin)}, of its own family ({_family(kin[0])}): "
            "judges favour their kin (arXiv 2410.21819)"
        )
    if trust is None:
        found.append(
            f"the rates of {name} are those of {', '.join(judges)}, and nobody labelled how far that errs: the "
            "intervals allow for the sample alone. Label some sentences with `harness label`"
        )
    return tuple(found)


def _judges(header: Header) -> tuple[str, ...]:
    """Return the models that judge: those of `judge:MODEL`, wherever it stands in the detector's spec."""
    spec = header.detector
    parts = [f"{spec.name}:{spec.target or ''}"] if spec.name == "judge" else (spec.target or "").split(",")
    return tuple(dict.fromkeys(part.removeprefix("panel:").partition(":")[2] for part in parts if "judge:" in part))


def _family(model: str) -> str | None:
    last = model.lower().rpartition("/")[2]
    return next((name for name, start in _FAMILIES.items() if re.match(rf"(?:{start}){_SUFFIX}", last)), None)

"""A few human labels of a run's sentences: asked for blind and in random order, kept beside the run, and what they say.

The order is drawn, so that those labelled are a random sample however early one stops. Labels stand in
`labels.ndjson` in the run's folder, a line each, appended as they are given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast, get_args

from harness import stats, store
from harness.encoding import digest, line
from harness.errors import RunFolderError
from harness.report.judging import trust_table
from harness.summary import Estimate, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.records import Case, Record, Run
    from harness.report.figures import Table

__all__ = ["FILE", "Item", "Label", "append", "items", "of_cases", "read", "table", "trusted", "trusts"]

FILE: Final = "labels.ndjson"
Label: TypeAlias = Literal["supported", "unsupported", "none"]


class _Key(NamedTuple):
    candidate: str
    case_id: str
    trial: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A sentence of an answer, and what the run's detector says of it, which whoever labels never sees."""

    key: _Key
    end: int
    answer: str
    unsupported: bool


def items(folder: Path) -> list[Item]:
    """Return every claim of every candidate's answers, in an order that is drawn once and for all.

    Raises:
        RunFolderError: there is no run, or none that was scored for groundedness.
    """
    found = [
        item
        for run in store.read_folder(folder)
        for record in run.records
        for item in _of(run.header.candidate, record)
    ]
    if not found:
        msg = f"{folder}: no run there has sentences to label. Score it with the metric groundedness."
        raise RunFolderError(msg)
    return sorted(found, key=lambda item: digest([*item.key]))


def _of(candidate: str, record: Record) -> Iterator[Item]:
    for score in record.scores:
        if score.metric == "groundedness" and record.answer is not None:
            for one in cast("list[Any]", score.details.get("sentences", [])):
                if one["kind"] == "claim":
                    key = _Key(candidate, record.case_id, record.trial, one["start"])
                    bad = one["verdict"] == "unsupported"
                    yield Item(key=key, end=one["end"], answer=record.answer.text, unsupported=bad)


def append(folder: Path, item: Item, label: Label) -> None:
    """Keep a label."""
    with (folder / FILE).open("a", encoding="ascii") as file:
        file.write(line({**item.key._asdict(), "end": item.end, "label": label}))


def read(folder: Path) -> dict[_Key, Label]:
    """Return the labels so far, the last of each sentence.

    Raises:
        RunFolderError: a line is no label, with its number.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    out: dict[_Key, Label] = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            data = json.loads(text)
            label = data["label"]
            if label not in get_args(Label):
                raise ValueError(repr(label))  # noqa: TRY301 - said with the line, as every other mistake
            out[_Key(*(data[name] for name in _Key._fields))] = label
        except (ValueError, LookupError, TypeError) as error:
            msg = f"{path}:{number}: not a label ({error}). Remove the line."
            raise RunFolderError(msg) from error
    return out


def trusts(found: Sequence[Item], labels: Mapping[_Key, Label]) -> dict[str, Trust]:
    """Return, for each candidate, how its detector agrees with the labels, and its rate corrected.

    Sentences labelled as no claim are left out.
    """
    out: dict[str, Trust] = {}
    for candidate in sorted({item.key.candidate for item in found}):
        own = [item for item in found if item.key.candidate == candidate and labels.get(item.key) != "none"]
        known = [item for item in own if item.key in labels]
        said = [int(item.unsupported) for item in known]
        true = [int(labels[item.key] == "unsupported") for item in known]
        rest = [int(item.unsupported) for item in own if item.key not in labels]
        pairs = list(zip(said, true, strict=True))
        judged = sum(rest) + sum(said)
        powered = stats.prediction_powered(rest, said, true)
        corrected = stats.rogan_gladen(judged / max(1, len(own)), len(own), said, true)
        out[candidate] = Trust(
            labels=len(known),
            claims=len(own),
            judged=_rate(judged, len(own)),
            labelled=_rate(sum(true), len(true)),
            powered=_estimate(powered, len(known)),
            powered_helps=powered is not None and powered.helps,
            corrected=_estimate(corrected, len(known)),
            corrected_helps=corrected is not None and corrected.helps,
            missed=_rate(sum(t and not s for s, t in pairs), sum(true)),
            raised=_rate(sum(s and not t for s, t in pairs), len(true) - sum(true)),
            kappa=stats.kappa(said, true),
            alpha=stats.alpha(pairs),
            ac1=stats.ac1(said, true),
        )
    return out


def of_cases(run: Run, cases: Mapping[str, Case]) -> dict[_Key, Label]:
    """Return the labels that stand in the cases themselves, by the claims of recorded answers.

    An answer called faithful supports each of its claims; where spans are quoted, the claims that they touch are
    unsupported and the others are not. One called unfaithful without a span says nothing of its sentences.
    """
    out: dict[_Key, Label] = {}
    for record in run.records:
        case = cases.get(record.case_id)
        if case is None or record.answer is None:
            continue
        known = {one.text.strip(): one.labels for one in case.answers if one.labels is not None}
        labels = known.get(record.answer.raw.strip()) or known.get(record.answer.text.strip())
        if labels is None or not (labels.faithful or labels.spans):
            continue
        text = record.answer.text
        spans = [(at, at + len(span.quote)) for span in labels.spans if (at := text.find(span.quote)) >= 0]
        for item in _of(run.header.candidate, record):
            bad = any(start < item.end and item.key.start < end for start, end in spans)
            out[item.key] = "unsupported" if bad else "supported"
    return out


def trusted(folder: Path, cases: Mapping[str, Case]) -> dict[str, Trust]:
    """Return what a run's labels say, those given by hand and those of the cases; only candidates that have some."""
    known = {name: case for name, case in cases.items() if any(one.labels is not None for one in case.answers)}
    runs = store.read_folder(folder) if known else ()  # most runs have none, and are not read for it
    labels = {key: label for run in runs for key, label in of_cases(run, known).items()} | read(folder)
    if not labels:
        return {}
    return {name: one for name, one in trusts(items(folder), labels).items() if one.labels}


def table(found: Sequence[Item], labels: Mapping[_Key, Label]) -> Table:
    """Return how each candidate's detector agrees with the labels, and its rate of unsupported claims corrected."""
    return trust_table(trusts(found, labels))


def _rate(part: int, whole: int) -> Estimate:
    interval = stats.wilson(part, whole)
    if interval is None:
        return Estimate(value=None, low=None, high=None, n=0, clusters=0, method="nothing to estimate from")
    return Estimate(
        value=part / whole, low=interval.low, high=interval.high, n=whole, clusters=whole, method=interval.method
    )


def _estimate(found: stats.Corrected | None, n: int) -> Estimate | None:
    if found is None:
        return None
    low, high, method = found.interval.low, found.interval.high, found.interval.method
    return Estimate(value=found.value, low=low, high=high, n=n, clusters=n, method=method)

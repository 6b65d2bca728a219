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
from harness.report.figures import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.records import Record

__all__ = ["FILE", "Item", "Label", "append", "items", "read", "table"]

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


def table(found: Sequence[Item], labels: Mapping[_Key, Label]) -> Table:
    """Return how each candidate's detector agrees with the labels, and its rate of unsupported claims corrected.

    Sentences labelled as no claim are left out.
    """
    rows = []
    for candidate in sorted({item.key.candidate for item in found}):
        own = [item for item in found if item.key.candidate == candidate and labels.get(item.key) != "none"]
        known = [item for item in own if item.key in labels]
        said = [int(item.unsupported) for item in known]
        true = [int(labels[item.key] == "unsupported") for item in known]
        rest = [int(item.unsupported) for item in own if item.key not in labels]
        rate = (sum(rest) + sum(said)) / max(1, len(own))
        powered = stats.prediction_powered(rest, said, true)
        corrected = stats.rogan_gladen(rate, len(own), said, true)
        rows.append(
            (
                candidate,
                f"{len(known)} of {len(own)}",
                _rate(sum(said) + sum(rest), len(own)),
                _rate(sum(true), len(true)),
                _corrected(powered),
                _corrected(corrected),
                _rate(sum(not s and t for s, t in zip(said, true, strict=True)), sum(true)),
                _rate(sum(s and not t for s, t in zip(said, true, strict=True)), len(true) - sum(true)),
                *(
                    _number(value)
                    for value in (
                        stats.kappa(said, true),
                        stats.alpha(list(zip(said, true, strict=True))),
                        stats.ac1(said, true),
                    )
                ),
            )
        )
    columns = (
        "candidate", "labels", "rate by the detector", "rate by the labels", "corrected (PPI)",
        "corrected (Rogan-Gladen)", "missed", "raised in vain", "κ", "α", "AC1",
    )  # fmt: skip
    return Table(title="Unsupported claims, by detector and by hand (95% intervals)", columns=columns, rows=tuple(rows))


def _rate(part: int, whole: int) -> str:
    interval = stats.wilson(part, whole)
    return "n/a" if interval is None else f"{part / whole:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _corrected(found: stats.Corrected | None) -> str:
    if found is None:
        return "n/a"
    few = "" if found.helps else ", too few labels to help"
    return f"{found.value:.3f} [{found.interval.low:.3f}, {found.interval.high:.3f}]{few}"


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"

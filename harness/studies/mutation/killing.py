"""How many mutants does a detector find, by kind, and how often does it flag the sentences that they were made from?

A mutant counts as killed if the changed sentence is unsupported and a span overlaps the change.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from harness import cases, stats
from harness.exchange import labelled
from harness.records import Passage, Question
from harness.report.figures import NOTHING, Table, share
from harness.studies.mutation.making import KINDS, Mutant, held, mutants
from harness.studies.mutation.rewording import reworded
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from harness.protocols import Detector
    from harness.records import Detection
    from harness.studies.mutation.making import MutantKind

__all__ = ["FORMS", "KillRates", "Statement", "from_cases", "from_labelled", "kill_rates", "pooled", "table"]

FORMS: Final = ("copied", "reworded")
_WORDS: Final = (6, 40)
_CONTENT: Final = 4
_ENDS: Final = (".", "!", ".”", '."')
_BROKEN: Final = re.compile(r"[|»«]|[a-z]{3}[A-Z]|[a-z]\.[A-Z\d]|\(\s*\)| [,.]")
"""What shows that a web page or a PDF was not cut into sentences well."""


class Statement(NamedTuple):
    """A supported sentence, the question whose passages support it, and whether it is copied or reworded."""

    text: str
    question: Question
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KillRates:
    """Counts of a study: mutants made and killed by kind, statements made and flagged by form, and examples."""

    made: Counter[MutantKind] = field(default_factory=Counter)
    killed: Counter[MutantKind] = field(default_factory=Counter)
    stated: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    missed: dict[MutantKind, list[Mutant]] = field(default_factory=dict)
    alarms: list[Statement] = field(default_factory=list)


def pooled(parts: Iterable[KillRates]) -> KillRates:
    """Return the counts of several studies together, without their examples."""
    whole = KillRates()
    for part in parts:
        whole.made.update(part.made)
        whole.killed.update(part.killed)
        whole.stated.update(part.stated)
        whole.flagged.update(part.flagged)
    return whole


def from_cases(paths: Iterable[str | Path]) -> Iterator[Question]:
    """Yield the questions of case files, each set of passages once.

    Raises:
        UsageError: a path does not exist, or a file has mistakes.
    """
    seen: set[tuple[str, ...]] = set()
    for case in cases.load(list(paths)):
        texts = tuple(passage.text for passage in case.question.passages)
        if texts and texts not in seen:
            seen.add(texts)
            yield case.question


def from_labelled(files: Iterable[Path]) -> Iterator[Question]:
    """Yield the questions of labelled files, each set of contexts once; answers and labels are not looked at.

    Raises:
        UsageError: a file cannot be read, or holds something else.
    """
    seen: set[tuple[str, ...]] = set()
    for path in files:
        for row in labelled.rows(path):
            texts = tuple(str(text) for text in row["contexts"])
            if texts and texts not in seen:
                seen.add(texts)
                passages = tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(texts, start=1))
                yield Question(id=str(row["id"]), query=str(row.get("query") or ""), passages=passages)


def statements(question: Question, seed: int) -> Iterator[Statement]:
    """Yield whole English sentences of the passages that say something, in a seeded order, copied and reworded."""
    contexts = [passage.text for passage in question.passages]
    found = [
        text[segment.start : segment.end]
        for text in contexts
        for segment in segments(text)
        if segment.kind in {"sentence", "item"}
    ]
    order = sorted(dict.fromkeys(found))
    random.Random(f"{seed}\n{question.id}").shuffle(order)  # noqa: S311 - an order is no secret
    for sentence in order:
        flat = " ".join(sentence.split())
        if _whole(flat) and held(flat, contexts):
            yield Statement(flat, question, FORMS[0])
            for other in reworded(flat):
                if _whole(other) and held(other, contexts):
                    yield Statement(other, question, FORMS[1])


def _whole(sentence: str) -> bool:
    """Say whether the sentence looks like one of English prose."""
    count = len(sentence.split())
    return (
        _WORDS[0] <= count <= _WORDS[1]
        and sentence.endswith(_ENDS)
        and sentence[0].isupper()
        and sentence.isprintable()
        and not _BROKEN.search(sentence)
        and sum(character.isascii() for character in sentence) > 0.95 * len(sentence)
        and len(segments(sentence)) == 1
        and sum(word[0].islower() for word in sentence.split()) >= _CONTENT
    )


async def kill_rates(
    questions: Iterable[Question], detector: Detector, *, limit: int | None = None, per_question: int = 4, seed: int = 0
) -> KillRates:
    """Judge statements, and mutants of them, up to `limit` mutants and `per_question` statements of a question.

    Of each statement one mutant of each kind is judged.
    """
    rates = KillRates()
    for question in questions:
        chosen = [one for _, one in zip(range(per_question), statements(question, seed), strict=False)]
        for statement in chosen:
            found = await detector.detect(question, statement.text)
            rates.stated[statement.form] += 1
            if found.spans:
                rates.flagged[statement.form] += 1
                rates.alarms.append(statement)
            for mutant in _one_of_each_kind(statement, seed):
                rates.made[mutant.kind] += 1
                if killed(mutant, await detector.detect(question, mutant.text)):
                    rates.killed[mutant.kind] += 1
                else:
                    rates.missed.setdefault(mutant.kind, []).append(mutant)
        if limit is not None and rates.made.total() >= limit:
            break
    return rates


def _one_of_each_kind(statement: Statement, seed: int) -> list[Mutant]:
    found: dict[MutantKind, list[Mutant]] = {}
    for mutant in mutants(statement.text, [passage.text for passage in statement.question.passages], seed):
        found.setdefault(mutant.kind, []).append(mutant)
    chosen = random.Random(f"{seed}\n{statement.text}")  # noqa: S311 - mutants are no secret
    return [chosen.choice(some) for some in found.values()]


def killed(mutant: Mutant, found: Detection) -> bool:
    """Say whether the changed sentence is unsupported and a span overlaps the change."""
    changed = any(
        sentence.verdict == "unsupported" and sentence.start < mutant.end and mutant.start < sentence.end
        for sentence in found.sentences
    )
    return changed and any(span.start < mutant.end and mutant.start < span.end for span in found.spans)


def table(title: str, rates: KillRates) -> Table:
    """Return the rates with Wilson's 95% intervals: mutants killed by kind, statements flagged by form."""
    rows = [_row(kind, rates.killed[kind], rates.made[kind]) for kind in KINDS]
    rows.append(_row("all mutants", rates.killed.total(), rates.made.total()))
    rows.extend(_row(f"unmutated, {form}", rates.flagged[form], rates.stated[form]) for form in FORMS)
    rows.append(_row("unmutated", rates.flagged.total(), rates.stated.total()))
    return Table(title=title, columns=("kind", "found", "of", "rate", "95%"), rows=tuple(rows))


def _row(name: str, part: int, whole: int) -> tuple[str, ...]:
    interval = stats.wilson(part, whole)
    between = NOTHING if interval is None else f"{100 * interval.low:.1f}–{100 * interval.high:.1f}"
    return name, str(part), str(whole), share(part / whole if whole else None), between


def examples(rates: KillRates, count: int) -> Iterator[str]:
    """Yield lines with mutants that were missed, by kind, and statements that were flagged."""
    for kind in KINDS:
        for mutant in rates.missed.get(kind, [])[:count]:
            marked = (
                f"{mutant.text[: mutant.start]}[{mutant.text[mutant.start : mutant.end]}]{mutant.text[mutant.end :]}"
            )
            yield f"missed {kind}: {marked} (was {mutant.was!r})"
    for statement in rates.alarms[:count]:
        yield f"false alarm, {statement.form}: {statement.text}"

"""One pass over a run's records into arrays of numbers: what all summaries and comparisons are worked out from.

Memory holds numbers and case ids, never texts. Rows are sorted by cluster, case and trial at the end, so that nothing
depends on the order in which the records were written.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from harness.records import Answer, Answerable, Call, Record, Response, Run, Score

__all__ = ["NOTHING", "RESPONSES", "Column", "Key", "Table", "TableBuilder", "response_of", "tabulate", "words_of"]

Key: TypeAlias = tuple[str, int]
"""What identifies a record: the case's id and the trial."""

RESPONSES: Final[tuple[Response, ...]] = ("answered", "partial", "refused", "hedged", "undetermined")

Rows: TypeAlias = "NDArray[np.intp]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One quantity: the rows that have it, ascending, and their values."""

    rows: Rows
    values: NDArray[np.float64]

    def among(self, rows: Rows) -> Column:
        """Return the part of the column that lies in the given rows."""
        kept = np.isin(self.rows, rows, assume_unique=True)
        return Column(rows=self.rows[kept], values=self.values[kept])


NOTHING: Final = Column(rows=np.array([], dtype=np.intp), values=np.array([], dtype=np.float64))
"""The column of a quantity that no row has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All numbers of a run; `clusters` holds the group (or else the case) of every row as a code."""

    ids: Sequence[str]
    """The case of every row."""
    trials: Sequence[int]
    clusters: NDArray[np.intp]
    groups: Mapping[int, str]
    """The name of each cluster that is a group; every other one is a case."""
    repeated: bool
    """Whether a case may have several rows."""
    broken_rows: Rows
    """Records in which anything broke down."""
    values: Mapping[str, Column]
    """Metric → the scores that apply."""
    passed: Mapping[str, Column]
    """Metric → 1 where the score passed, 0 where not."""
    absent: Mapping[str, int]
    """Metric → how many scores do not apply."""
    tags: Mapping[str, Rows]
    answerable: Mapping[Answerable | None, Rows]
    responses: Mapping[Response, Rows]
    words: Column
    over_limit: Column
    """Words beyond the limit, of the answers that broke it."""
    latency: Column
    first_token: Column
    answered: int
    failed: int
    broken: int
    """Records in which anything broke down, be it the answer or its scoring."""
    failures: Mapping[str, int]
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    calls: int
    cached_calls: int
    findings: int
    models: tuple[str, ...]
    fingerprints: tuple[str, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        """The case and trial of every row, made when asked for: runs that stand alone need none."""
        return tuple(zip(self.ids, self.trials, strict=True))

    def owner(self, row: int) -> tuple[bool, str]:
        """Return a row's cluster: whether it is a case rather than a group, and its name."""
        group = self.groups.get(int(self.clusters[row]))
        return (True, self.ids[row]) if group is None else (False, group)

    def cases(self, rows: Rows) -> int:
        """Count the cases in rows that are distinct."""
        return len({self.ids[row] for row in rows}) if self.repeated else len(rows)


@dataclass(slots=True)
class _Numbers:
    """A column while it grows: rows in the order of reading."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, row: int, value: float | None) -> None:
        if value is not None:
            self.rows.append(row)
            self.values.append(value)


@dataclass(slots=True)
class TableBuilder:
    """Everything that is gathered while the records go by, row numbers in the order of reading."""

    ids: list[str] = field(default_factory=list)
    trials: array[int] = field(default_factory=lambda: array("q"))
    groups: dict[int, str] = field(default_factory=dict)
    """The group of every row that has one."""
    repeated: bool = False
    """Whether case ids come again, so that one copy of each is kept."""
    values: defaultdict[str, _Numbers] = field(default_factory=lambda: defaultdict(_Numbers))
    passed: defaultdict[str, _Numbers] = field(default_factory=lambda: defaultdict(_Numbers))
    absent: Counter[str] = field(default_factory=Counter)
    tags: dict[str, array[int]] = field(default_factory=dict)
    broken: array[int] = field(default_factory=lambda: array("q"))
    answerable: dict[Answerable | None, array[int]] = field(default_factory=dict)
    responses: dict[Response, array[int]] = field(default_factory=dict)
    words: _Numbers = field(default_factory=_Numbers)
    over_limit: _Numbers = field(default_factory=_Numbers)
    latency: _Numbers = field(default_factory=_Numbers)
    first_token: _Numbers = field(default_factory=_Numbers)
    failures: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    costs: array[float] = field(default_factory=lambda: array("d"))
    models: Counter[str] = field(default_factory=Counter)
    fingerprints: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        """Take in one record."""
        row = len(self.ids)
        self.ids.append(sys.intern(record.case_id) if self.repeated else record.case_id)
        self.trials.append(record.trial)
        if record.group is not None:
            self.groups[row] = sys.intern(record.group or record.case_id)
        for tag in record.tags:
            self.tags.setdefault(tag, array("q")).append(row)
        self.failures.update(failure.code for failure in record.failures)
        if record.failures or record.answer is None:
            self.broken.append(row)
        for call in record.calls:
            self._add_call(call)
        if record.answer is None:
            self.counts["failed"] += 1
            return
        self.answerable.setdefault(record.answerable, array("q")).append(row)
        self._add_answer(row, record.answer)
        for score in record.scores:
            self._add_score(row, score)

    def _add_call(self, call: Call) -> None:
        self.counts["calls"] += 1
        self.counts["cached_calls"] += call.cached
        if call.cost is None:
            self.counts["unpriced"] += 1
        else:
            self.costs.append(call.cost)

    def _add_answer(self, row: int, answer: Answer) -> None:
        self.latency.add(row, answer.latency)
        self.first_token.add(row, answer.first_token)
        self.counts["prompt_tokens"] += answer.prompt_tokens or 0
        self.counts["completion_tokens"] += answer.completion_tokens or 0
        if answer.model is not None:
            self.models[answer.model] += 1
        if answer.system_fingerprint is not None:
            self.fingerprints[answer.system_fingerprint] += 1

    def _add_score(self, row: int, score: Score) -> None:
        if score.value is None:
            self.absent[score.metric] += 1
        else:
            self.values[score.metric].add(row, score.value)
            if score.passed is not None:
                self.passed[score.metric].add(row, float(score.passed))
        if score.metric == "refusal":
            response = response_of(score)
            if response is not None:
                self.responses.setdefault(response, array("q")).append(row)
        elif score.metric == "word_limit":
            self.words.add(row, words_of(score))
            over = score.details.get("over")
            if isinstance(over, int) and over:
                self.over_limit.add(row, abs(over))
        elif score.metric == "hallucination":
            self.counts["findings"] += len(score.spans)

    def table(self) -> Table:
        """Sort the rows and freeze; what was gathered is let go on the way, so that nothing lies there twice."""
        repeated = any(self.trials)
        order = array("q", sorted(range(len(self.ids)), key=self._key(repeated=repeated)))
        clusters = np.empty(len(order), dtype=np.intp)
        groups: dict[int, str] = {}
        code, before = -1, None
        for place, row in enumerate(order):
            cluster = self.groups.get(row), None if row in self.groups else self.ids[row]
            code += cluster != before
            clusters[place], before = code, cluster
            if cluster[0] is not None:
                groups[code] = cluster[0]
        ids = [self.ids[row] for row in order]
        trials = array("q", [self.trials[row] for row in order])
        self.ids.clear()
        _refuse_doubles(ids, trials)
        places = np.empty(len(order), dtype=np.intp)
        places[np.array(order)] = np.arange(len(order), dtype=np.intp)
        columns = {
            name: {metric: _column(gathered.pop(metric), places) for metric in sorted(gathered)}
            for name, gathered in (("values", self.values), ("passed", self.passed))
        }
        return Table(
            ids=ids,
            trials=trials,
            clusters=clusters,
            groups=groups,
            repeated=repeated,
            broken_rows=_sorted(self.broken, places),
            broken=len(self.broken),
            values=columns["values"],
            passed=columns["passed"],
            absent=dict(self.absent),
            tags={tag: _sorted(rows, places) for tag, rows in sorted(self.tags.items())},
            answerable={kind: _sorted(rows, places) for kind, rows in self.answerable.items()},
            responses={kind: _sorted(rows, places) for kind, rows in self.responses.items()},
            words=_column(self.words, places),
            over_limit=_column(self.over_limit, places),
            latency=_column(self.latency, places),
            first_token=_column(self.first_token, places),
            answered=len(ids) - self.counts["failed"],
            failures=dict(sorted(self.failures.items())),
            cost=None if self.counts["unpriced"] else math.fsum(self.costs),
            models=tuple(sorted(self.models)),
            fingerprints=tuple(sorted(self.fingerprints)),
            **{name: self.counts[name] for name in _COUNTS},
        )

    def _key(self, *, repeated: bool) -> Callable[[int], Any]:
        """Return what rows are sorted by: cluster, groups before cases, then case and trial."""
        if not repeated and not self.groups:
            return self.ids.__getitem__
        ids, trials, groups = self.ids, self.trials, self.groups
        return lambda row: (row not in groups, groups.get(row, ids[row]), ids[row], trials[row])


_COUNTS: Final = ("failed", "prompt_tokens", "completion_tokens", "calls", "cached_calls", "findings")


def tabulate(run: Run) -> Table:
    """Read a run's records once.

    Raises:
        UsageError: a case and trial stand in the run twice.
    """
    builder = TableBuilder(repeated=run.header.trials > 1)
    for record in run.records:
        builder.add(record)
    return builder.table()


def response_of(score: Score) -> Response | None:
    """Return the response class that a refusal score carries; None if it carries none that is known."""
    found = score.details.get("response")
    return next((known for known in RESPONSES if known == found), None)


def words_of(score: Score) -> int | None:
    """Return the number of words that a word-limit score carries."""
    found = score.details.get("words")
    return found if isinstance(found, int) else None


def _refuse_doubles(ids: Sequence[str], trials: Sequence[int]) -> None:
    for before, key in pairwise(zip(ids, trials, strict=True)):
        if before == key:
            msg = (
                f"case {key[0]!r}, trial {key[1]}, stands in the run twice, so its figures would count it twice. "
                "Delete one of the lines, or run again with --overwrite."
            )
            raise UsageError(msg)


def _column(numbers: _Numbers, places: Rows) -> Column:
    rows = places[np.array(numbers.rows, dtype=np.intp)]
    order = np.argsort(rows)
    return Column(rows=rows[order], values=np.array(numbers.values, dtype=np.float64)[order])


def _sorted(rows: array[int], places: Rows) -> Rows:
    return np.sort(places[np.array(rows, dtype=np.intp)])

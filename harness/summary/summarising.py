"""From runs to a `Summary`: one look at each record."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from harness.summary.contest import contest
from harness.summary.deciding import Contender, decide, rank, unmet_rules
from harness.summary.estimating import distribution, eligible_groundedness, mean_of, rate_of, repeats
from harness.summary.judging import JudgingTally
from harness.summary.lengths import at_equal_length
from harness.summary.noting import notes
from harness.summary.nouns import CandidateSummary, MetricSummary, Summary
from harness.summary.refusals import refusal_table
from harness.summary.spending import Tally
from harness.summary.table import NOTHING, Column, TableBuilder
from harness.summary.worst import Smallest, gather_findings, row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.records import Header, Metric, Record, Run
    from harness.summary.nouns import CaseRow, Estimate, Finding
from harness.summary.table import Table

__all__ = ["MAX_FINDINGS", "MAX_ROWS", "GatheredRun", "Gathering", "summarise"]

MAX_ROWS: Final = 500
"""How many records of a candidate a summary shows one by one: the first by case id and trial."""
MAX_FINDINGS: Final = 1000
"""How many findings a summary holds, over all candidates: the most severe."""


class Gathering:
    """Runs on their way to a summary: every record is looked at once, while the run goes on or from its file.

    Memory holds numbers and case ids, whatever the length of the texts.
    """

    def __init__(self) -> None:
        """Begin with no run."""
        self._worst: Smallest[Finding] = Smallest(MAX_FINDINGS)
        self._runs: list[GatheredRun] = []

    def run(self, header: Header) -> GatheredRun:
        """Return what takes in the records of one more run."""
        self._runs.append(GatheredRun(header, self._worst))
        return self._runs[-1]

    def summary(self, *, title: str) -> Summary:
        """Boil what was gathered down to estimates, a ranking and a decision; equal for records in any order.

        Raises:
            UsageError: a case and trial stand in a run twice.
        """
        contenders = [one.contender() for one in self._runs]
        equal = at_equal_length([contender.table for contender in contenders])
        contenders = [
            replace(one, summary=replace(one.summary, equal_length_groundedness=estimate))
            for one, estimate in zip(contenders, equal, strict=True)
        ]
        ranked = rank(contenders)
        held = contest(ranked)
        headers = [one.header for one in self._runs]
        return Summary(
            title=title,
            suites=tuple(dict.fromkeys(suite for header in headers for suite in header.suites)),
            cases=max((header.cases for header in headers), default=0),
            cases_digest=headers[0].cases_digest if headers else "",
            candidates=tuple(held.placed(contender.summary) for contender in ranked),
            decision=decide(ranked, held),
            findings=self._worst.items(),
            notes=notes(ranked),
            comparisons=held.comparisons,
            disagreements=held.disagreements,
        )


class GatheredRun:
    """One run of a gathering; its `header` may be replaced by a later one of the same run."""

    def __init__(self, header: Header, worst: Smallest[Finding]) -> None:
        """Take the header, and where findings of all runs are offered."""
        self.header = header
        self._worst = worst
        self._shown: Smallest[CaseRow] = Smallest(MAX_ROWS)
        self._tally, self._judges = Tally(), JudgingTally()
        self._table = TableBuilder(repeated=header.trials > 1)

    def add(self, record: Record) -> None:
        """Take in one record."""
        self._table.add(record)
        self._tally.add(record)
        self._judges.add(record)
        gather_findings(self.header, record, self._worst)
        key = (record.case_id, record.trial)
        if self._shown.wants(key):
            self._shown.add(key, row(record))

    def contender(self) -> Contender:
        """Return what the run came to; the records are then let go."""
        table = self._table.table()
        candidate = replace(
            _candidate(self.header, table, self._shown.items()),
            spending=self._tally.spending(),
            judging=self._judges.judging(),
        )
        return Contender(summary=candidate, table=table, unmet=unmet_rules(candidate))


def summarise(runs: Sequence[Run], *, title: str) -> Summary:
    """Read runs over the same cases, and boil them down: a `Gathering` of all their records.

    Raises:
        UsageError: a case and trial stand in a run twice.
    """
    gathering = Gathering()
    for run in runs:
        one = gathering.run(run.header)
        for record in run.records:
            one.add(record)
    return gathering.summary(title=title)


def _candidate(header: Header, table: Table, rows: tuple[CaseRow, ...]) -> CandidateSummary:
    planned = max(header.planned, len(table.ids))
    return CandidateSummary(
        name=header.candidate,
        header=header,
        planned=planned,
        answered=table.answered,
        failed=table.failed,
        missing=planned - len(table.ids),
        failures=table.failures,
        metrics={metric.name: _metric(metric, table) for metric in header.metrics},
        by_tag=_by_tag(table.values, table, mean_of),
        refusal=refusal_table(table),
        eligible_groundedness=mean_of(eligible_groundedness(table), table.clusters),
        words=distribution(table.words),
        latency=distribution(table.latency),
        first_token=distribution(table.first_token),
        prompt_tokens=table.prompt_tokens,
        completion_tokens=table.completion_tokens,
        cost=table.cost,
        calls=table.calls,
        cached_calls=table.cached_calls,
        findings=table.findings,
        rows=rows,
        cases=table.cases(np.concatenate([NOTHING.rows, *table.answerable.values()])),
        broken=table.broken,
        over_limit=distribution(table.over_limit),
        grounded_and_correct=_grounded_and_correct(table),
        passed_by_tag=_by_tag(table.passed, table, rate_of),
    )


def _metric(metric: Metric, table: Table) -> MetricSummary:
    return MetricSummary(
        metric=metric,
        mean=mean_of(table.values.get(metric.name, NOTHING), table.clusters),
        pass_rate=rate_of(table.passed.get(metric.name, NOTHING), table.clusters),
        absent=table.absent.get(metric.name, 0),
        repeats=repeats(table.passed.get(metric.name, NOTHING), table),
    )


def _by_tag(
    columns: Mapping[str, Column], table: Table, estimate: Callable[..., Estimate]
) -> dict[str, dict[str, Estimate]]:
    found: dict[str, dict[str, Estimate]] = {}
    for tag, rows in table.tags.items():
        parts = {metric: column.among(rows) for metric, column in columns.items()}
        found[tag] = {metric: estimate(part, table.clusters) for metric, part in parts.items() if len(part.rows)}
    return found


def _grounded_and_correct(table: Table) -> dict[tuple[bool, bool], int]:
    """Count the answers by whether nothing unsupported was found in them and whether they are correct."""
    grounded, correct = (table.passed.get(metric, NOTHING) for metric in ("hallucination", "correctness"))
    _, at, facing = np.intersect1d(grounded.rows, correct.rows, return_indices=True)
    pairs = zip(grounded.values[at] == 1, correct.values[facing] == 1, strict=True)
    return dict(Counter((bool(one), bool(other)) for one, other in pairs))

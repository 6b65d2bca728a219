"""A report for pull requests: short, then foldable detail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from harness.report import contrasts, figures
from harness.report.excerpts import Excerpt, excerpt, visible
from harness.report.qualities import quality_tables
from harness.report.spending import spending_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.records import Case
    from harness.report.figures import Table
    from harness.summary import Summary

__all__ = ["render"]

_WORST: Final = 20
_COMPARED: Final = 5
_ENDING: Final = str.maketrans("`<>", "'‹›")
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!@])")


def render(summary: Summary, cases: Mapping[str, Case]) -> str:
    """Return the report as Markdown; texts of answers and contexts are escaped."""
    return "\n".join(_lines(summary, cases)) + "\n"


def _lines(summary: Summary, cases: Mapping[str, Case]) -> Iterator[str]:
    yield f"## {_plain(summary.title)}"
    yield ""
    yield f"**{_plain(summary.decision.text)}**"
    yield ""
    yield from _table(figures.leaderboard(summary))
    for note in summary.notes:
        yield f"> {_plain(note)}"
        yield ""
    broken = figures.failure_table(summary)
    if broken.rows:
        yield from _table(broken)
    if summary.findings:
        yield "<details><summary>The worst findings</summary>"
        yield ""
        for finding in summary.findings[:_WORST]:
            yield from _finding(excerpt(finding, cases))
        yield "</details>"
        yield ""
    if summary.comparisons:
        yield "<details><summary>Differences, paired</summary>"
        yield ""
        for comparison in summary.comparisons[:_COMPARED]:
            yield from _table(contrasts.comparison_table(comparison))
            for said in contrasts.sensitivity_lines(comparison):
                yield f"> {_plain(said)}"
                yield ""
        yield "</details>"
        yield ""
    yield "<details><summary>Responses, lengths and provenance</summary>"
    yield ""
    for table in (
        spending_table(summary),
        figures.response_table(summary),
        *quality_tables(summary),
        figures.repeats_table(summary),
        figures.length_table(summary),
    ):
        if table.rows:
            yield from _table(table)
    yield f"{summary.cases} case{'' if summary.cases == 1 else 's'}, digest `{summary.cases_digest[:12]}`."
    yield ""
    yield "</details>"


def _table(table: Table) -> Iterator[str]:
    yield f"*{_plain(table.title)}*"
    yield ""
    yield "| " + " | ".join(map(_plain, table.columns)) + " |"
    yield "|" + "---|" + "--:|" * (len(table.columns) - 1)
    for row in table.rows:
        yield "| " + " | ".join(map(_plain, row)) + " |"
    yield ""


def _finding(found: Excerpt) -> Iterator[str]:
    place = f" {_code(found.location)}" if found.location else ""
    yield f"- **{_plain(found.candidate)}** on {_code(found.case_id)}{place}: {found.label} ({found.confidence:.2f})"
    said = f"**<ins>{_plain(found.said.strip())}</ins>**"
    yield f"  > {_plain(found.before)} {said} {_plain(found.after.strip())}".rstrip()
    yield ""
    yield f"  {_plain(found.reason)}"
    if found.evidence:
        yield ""
        yield f"  Nearest evidence, {_plain(found.passage)}: {_plain(found.evidence)}"
    yield ""


def _plain(text: str) -> str:
    """Escape what Markdown and HTML would read, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(visible(text).split())).replace("\\<", "&lt;").replace("\\>", "&gt;")


def _code(text: str) -> str:
    """Write a name as code that nothing in it can end."""
    return "`" + " ".join(visible(text).split()).translate(_ENDING) + "`"

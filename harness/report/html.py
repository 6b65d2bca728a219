"""One self-contained page: works from disk, asks no network, and everything from answers and contexts is inert."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.report import figures
from harness.report.excerpts import excerpt, visible
from harness.report.qualities import quality_tables
from harness.report.spending import spending_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from harness.records import Case, Spec
    from harness.summary import CandidateSummary, Summary

__all__ = ["render"]


def render(summary: Summary, cases: Mapping[str, Case]) -> str:
    """Return the page; the same summary gives the same bytes."""
    return _template().render(
        summary=summary,
        leaderboard=figures.leaderboard(summary),
        responses=figures.response_table(summary),
        qualities=quality_tables(summary),
        failures=figures.failure_table(summary),
        spending=spending_table(summary),
        lengths=figures.length_table(summary),
        findings=[excerpt(finding, cases) for finding in summary.findings],
        cases=_case_table(summary),
        provenance=[(candidate.name, _provenance(candidate)) for candidate in summary.candidates],
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    return environment.get_template("report.html.jinja")


def _case_table(summary: Summary) -> figures.Table:
    """Return a row a case and trial, a column a candidate: grounded share and what did not pass."""
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for candidate in summary.candidates:
        for row in candidate.rows:
            if row.failure is not None and not row.scores:
                text = f"broke down: {row.failure.code}"
            else:
                value, _ = row.scores.get("groundedness", (None, None))
                unmet = sorted(name for name, (_, passed) in row.scores.items() if passed is False)
                text = f"{figures.share(value)} {row.response or ''}" + (
                    f"; not passed: {', '.join(unmet)}" if unmet else ""
                )
            rows.setdefault((row.case_id, row.trial), {})[candidate.name] = text
    names = [candidate.name for candidate in summary.candidates]
    return figures.Table(
        title="Cases: groundedness, kind of response, and the metrics that did not pass",
        columns=("case", *names),
        rows=tuple(
            (
                f"{case_id}" + (f" (trial {trial})" if trial else ""),
                *(cells.get(name, figures.NOTHING) for name in names),
            )
            for (case_id, trial), cells in sorted(rows.items())
        ),
    )


def _provenance(candidate: CandidateSummary) -> list[tuple[str, str]]:
    header = candidate.header
    found = [
        ("answerer", _spec(header.answerer)),
        ("detector", _spec(header.detector)),
        ("scorers", ", ".join(map(_spec, header.scorers))),
        ("prompt", f"{header.prompt} ({(header.prompt_digest or '')[:12]})" if header.prompt else ""),
        ("model", header.model or ""),
        ("system fingerprint", header.system_fingerprint or ""),
        ("cases", f"{header.planned} of {header.cases} planned, digest {header.cases_digest[:12]}"),
        ("trials, seed", f"{header.trials}, {header.seed}"),
        ("scored again from", (header.source or "")[:12]),
        ("started", header.started),
        ("versions", ", ".join(f"{name} {version}" for name, version in sorted(header.versions.items()))),
    ]
    return [(name, text) for name, text in found if text]


def _spec(spec: Spec) -> str:
    options = "&".join(f"{key}={value}" for key, value in sorted(spec.options.items()))
    return spec.name + (f":{spec.target}" if spec.target is not None else "") + (f"?{options}" if options else "")

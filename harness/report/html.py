"""One self-contained page: works from disk, asks no network, and everything from answers and contexts is inert.

The page's only script and style are allowed by their digests (Content-Security-Policy), so nothing else can run.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report import charts, contrasts, figures
from harness.report.excerpts import excerpt, visible
from harness.report.explorer import MAX_RECORDS, SHOWN_FINDINGS, explored
from harness.report.qualities import quality_tables
from harness.report.spending import spending_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jinja2 import Template

    from harness.records import Case, Run, Spec
    from harness.summary import CandidateSummary, Summary

__all__ = ["environment", "policy", "render"]

_WORST: Final = 40
"""Findings in full; the explorer has the others."""
_COMPARED: Final = 6
"""Comparisons in full, those of the leader; summary.json has all."""


def render(summary: Summary, cases: Mapping[str, Case], runs: Sequence[Run] = ()) -> str:
    """Return the page; the same summary and runs give the same bytes."""
    found = explored(summary, cases, runs)
    leading = [c for c in summary.comparisons if c.first == summary.comparisons[0].first][:_COMPARED]
    tables = [
        ("refusals", "Responses", figures.response_table(summary)),
        *((f"quality-{n}", table.title.split(":")[0], table) for n, table in enumerate(quality_tables(summary))),
        ("spending", "Requests, cost and latency", spending_table(summary)),
        ("repeats", "Steadiness over trials", figures.repeats_table(summary)),
        ("lengths", "Lengths", figures.length_table(summary)),
        ("failures", "Breakdowns", figures.failure_table(summary)),
    ]
    parts = {
        "duels": charts.duels(summary) if len(summary.comparisons) > 1 else None,
        "every": charts.differences(leading[0]) if leading else None,
        "trade_offs": charts.trade_offs(summary),
        "calibration": charts.calibration(found.labelled),
        "tables": [(name, title, table) for name, title, table in tables if table.rows],
    }
    return _template().render(
        **policy("report"),
        **parts,
        summary=summary,
        sections=list(_sections(parts)),
        places=any(candidate.places for candidate in summary.candidates),
        leaderboard=figures.leaderboard(summary),
        comparisons=[contrasts.comparison_table(comparison) for comparison in leading],
        sensitivity=[line for comparison in leading for line in contrasts.sensitivity_lines(comparison)],
        disagreements=contrasts.disagreement_table(summary),
        lengths=charts.lengths(summary),
        findings=[
            {
                **_fields(excerpt(finding, cases)),
                "link": urlencode({"case": visible(finding.case_id), "trial": finding.trial}),
            }
            for finding in summary.findings[:_WORST]
        ],
        complete=found.complete,
        shown=f"{found.shown:,}",
        most=MAX_RECORDS,
        worst=SHOWN_FINDINGS,
        records=Markup(found.packed()),  # noqa: S704 - base64 holds no markup
        provenance=[(candidate.name, _provenance(candidate)) for candidate in summary.candidates],
    )


def _sections(parts: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    yield "leaderboard", "Leaderboard"
    if parts["duels"] or parts["every"]:
        yield "differences", "Differences"
    if parts["trade_offs"]:
        yield "cost", "Cost and latency"
    tables = parts["tables"]
    for name, title, _ in tables if isinstance(tables, list) else []:
        yield name, title
    if parts["calibration"]:
        yield "calibration", "Calibration"
    yield from (("findings", "Findings"), ("cases", "Cases"), ("provenance", "Provenance"))


def _fields(found: object) -> dict[str, object]:
    return {name: getattr(found, name) for name in ("candidate", "case_id", "trial", "location", "label", "confidence",
            "reason", "before", "said", "after", "passage", "evidence")}  # fmt: skip


@cache
def policy(page: str) -> dict[str, Markup]:
    """Return a page's style and script, and the digests that its policy allows."""
    folder = files("harness.report").joinpath("templates")
    found = {}
    for kind, name in (("style", "report.css"), ("script", f"{page}.js")):
        text = folder.joinpath(name).read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        found[kind], found[f"{kind}_hash"] = Markup(text), Markup(f"sha256-{digest}")  # noqa: S704 - our own files
    return found


@cache
def environment() -> Environment:
    """Return what renders all pages: every value is escaped."""
    made = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["visible"] = visible
    return made


@cache
def _template() -> Template:
    return environment().get_template("report.html.jinja")


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

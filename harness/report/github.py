"""Workflow commands that GitHub shows beside the lines of the case files: a few of the worst findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.report.excerpts import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.gate import GateResult
    from harness.summary import Summary

__all__ = ["of_gate", "of_summary"]

_MOST: Final = 10
"""GitHub shows ten annotations of each level for a step."""


def of_summary(summary: Summary) -> Iterator[str]:
    """Yield a warning for each of the worst findings of the real candidates."""
    baselines = {candidate.name for candidate in summary.candidates if candidate.header.baseline}
    findings = [finding for finding in summary.findings if finding.candidate not in baselines]
    for finding in findings[:_MOST]:
        span = finding.span
        file, _, line = (finding.location or "").rpartition(":")
        said = finding.text[span.start : span.end]
        title = f"{finding.candidate}: {span.label} in {finding.case_id}"
        yield _command("warning", f"{said}: {span.reason}", title=title, file=file, line=line)


def of_gate(result: GateResult) -> Iterator[str]:
    """Yield an error for each rule that is not met."""
    for row in result.results:
        if not row.passed:
            yield _command("error", f"{row.rule}: {row.reason}", title=f"{row.candidate}: gate", file="", line="")


def _command(level: str, message: str, *, title: str, file: str, line: str) -> str:
    fields = {"file": file, "line": line if file and line.isdigit() else "", "title": title}
    given = ",".join(f"{name}={_property(value)}" for name, value in fields.items() if value)
    return f"::{level} {given}::{_data(message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

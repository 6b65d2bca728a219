"""What a reader must know before trusting the figures: gaps, drift, and settings that differ between runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.records import Header, Spec
    from harness.summary.deciding import Contender

__all__ = ["notes", "shown", "unlike"]


def notes(contenders: Sequence[Contender]) -> tuple[str, ...]:
    """Return the notes, one sentence each, in the order of the candidates."""
    found: list[str] = []
    for contender in contenders:
        found += _of_one(contender)
    headers = [contender.summary.header for contender in contenders]
    for header in headers[1:]:
        found += [f"{headers[0].candidate!r} and {header.candidate!r}: {text}" for text in unlike(headers[0], header)]
    return tuple(found)


def unlike(first: Header, second: Header) -> tuple[str, ...]:
    """Say in words what differs between the settings of two runs; the candidates themselves are meant to."""
    both = first.prompt_digest is not None and second.prompt_digest is not None  # a recorded answer knows of none
    prompts = [("prompt", _prompt(first), _prompt(second))] if both else []
    settings = (
        ("cases", first.cases_digest[:12], second.cases_digest[:12]),
        ("detector", shown(first.detector), shown(second.detector)),
        ("scorers", ", ".join(map(shown, first.scorers)), ", ".join(map(shown, second.scorers))),
        *prompts,
        ("trials", str(first.trials), str(second.trials)),
        ("seed", str(first.seed), str(second.seed)),
        *(
            (what, first.versions[key], second.versions[key])
            for what, key in (("harness", "faithful-harness"), ("detector version", "detector"))
            if key in first.versions and key in second.versions
        ),
    )
    return tuple(f"unlike {name}: {one} against {other}" for name, one, other in settings if one != other)


def shown(spec: Spec) -> str:
    """Return a spec as a reader knows it.

    >>> from harness.records import Spec
    >>> shown(Spec(name="judge", target="m", options={"threshold": 0.5}))
    'judge:m?threshold=0.5'
    """
    options = "&".join(f"{key}={value}" for key, value in sorted(spec.options.items()))
    return spec.name + (f":{spec.target}" if spec.target is not None else "") + (f"?{options}" if options else "")


def _prompt(header: Header) -> str:
    return f"{header.prompt or 'unnamed'} ({(header.prompt_digest or 'no digest')[:12]})"


def _of_one(contender: Contender) -> list[str]:
    summary, table = contender.summary, contender.table
    header, name = summary.header, repr(summary.name)
    found = []
    asked = header.cases * header.trials
    if summary.planned < header.cases:
        found.append(f"{name} covers {summary.planned} of {asked} answers: its figures are over those cases alone")
    if summary.missing:
        found.append(
            f"{name} was stopped: {summary.missing} of {summary.planned} answers are missing; finish with --resume"
        )
    if summary.broken > summary.failed:
        found.append(f"{name}: the scoring of {summary.broken - summary.failed} answers broke down and is left out")
    if len(table.models) > 1:
        found.append(f"{name} was answered by more than one model: {', '.join(table.models)}")
    if len(table.fingerprints) > 1:
        found.append(
            f"{name}: the endpoint's configuration changed during the run (fingerprints "
            f"{', '.join(table.fingerprints)})"
        )
    undeclared = sorted({*table.values, *table.absent} - {metric.name for metric in header.metrics})
    if undeclared:
        found.append(f"{name}: scores that its header does not declare are left out: {', '.join(undeclared)}")
    return found

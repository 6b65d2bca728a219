"""The sub-commands that check, list and write case files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli_exchange import deliver

if TYPE_CHECKING:
    from harness.settings import Settings

__all__ = ["cases"]

FOUND = 1


@click.group()
def cases() -> None:
    """Check, list and write case files."""


@cases.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
def check(paths: tuple[str, ...]) -> None:
    """Report every mistake of every file; exit 2 if there is one."""
    loaded = _loaded(paths)
    click.echo(f"{_counted(len(loaded), 'case')} in {_counted(len(loaded.suites), 'suite')}, no mistake")


@cases.command("list")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only cases with this tag (repeatable).")
def list_(paths: tuple[str, ...], *, tags: tuple[str, ...]) -> None:
    """List the cases: id, answerability, passages, recorded answers, tags and query."""
    for case in _loaded(paths, tags):
        fields = (
            case.id,
            case.answerable or "unknown",
            _counted(len(case.question.passages), "passage"),
            _counted(len(case.answers), "answer"),
            ",".join(case.tags) or "-",
            " ".join(case.question.query.split()),
        )
        click.echo("\t".join(fields))


@cases.command()
def schema() -> None:
    """Print the JSON Schema of a case file, for editors."""
    from harness import cases as case_files

    click.echo(case_files.json_schema(), nl=False)


@cases.command()
@click.argument("path", type=click.Path(path_type=Path))
def new(path: Path) -> None:
    """Write a commented skeleton of a suite to PATH."""
    from harness import cases as case_files
    from harness.errors import UsageError

    if path.exists():
        msg = f"{path}: exists already. Name a new file."
        raise UsageError(msg)
    try:
        path.write_text(case_files.skeleton(path.stem), encoding="utf-8")
    except OSError as error:
        msg = f"{path}: cannot be written: {error.strerror}. Name a file in a folder that exists."
        raise UsageError(msg) from error
    click.echo(f"wrote {path}")


@cases.command("lint")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--rules", metavar="FILE", help="Gate rules: are there enough cases to meet them? (default: `gate`)")
@click.option("--window", type=click.IntRange(min=1), default=128_000, show_default=True, metavar="TOKENS")
def lint_(paths: tuple[str, ...], *, rules: str | None, window: int) -> None:
    """Say what looks wrong in cases that load: doubles, references, labels, leaks, balance; exit 1 if anything does."""
    from harness import gate, settings
    from harness.studies import linting

    chosen = settings.load({"gate": rules})
    known = gate.load_rules(chosen.gate) if chosen.gate else None
    loaded = _loaded(paths)
    findings = linting.lint(loaded, rules=known, window=window)
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{_counted(len(loaded), 'case')}, {_counted(len(findings), 'finding')}")
    sys.exit(FOUND if findings else 0)


@cases.command("draft")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the suite here (default: print it).")
def draft_(paths: tuple[str, ...], *, output: Path | None) -> None:
    """Propose unanswerable variants, and ones with distractors, of cases with references; no model is asked."""
    from harness.errors import UsageError
    from harness.studies import drafting

    text = drafting.draft(_loaded(paths), name=output.stem if output is not None else "drafts")
    if not text:
        msg = "nothing to propose: no answerable case has a reference that its contexts support, and other contexts."
        raise UsageError(msg)
    deliver(text, output)


def _loaded(paths: tuple[str, ...], tags: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 - a CaseSet, imported lazily
    from harness import api, settings

    chosen: Settings = settings.load({"paths": paths})
    return api.load_cases(*chosen.paths, tags=tags)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

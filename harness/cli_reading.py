"""The sub-commands that read finished runs: compare, gate, report, history and power."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from harness.gate import Rules
    from harness.records import Run

__all__ = ["compare", "console", "gate", "history", "power", "report"]

RULE_UNMET = 1
_LOG_WIDTH = 120
_FORMS = ("sarif", "csv", "parquet", "annotations", "step-summary", "disagreement")


def console() -> Console:
    """Return the terminal; a file or a pipe, which has no width of its own, gets that of a CI log."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal or "COLUMNS" in os.environ else Console(highlight=False, width=_LOG_WIDTH)


def _one_run(path: str) -> Run:
    from harness import store
    from harness.errors import UsageError

    paths = store.run_paths(path)
    if len(paths) > 1:
        names = ", ".join(p.name for p in paths)
        msg = f"{path}: holds {len(paths)} candidates ({names}). Name one of the files."
        raise UsageError(msg)
    return store.read(paths[0])


@click.command()
@click.argument("first", type=click.Path())
@click.argument("second", type=click.Path())
@click.option("--margin", type=float, metavar="SHARE", help="Also test that SECOND is not worse by more than this.")
@click.option("--allow-unlike", is_flag=True, help="Compare although cases, detector or scorers differ.")
@click.option("--anytime", is_flag=True, help="Print bounds that hold however often you look; runs may be unfinished.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare(first: str, second: str, *, margin: float | None, allow_unlike: bool, anytime: bool, as_json: bool) -> None:
    """Hold run file SECOND against FIRST, paired on the same cases and trials."""
    from harness import summary
    from harness.encoding import line
    from harness.report import contrasts, terminal

    if anytime:
        found = summary.anytime(_one_run(first), _one_run(second), allow_unlike=allow_unlike)
        if as_json:
            click.echo(line(found), nl=False)
        else:
            terminal.show_table(contrasts.anytime_table(found), console())
        return
    result = summary.compare(_one_run(first), _one_run(second), allow_unlike=allow_unlike, margin=margin)
    if as_json:
        click.echo(line(result), nl=False)
    else:
        terminal.comparison(result, console())


@click.command()
@click.argument("folder", type=click.Path())
@click.option("--rules", metavar="FILE", help="The rules (default: `gate` in [tool.harness]).")
@click.option("--baseline", metavar="DIR", help="The baseline run (default: `baseline` in the rules).")
@click.option(
    "--look", type=click.IntRange(min=1), metavar="N", help="The N-th look at this baseline: spend 5% over all."
)
@click.option(
    "--looks-in", type=click.Path(path_type=Path), metavar="DIR|FILE",
    help="Count the looks: the folder, or the index (`history --index`), of the runs since the baseline.",
)  # fmt: skip
@click.option("--update-baseline", is_flag=True, help="Show the difference, then make this run the baseline.")
@click.option("--self-test", is_flag=True, help="Plant regressions and print which rules catch them at which size.")
@click.option("--annotations", is_flag=True, help="Also print GitHub annotations.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def gate(
    folder: str,
    *,
    rules: str | None,
    baseline: str | None,
    look: int | None,
    looks_in: Path | None,
    update_baseline: bool,
    self_test: bool,
    annotations: bool,
    as_json: bool,
) -> None:
    """Check a run against rules; exit 0 if all are met, 1 if not, 2 if they can't be decided."""
    from harness import gate as gates
    from harness import job, store, summary
    from harness.encoding import line
    from harness.report import github, terminal

    if update_baseline:
        _update_baseline(Path(folder), rules, baseline)
        return
    loaded, kept = _rules(rules, baseline)
    if self_test:
        _self_test(loaded, Path(folder), kept, as_json=as_json)
        return
    against = job.against_baseline(loaded, Path(folder), kept)
    found = summary.summarise(store.read_folder(folder), title=Path(folder).name)
    looks = {} if look is None else {candidate.name: look for candidate in found.candidates}
    if looks_in is not None:
        looks = job.looks(loaded, Path(folder), looks_in, kept)
    result = gates.check(loaded, found, against, looks=looks)
    if as_json:
        click.echo(line(result), nl=False)
    else:
        terminal.gate(result, console())
    for command in github.of_gate(result) if annotations else ():
        click.echo(command)
    sys.exit(0 if result.passed else RULE_UNMET)


def _rules(rules: str | None, baseline: str | None) -> tuple[Rules, Path | None]:
    """Return the rules and the folder of the baseline, if one is named."""
    from harness import gate as gates
    from harness import settings
    from harness.errors import UsageError

    file = rules or settings.load().gate
    if file is None:
        msg = "no rules. Name a file with --rules, or `gate` in [tool.harness]."
        raise UsageError(msg)
    loaded = gates.load_rules(file)
    named = baseline or loaded.baseline
    return loaded, Path(named) if named is not None else None


def _update_baseline(folder: Path, rules: str | None, baseline: str | None) -> None:
    from harness import store
    from harness.errors import UsageError
    from harness.report import terminal
    from harness.studies import baselines

    kept = Path(baseline) if baseline is not None else _rules(rules, None)[1]
    if kept is None:
        msg = "no baseline. Name its folder with --baseline, or `baseline` in the rules."
        raise UsageError(msg)
    old = store.read_folder(kept) if kept.exists() and any(kept.glob("*.jsonl")) else ()
    for comparison in baselines.differences(store.read_folder(folder), old):
        terminal.comparison(comparison, console())
    for path in baselines.update(folder, kept):
        click.echo(f"wrote {path}")


def _self_test(loaded: Rules, folder: Path, kept: Path | None, *, as_json: bool) -> None:
    from harness import job, store
    from harness.encoding import line
    from harness.report import terminal
    from harness.runner.folder import CASES_FILE
    from harness.studies import selftest

    where = kept if kept is not None and kept.exists() else folder
    others = {run.header.candidate: run for run in store.read_folder(folder)} if where != folder else {}
    for run in store.read_folder(where):
        named = {rule.candidate for rule in loaded.rules}
        if run.header.candidate not in named and (run.header.baseline or None not in named):
            continue
        cases = store.read_cases((where if where.is_dir() else where.parent) / CASES_FILE)
        work = selftest.self_test(loaded, run, cases, others.get(run.header.candidate))
        result = job.in_thread(work)
        if as_json:
            click.echo(line(result), nl=False)
        else:
            for table in selftest.tables(result):
                terminal.show_table(table, console())
            for note in result.notes:
                click.echo(f"note: {note}")


@click.command()
@click.argument("folder", type=click.Path())
@click.option("--redact", is_flag=True, help="Withhold the texts of contexts and answers from every output.")
@click.option("--also", "forms", multiple=True, type=click.Choice(_FORMS), help="Another form (repeatable).")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of summary.json instead.")
def report(folder: str, *, redact: bool, forms: tuple[str, ...], schema: bool) -> None:
    """Summarise a run's folder again: rewrite its reports and print the leaderboard."""
    from harness import job, settings
    from harness.report import terminal
    from harness.report.schema import summary_schema

    if schema:
        click.echo(summary_schema(), nl=False)
        return
    where = Path(folder)
    where = where.parent if where.is_file() else where
    chosen = settings.load({"redact": redact or None})
    result = job.finish(where, chosen)
    cases = job.shown_cases(where, result, redact=chosen.redact, worst=terminal.WORST)
    terminal.leaderboard(result, console(), cases=cases)
    click.echo(f"\nreports in {where}: report.html, report.md, junit.xml, summary.json")
    for name in job.also(where, result, forms, redact=chosen.redact):
        click.echo(name)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the page here.")
@click.option("--feed", type=click.Path(path_type=Path), metavar="FILE", help="Write the history as JSON here.")
@click.option(
    "--index", type=click.Path(path_type=Path), metavar="FILE", help="Keep the runs' scores in this SQLite file."
)
def history(folder: Path, *, output: Path | None, feed: Path | None, index: Path | None) -> None:
    """Follow each candidate's metrics over all runs below FOLDER: trends, and who regressed when."""
    from harness import store, summary
    from harness.report import terminal, trends

    files = () if index is not None and index.exists() and not folder.exists() else summary.run_files(folder)
    found = summary.history(summary.indexed(files, index))
    for restart in found.restarts:
        click.echo(f"note: {restart}")
    terminal.show_table(trends.table(found), console())
    click.echo(trends.headline(found))
    if output is not None:
        store.write_text(output, trends.render(found))
        click.echo(f"wrote {output}")
    if feed is not None:
        store.write_json(feed, found)
        click.echo(f"wrote {feed}")


@click.command()
@click.argument("first", type=click.Path(), required=False)
@click.argument("second", type=click.Path(), required=False)
@click.option("--metric", default="groundedness", show_default=True, help="Which metric.")
@click.option("--difference", type=float, metavar="SHARE", help="The difference that should be shown, e.g. 0.03.")
@click.option(
    "--discordance", type=float, metavar="SHARE", help="Without runs: share of cases on which verdicts differ."
)
@click.option("--power", "wanted", type=click.FloatRange(0.5, 0.999), default=0.8, show_default=True, help="The power.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def power(
    first: str | None,
    second: str | None,
    *,
    metric: str,
    difference: float | None,
    discordance: float | None,
    wanted: float,
    as_json: bool,
) -> None:
    """Say how many cases and trials a difference needs, and what so many can show.

    From two runs FIRST and SECOND (or one with several trials), or from a --discordance that is to be expected.
    """
    from harness.encoding import line
    from harness.errors import UsageError
    from harness.report import terminal
    from harness.studies import planning

    if difference is not None and not 0 < difference < 1:
        msg = f"--difference must lie between 0 and 1, not {difference:g}. Write 0.03 for three points of a hundred."
        raise UsageError(msg)
    if first is not None:
        plan = planning.of_runs(
            _one_run(first), None if second is None else _one_run(second), metric, wanted, difference
        )
    elif discordance is not None:
        plan = planning.of_discordance(discordance, wanted, difference)
    else:
        msg = "nothing to plan from. Name one or two run files, or --discordance, e.g. 0.25."
        raise UsageError(msg)
    if as_json:
        click.echo(line(plan), nl=False)
    else:
        terminal.show_table(planning.table(plan), console())
        for said in planning.sentences(plan):
            click.echo(said)


def register(main: Any) -> None:  # noqa: ANN401 - a click group
    """Give the group these commands."""
    for command in (compare, gate, report, history, power):
        main.add_command(command)

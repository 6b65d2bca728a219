"""The command line: parse, call, print. Every sub-command imports what it needs when it runs."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import cli_reading
from harness.cli_cases import cases
from harness.cli_endpoints import cache, spending, vendors
from harness.cli_exchange import export, import_
from harness.cli_init import init
from harness.cli_labels import label
from harness.cli_reading import RULE_UNMET, console
from harness.errors import HarnessError
from harness.garbage import seldom_collected

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.runner import Event

__all__ = ["main"]

INTERRUPTED = 130


class _Group(click.Group):
    """Turn the harness's own errors into one message on standard error and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        try:
            with seldom_collected():
                return super().invoke(ctx)
        except HarnessError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted; what was answered is on disk: go on with --resume", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:  # the reader of our output has gone, e.g. `| head`
            sys.stderr.close()
            ctx.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="faithful-harness", prog_name="harness")
@click.option("-v", "--verbose", count=True, help="Log each request (never its text or key); -vv logs more.")
def main(verbose: int) -> None:
    """Evaluate how faithful RAG answers are to their contexts, and see the evidence in the text."""
    if verbose:
        logging.basicConfig(
            level=logging.DEBUG if verbose > 1 else logging.INFO, format="%(asctime)s %(name)s %(message)s"
        )
        for chatty in ("openai", "httpx", "httpcore", "aiohttp", "asyncio"):
            logging.getLogger(chatty).setLevel(logging.WARNING)


main.add_command(cache)
main.add_command(cases)
main.add_command(init)
main.add_command(label)
main.add_command(vendors)


def _options(*decorators: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def apply(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


_CHOICES = _options(
    click.option("-a", "--answerer", "answerers", multiple=True, metavar="SPEC", help="A candidate (repeatable)."),
    click.option("-d", "--detector", metavar="SPEC", help="What finds unsupported text (default: lexical)."),
    click.option("-s", "--scorer", "scorers", multiple=True, metavar="SPEC", help="A scorer (repeatable)."),
    click.option("-t", "--trials", type=int, metavar="N", help="How often each case is asked (default: 1)."),
    click.option("-c", "--concurrency", metavar="N", help="Requests in flight per endpoint (default: 8), or 'auto'."),
    click.option("--limit", type=int, metavar="N", help="Only the first N cases of the seeded order."),
    click.option("--seed", type=int, metavar="N", help="Seed of the order of cases (default: 0)."),
    click.option("--max-failures", type=float, metavar="SHARE", help="Breakdowns allowed a candidate (default: 0.05)."),
)


@main.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_CHOICES
@spending
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only cases with this tag (repeatable: any of them).")
@click.option("-o", "--output", metavar="DIR", help="The run's folder (default: reports/<time>-<suite>).")
@click.option("--resume", is_flag=True, help="Go on with the run in the folder; ask only what is missing.")
@click.option("--overwrite", is_flag=True, help="Throw away the run in the folder.")
@click.option("--retry-failures", is_flag=True, help="With --resume: try again what broke down.")
@click.option("--dry-run", is_flag=True, help="Print requests, tokens and cost for each candidate, and ask nothing.")
@click.option("--batch", is_flag=True, help="Submit to the vendor's batch endpoint; collect later with --resume.")
@click.option("--baselines", is_flag=True, help="Also run refuse, echo and oracle: what would a trivial one score?")
@click.option("--gate", metavar="FILE", help="Check the rules in FILE afterwards; exit 1 if one is unmet.")
@click.option(
    "--redact", is_flag=True, default=None, help="Withhold the texts of contexts and answers from all reports."
)
def run(
    *,
    tags: tuple[str, ...],
    resume: bool,
    overwrite: bool,
    retry_failures: bool,
    dry_run: bool,
    batch: bool,
    baselines: bool,
    **flags: Any,  # noqa: ANN401 - as the options are typed
) -> None:
    """Ask every candidate every case, score the answers, and report which one can be trusted."""
    from harness import endpoints, gate, job, settings, traces
    from harness.report import progress, terminal

    chosen = traces.with_traces(settings.load(flags), flags["paths"])
    rules = gate.load_rules(chosen.gate) if chosen.gate else None
    folder, asked = job.prepared(chosen, tags=tags, baselines=baselines)
    if dry_run:
        terminal.show_table(endpoints.forecast_table(asked), console())
        return
    with progress.Progress({c.name: c.header.planned for c in asked.candidates}) as bar:

        def watch(event: Event) -> None:
            if bar.shown and event.record is not None:
                costs = [call.cost for call in event.record.calls]
                cost = None if None in costs else sum(c for c in costs if c is not None)
                bar.advance(event.candidate.name, failed=event.record.answer is None, cost=cost)

        how = job.How(resume=resume or retry_failures, overwrite=overwrite, retry_failures=retry_failures, batch=batch)
        outcome = job.execute(asked, chosen, folder=folder, how=how, watch=watch)
    cases = job.shown_cases(outcome.folder, outcome.summary, redact=chosen.redact, worst=terminal.WORST)
    terminal.leaderboard(outcome.summary, console(), cases=cases)
    click.echo(f"\nreports in {outcome.folder}: report.html, report.md, junit.xml, summary.json")
    for problem in outcome.problems:
        click.echo(f"error: {problem}", err=True)
    code = outcome.exit_code
    if rules is not None and code == 0:
        result = gate.check(rules, outcome.summary, job.against_baseline(rules, outcome.folder))
        terminal.gate(result, console())
        code = 0 if result.passed else RULE_UNMET
    sys.exit(code)


cli_reading.register(main)


@main.command()
@click.argument("path", metavar="RUN", type=click.Path())
@click.argument("case_id", metavar="CASE")
@click.option("--trial", type=int, default=0, show_default=True, help="Which trial.")
def show(path: str, case_id: str, *, trial: int) -> None:
    """Show one case of a run: each sentence of the answer beside its evidence, and every score."""
    from harness import store
    from harness.errors import UsageError
    from harness.report import terminal
    from harness.runner.folder import CASES_FILE

    screen, found = console(), False
    for file in store.run_paths(path):
        opened = store.read(file)
        for record in opened.records:
            if record.trial == trial and (record.case_id == case_id or record.case_id.endswith(f"/{case_id}")):
                case = store.read_cases(file.parent / CASES_FILE, {record.case_id}).get(record.case_id)
                screen.rule(f"{opened.header.candidate}")
                terminal.show(record, case, screen)
                found = True
    if not found:
        msg = f"{path}: no record of case {case_id!r}, trial {trial}. `harness cases list` names the cases."
        raise UsageError(msg)


@main.command()
@click.argument("answer", type=click.File("r", encoding="utf-8"), default="-")
@click.option("--context", "contexts", multiple=True, required=True, metavar="FILE", help="A text file (repeatable).")
@click.option("--query", default="", help="The question that was asked.")
@click.option("-d", "--detector", metavar="SPEC", help="What finds unsupported text (default: lexical).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def detect(answer: Any, contexts: tuple[str, ...], *, query: str, detector: str | None, as_json: bool) -> None:  # noqa: ANN401 - click hands over an open file
    """Find what ANSWER (a file, or standard input) says beyond, or against, the contexts."""
    from harness import api, settings
    from harness.encoding import line
    from harness.errors import UsageError
    from harness.records import Passage
    from harness.report import terminal

    passages = []
    for number, name in enumerate(contexts, start=1):
        try:
            passages.append(Passage(id=f"p{number}", text=Path(name).read_text(encoding="utf-8"), source=name))
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{name}: cannot be read as UTF-8 text: {error}. Name a text file with --context."
            raise UsageError(msg) from error
    text = answer.read().strip()
    found = api.detect(passages, query, text, detector=settings.load({"detector": detector}).detector)
    if as_json:
        click.echo(line(found), nl=False)
    else:
        terminal.detection(found, text, passages, console())


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("-d", "--detector", metavar="SPEC", help="The detector or judge (default: lexical).")
@click.option("-c", "--concurrency", type=int, metavar="N", help="Answers in flight (default: 8).")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Write the results as JSON.")
@click.option("--rows", "rows_file", type=click.Path(path_type=Path), metavar="FILE", help="Write each row's verdict.")
def calibrate(
    files: tuple[Path, ...],
    *,
    detector: str | None,
    concurrency: int | None,
    json_file: Path | None,
    rows_file: Path | None,
) -> None:
    """Hold a detector against human-labelled answers: how far can its numbers be trusted?"""
    from contextlib import ExitStack

    from harness import job, settings, store
    from harness.encoding import line
    from harness.report import terminal
    from harness.studies import calibration

    chosen = settings.load({"detector": detector, "concurrency": concurrency})
    with ExitStack() as stack:
        stream = stack.enter_context(rows_file.open("w", encoding="ascii")) if rows_file else None

        def watch(one: calibration.Judged) -> None:
            if stream is not None:
                spans = [{"start": start, "end": end} for start, end in one.spans]
                stream.write(line({"id": one.id, "score": one.score, "flagged": one.flagged, "spans": spans}))

        work = calibration.calibrate(files, chosen.detector, concurrency=chosen.concurrency, watch=watch)
        results = job.in_thread(work)
    if json_file is not None:
        store.write_json(json_file, results)
    terminal.show_table(calibration.table(results), console())


main.add_command(import_)
main.add_command(export)

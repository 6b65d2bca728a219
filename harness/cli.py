"""The command line: parse, call, print. Every sub-command imports what it needs when it runs."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import cli_reading
from harness.cli_endpoints import cache, spending, vendors
from harness.cli_exchange import deliver, export, import_
from harness.cli_init import init
from harness.cli_labels import label
from harness.cli_reading import RULE_UNMET, console
from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.runner import Event
    from harness.settings import Settings

__all__ = ["main"]

INTERRUPTED = 130


class _Group(click.Group):
    """Turn the harness's own errors into one message on standard error and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        try:
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
    from harness import api, endpoints, gate, settings
    from harness.report import progress, terminal

    chosen = settings.load(flags)
    rules = gate.load_rules(chosen.gate) if chosen.gate else None
    folder, asked = api.prepared(chosen, tags=tags, baselines=baselines)
    if dry_run:
        terminal.show_table(endpoints.forecast_table(asked), console())
        return
    with progress.Progress({c.name: c.header.planned for c in asked.candidates}) as bar:

        def watch(event: Event) -> None:
            if event.record is not None:
                costs = [call.cost for call in event.record.calls]
                cost = None if None in costs else sum(c for c in costs if c is not None)
                bar.advance(event.candidate.name, failed=event.record.answer is None, cost=cost)

        how = api.How(resume=resume or retry_failures, overwrite=overwrite, retry_failures=retry_failures, batch=batch)
        outcome = api.execute(asked, chosen, folder=folder, how=how, watch=watch)
    terminal.leaderboard(
        outcome.summary, console(), cases=api.shown_cases(outcome.folder, outcome.summary, redact=chosen.redact)
    )
    click.echo(f"\nreports in {outcome.folder}: report.html, report.md, junit.xml, summary.json")
    for problem in outcome.problems:
        click.echo(f"error: {problem}", err=True)
    code = outcome.exit_code
    if rules is not None and code == 0:
        result = gate.check(rules, outcome.summary, api.against_baseline(rules, outcome.folder))
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
def detect(answer: Any, contexts: tuple[str, ...], *, query: str, detector: str | None, as_json: bool) -> None:  # noqa: ANN401
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

    from harness import api, settings, store
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
        results = api.in_thread(work)
    if json_file is not None:
        store.write_json(json_file, results)
    terminal.show_table(calibration.table(results), console())


@main.group()
def cases() -> None:
    """Check, list and write case files."""


@cases.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
def check(paths: tuple[str, ...]) -> None:
    """Report every mistake of every file; exit 2 if there is one."""
    loaded = _loaded(paths)
    suites = len(loaded.suites)
    click.echo(f"{len(loaded)} cases in {suites} suite{'s' if suites != 1 else ''}, no mistake")


@cases.command("list")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only cases with this tag (repeatable).")
def list_(paths: tuple[str, ...], *, tags: tuple[str, ...]) -> None:
    """List the cases: id, answerability, passages, recorded answers, tags and query."""
    for case in _loaded(paths, tags):
        fields = (
            case.id,
            case.answerable or "unknown",
            f"{len(case.question.passages)} passages",
            f"{len(case.answers)} answers",
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
    click.echo(f"{len(loaded)} cases, {len(findings)} finding{'s' if len(findings) != 1 else ''}")
    sys.exit(RULE_UNMET if findings else 0)


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


main.add_command(import_)
main.add_command(export)

"""What is printed: the decision, the leaderboard, the worst findings with the offending words underlined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich import box
from rich.cells import cell_len
from rich.table import Table as RichTable
from rich.text import Text

from harness.report import contrasts, figures
from harness.report.excerpts import Excerpt, excerpt, visible
from harness.report.qualities import quality_tables
from harness.report.spending import spending_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from harness.gate import GateResult
    from harness.records import Case, Detection, Passage, Record
    from harness.report.figures import Table
    from harness.summary import Comparison, Summary

__all__ = ["comparison", "detection", "gate", "leaderboard", "show", "show_table"]

_STYLES: Final = {"baseless": "bold red", "conflict": "bold magenta", "echo": "bold yellow"}
WORST: Final = 5


def leaderboard(summary: Summary, console: Console, *, cases: Mapping[str, Case], worst: int = WORST) -> None:
    """Print the decision in words, then the tables, then the worst findings."""
    console.print()
    console.print(Text(visible(summary.decision.text), style="bold"))
    console.print()
    show_table(figures.leaderboard(summary), console)
    responses = figures.response_table(summary)
    if responses.rows:
        console.print()
        show_table(responses, console)
    for table in quality_tables(summary):
        console.print()
        show_table(table, console)
    broken = figures.failure_table(summary)
    if broken.rows:
        console.print()
        show_table(broken, console)
    spent = spending_table(summary)
    if spent.rows:
        console.print()
        show_table(spent, console)
    if summary.findings:
        total = sum(candidate.findings for candidate in summary.candidates)
        console.print()
        console.print(Text(f"The worst of {total} findings" if total > 1 else "The finding", style="bold"))
        for finding in summary.findings[:worst]:
            console.print()
            _finding(excerpt(finding, cases), console)
    for note in summary.notes:
        console.print()
        console.print(Text(f"note: {visible(note)}", style="yellow"))


def show_table(table: Table, console: Console) -> None:
    """Print a table; one that is too wide is turned round, and if need be set row by row."""
    turned = figures.Table(
        title=table.title,
        columns=(table.columns[0], *(row[0] for row in table.rows)),
        rows=tuple(zip(table.columns[1:], *(row[1:] for row in table.rows), strict=True)),
    )
    for form in (table, turned):
        if _width(form) <= console.width:
            console.print(Text(form.title))
            rich = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
            for number, column in enumerate(form.columns):
                rich.add_column(Text(visible(column)), justify="left" if number == 0 else "right", no_wrap=True)
            for row in form.rows:
                rich.add_row(*(Text(visible(cell)) for cell in row))
            console.print(rich)
            return
    console.print(Text(table.title))
    for row in table.rows:
        console.print(Text(visible(row[0]), style="bold"))
        for column, cell in zip(table.columns[1:], row[1:], strict=True):
            if cell != figures.NOTHING:
                console.print(Text(f"  {column:<20} {visible(cell)}"))


def _width(table: Table) -> int:
    columns = zip(table.columns, *table.rows, strict=True)
    return sum(max(cell_len(cell) for cell in column) + 3 for column in columns)  # a blank each side and one between


def _finding(found: Excerpt, console: Console) -> None:
    trial = f" (trial {found.trial})" if found.trial else ""
    place = f"  {found.location}" if found.location else ""
    console.print(Text.assemble((found.candidate, "bold"), f"  {found.case_id}{trial}{place}"), soft_wrap=True)
    for line in _underlined(found.before, found.said, found.after, max(40, console.width - 4)):
        console.print(Text("  ").append(line), soft_wrap=True)
    said = f"  {found.label} ({found.confidence:.2f}): {found.reason}"
    console.print(Text(said, style=_STYLES[found.label]), soft_wrap=True)
    if found.evidence:
        flat = " ".join(found.evidence.split())
        console.print(Text(f"  nearest evidence, {found.passage}: {flat}", style="dim"), soft_wrap=True)


def _underlined(before: str, said: str, after: str, width: int) -> list[Text]:
    """Set the three parts in lines of a width, with a line of carets below what was said."""
    parts = [" ".join(part.split()) for part in (before, said, after)]
    gaps = [" " if before[-1:].isspace() else "", " " if after[:1].isspace() else ""]
    flat = parts[0] + gaps[0] + parts[1] + gaps[1] + parts[2]
    start = len(parts[0]) + len(gaps[0])
    end = start + len(parts[1])
    lines: list[Text] = []
    at = 0
    for line in _wrapped(flat, width):
        low, high = max(start - at, 0), min(end - at, len(line))
        shown = Text(line.rstrip())
        if low < high:
            shown.stylize("underline", low, high)
        lines.append(shown)
        if low < high:
            marks = " " * cell_len(line[:low]) + "~" * max(1, cell_len(line[low:high].rstrip()))
            lines.append(Text(marks, style="red"))
        at += len(line)
    return lines


def _wrapped(flat: str, width: int) -> list[str]:
    """Cut a text into lines that add up to it: blanks stay at the ends of lines, a word too wide is cut."""
    lines = [""]
    for word in re.findall(r"\S+\s*|\s+", flat):
        pieces = [word[n : n + width] for n in range(0, len(word), width)]
        for piece in pieces:
            if lines[-1] and cell_len(lines[-1] + piece.rstrip()) > width:
                lines.append("")
            lines[-1] += piece
    return lines


def show(record: Record, case: Case | None, console: Console) -> None:
    """Print one record: the query, each sentence of the answer beside its evidence, every score and failure."""
    console.print(Text(f"{record.case_id}, trial {record.trial}  {record.location or ''}", style="bold"))
    passages: Mapping[str, Passage] = {}
    if case is not None:
        console.print(Text(f"query: {visible(case.question.query)}"))
        passages = {passage.id: passage for passage in case.question.passages}
    if record.answer is not None:
        if record.answer.passages is not None:
            passages = {passage.id: passage for passage in record.answer.passages}
        if record.answer.stripped:
            console.print(Text(f"stripped from the answer: {', '.join(record.answer.stripped)}", style="dim"))
        _sentences(record, passages, console)
    console.print()
    for score in record.scores:
        value = figures.NOTHING if score.value is None else f"{score.value:.3f}"
        verdict = {True: "passed", False: "not passed", None: ""}[score.passed]
        console.print(Text(f"{score.metric:<18} {value:>6}  {verdict:<10}  {visible(score.reason)}"), soft_wrap=True)
    for failure in record.failures:
        said = f"{failure.stage} broke down: {failure.code}: {visible(failure.message)}"
        console.print(Text(said, style="red"), soft_wrap=True)


def _sentences(record: Record, passages: Mapping[str, Passage], console: Console) -> None:
    if record.answer is None:
        return
    text = record.answer.text
    grounded = next((s for s in record.scores if s.metric == "groundedness"), None)
    listed = grounded.details.get("sentences") if grounded else None
    spans = [span for score in record.scores for span in score.spans]
    if not isinstance(listed, list) or not listed:
        console.print(Text(visible(text)))
        return
    for sentence in listed:
        if not isinstance(sentence, dict):
            continue
        start, end = sentence["start"], sentence["end"]
        if not isinstance(start, int) or not isinstance(end, int):
            continue
        verdict = sentence["verdict"] or "no claim"
        console.print()
        inside = [span for span in spans if start <= span.start < end]
        if inside:
            first = inside[0]
            parts = text[start : first.start], text[first.start : first.end], text[first.end : end]
            for line in _underlined(
                visible(parts[0]), visible(parts[1]), visible(parts[2]), max(40, console.width - 4)
            ):
                console.print(Text("  ").append(line), soft_wrap=True)
        else:
            console.print(Text("  " + " ".join(visible(text[start:end]).split())), soft_wrap=True)
        style = {"supported": "green", "unsupported": "red"}.get(str(verdict), "dim")
        console.print(Text(f"  {verdict}", style=style))
        for span in inside:
            words = " ".join(visible(text[span.start : span.end]).split())
            console.print(
                Text(
                    f"  {span.label} ({span.confidence:.2f}): {visible(span.reason)}  [{words}]",
                    style=_STYLES[span.label],
                ),
                soft_wrap=True,
            )
        _proof(sentence.get("evidence"), passages, console)


def _proof(listed: object, passages: Mapping[str, Passage], console: Console) -> None:
    for evidence in listed if isinstance(listed, list) else []:
        passage = passages.get(str(evidence["passage"]))
        if passage is not None:
            quote = " ".join(visible(passage.text[evidence["start"] : evidence["end"]]).split())
            said = f"    {evidence['passage']} ({evidence['similarity']:.2f}): {quote}"
            console.print(Text(said, style="dim"), soft_wrap=True)


def detection(found: Detection, text: str, passages: Sequence[Passage], console: Console) -> None:
    """Print what a detector found in one answer."""
    by_id = {passage.id: passage for passage in passages}
    claims = [sentence for sentence in found.sentences if sentence.kind == "claim"]
    supported = sum(sentence.verdict == "supported" for sentence in claims)
    console.print(
        Text(
            f"{supported} of {len(claims)} check-worthy sentences supported; probability of hallucination "
            f"{found.probability:.2f}",
            style="bold",
        )
    )
    for span in found.spans:
        sentence = next((s for s in found.sentences if s.start <= span.start < s.end), None)
        start, end = (sentence.start, sentence.end) if sentence else (span.start, span.end)
        evidence, name = "", ""
        if span.evidence is not None and span.evidence.passage in by_id:
            passage = by_id[span.evidence.passage]
            evidence = visible(passage.text[span.evidence.start : span.evidence.end])
            name = f"{passage.id} ({passage.source})" if passage.source else passage.id
        console.print()
        _finding(
            Excerpt(
                candidate="answer",
                case_id=f"characters {span.start}–{span.end}",
                trial=0,
                location="",
                label=span.label,
                confidence=span.confidence,
                reason=visible(span.reason),
                before=visible(text[start : span.start]),
                said=visible(text[span.start : span.end]),
                after=visible(text[span.end : end]),
                passage=name,
                evidence=evidence,
            ),
            console,
        )


def comparison(result: Comparison, console: Console) -> None:
    """Print the paired differences of two runs."""
    show_table(contrasts.comparison_table(result), console)
    for said in contrasts.sensitivity_lines(result):
        console.print(Text(visible(said), style="yellow"), soft_wrap=True)
    tagged = contrasts.subgroup_table(result)
    if tagged.rows:
        show_table(tagged, console)
    for line in result.unlike:
        console.print(Text(f"unlike: {visible(line)}", style="yellow"), soft_wrap=True)


def gate(result: GateResult, console: Console) -> None:
    """Print each rule with its verdict."""
    for row in result.results:
        mark, style = ("met", "green") if row.passed else ("unmet", "red")
        console.print(Text(f"{mark:<6} {row.candidate}: {row.rule}  {row.reason}", style=style), soft_wrap=True)
    unmet = sum(not row.passed for row in result.results)
    total = len(result.results)
    console.print(Text(f"gate: {total - unmet} of {total} rules met" + ("" if unmet else ": passed"), style="bold"))

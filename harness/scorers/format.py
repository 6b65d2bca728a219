"""Format: does the raw answer look as the case demands?"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Final

import yaml

from harness.records import Metric, Score
from harness.text.citations import citations
from harness.text.json_schema import schema_violation
from harness.text.languages import in_language, language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.records import Answer, Case, Detection
    from harness.records import Format as Demands

__all__ = ["Format"]

_BULLET: Final = re.compile(r"^[ \t]*[-*+•][ \t]+\S")
_NUMBERED: Final = re.compile(r"^[ \t]*(\d{1,3})[.)][ \t]+\S")
_ROW: Final = re.compile(r"^[ \t]*\|.*\|[ \t]*$")
_RULE: Final = re.compile(r"^[ \t]*\|[ \t:|-]*-[ \t:|-]*\|[ \t]*$")
_HEADING: Final = re.compile(
    r"^[ ]{0,3}(?:#{1,6}[ \t]+(?P<hash>.+?)[ \t#]*|\*\*(?P<bold>[^*\n]+?):?\*\*:?)[ \t]*$", re.MULTILINE
)
_FENCE: Final = re.compile(r"\A\s*```(?:\w+)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
_MAX_REGEX_TEXT: Final = 20_000
_MAX_YAML_TEXT: Final = 200_000
_SHOWN: Final = 60


class Format:
    """1 if every demand on the form is met, 0 otherwise; judged on `answer.raw`."""

    needs_detection = False
    metrics = (Metric(name="format", direction="higher", unit="demands met", rule="every demand is met"),)

    async def score(self, case: Case, answer: Answer, _detection: Detection | None, /) -> tuple[Score, ...]:
        """Check each demand of the case; the reason says where and what was expected."""
        if case.format is None:
            return (Score(metric="format", value=None, reason="the case demands no format"),)
        unmet = list(_unmet(case.format, answer.raw))
        reason = "; ".join(unmet) if unmet else "every demand on the format is met"
        return (
            Score(
                metric="format",
                value=0.0 if unmet else 1.0,
                passed=not unmet,
                reason=reason,
                details={"unmet": [*unmet]},
            ),
        )


def _unmet(demands: Demands, raw: str) -> Iterator[str]:
    """Yield what is wrong, one sentence a demand."""
    body = raw
    if demands.between is not None:
        body, wrong = _between(demands.between, raw)
        if wrong:
            yield wrong
    yield from _data(demands, body)
    yield from _layout(demands, body)
    if demands.regex is not None and re.search(demands.regex, body[:_MAX_REGEX_TEXT]) is None:
        yield f"expected a match of {demands.regex!r}; found {_shown(body)}"
    if demands.one_of and _plain(body) not in {_plain(choice) for choice in demands.one_of}:
        yield f"expected one of {', '.join(map(repr, demands.one_of))}; found {_shown(body)}"
    yield from _wording(demands, body)


def _between(mark: str, raw: str) -> tuple[str, str]:
    """Return what stands between the first and the last mark, and what is wrong with it."""
    first, last = raw.find(mark), raw.rfind(mark)
    if first < 0:
        return raw, f"expected the answer between two marks {mark!r}; there is none"
    if first == last:
        return raw, f"expected the answer between two marks {mark!r}; there is one, at character {first}"
    body = raw[first + len(mark) : last]
    return body, "" if body.strip() else f"expected an answer between the marks {mark!r}; nothing stands there"


def _data(demands: Demands, body: str) -> Iterator[str]:
    """Check the formats that machines read; one code fence around everything is let pass."""
    fenced = _FENCE.match(body)
    inner = fenced.group(1) if fenced else body
    if demands.json or demands.json_schema is not None:
        yield from _json(demands, inner)
    if demands.json_lines:
        yield from _json_lines(inner)
    if demands.yaml:
        yield from _yaml(inner)
    if demands.csv is not None:
        yield from _csv(demands.csv, inner)


def _json(demands: Demands, body: str) -> Iterator[str]:
    try:
        value = json.loads(body)
    except json.JSONDecodeError as error:
        yield f"expected JSON; line {error.lineno}, column {error.colno}: {error.msg.lower()}"
    except (ValueError, RecursionError) as error:
        yield f"expected JSON: {error}"
    else:
        wrong = None if demands.json_schema is None else schema_violation(demands.json_schema, value)
        if wrong is not None:
            yield f"expected JSON by the schema; {wrong}"


def _json_lines(body: str) -> Iterator[str]:
    lines = [(number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip()]
    if not lines:
        yield "expected JSON lines; found nothing"
    for number, line in lines:
        try:
            json.loads(line)
        except (ValueError, RecursionError) as error:
            said = error.msg.lower() if isinstance(error, json.JSONDecodeError) else str(error)
            yield f"expected JSON on every line; line {number}: {said}"
            return


def _yaml(body: str) -> Iterator[str]:
    try:
        root = yaml.compose(body[:_MAX_YAML_TEXT], Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"; line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        yield f"expected YAML{place}: {getattr(error, 'problem', None) or 'it cannot be read'}"
        return
    if not isinstance(root, yaml.MappingNode | yaml.SequenceNode):
        yield f"expected YAML with keys or a list; found {_shown(body)}"


def _csv(columns: tuple[str, ...], body: str) -> Iterator[str]:
    try:
        rows = [row for row in csv.reader(io.StringIO(body.strip(), newline=""), strict=True) if row]
    except csv.Error as error:
        yield f"expected CSV: {error}"
        return
    if not rows or len(rows[0]) < (len(columns) or 2):
        yield f"expected CSV with {len(columns) or 'two or more'} columns; found {_shown(body)}"
        return
    header = [cell.strip() for cell in rows[0]]
    if columns and header != list(columns):
        yield f"expected the CSV columns {', '.join(columns)}; line 1 has {', '.join(header)}"
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            yield f"expected {len(header)} CSV columns in every row; row {number} has {len(row)}"
            return


def _layout(demands: Demands, body: str) -> Iterator[str]:
    """Check lists, tables and headings."""
    lines = [line for line in body.splitlines() if line.strip()]
    if demands.list == "steps":
        yield from _steps(lines)
    elif demands.list is not None and not _list(demands.list, lines):
        yield f"expected a {'' if demands.list == 'any' else demands.list + ' '}list; found {_shown(body)}"
    if demands.table and not _table(lines):
        yield f"expected a Markdown table (header, rule, row); found {_shown(body)}"
    headings = [_plain(match["hash"] or match["bold"]) for match in _HEADING.finditer(body)] if demands.headings else []
    at = 0
    for heading in demands.headings:
        wanted = _plain(heading)
        if wanted not in headings:
            yield f"expected the heading {heading!r}; there is none"
        elif wanted not in headings[at:]:
            yield f"expected the heading {heading!r} after the others; it stands before them"
        else:
            at = headings.index(wanted, at) + 1


def _list(kind: str, lines: list[str]) -> bool:
    """Ask for two items at least, or one that is the whole answer."""
    bullets = sum(_BULLET.match(line) is not None for line in lines)
    numbered = sum(_NUMBERED.match(line) is not None for line in lines)
    found = {"bullets": bullets, "numbered": numbered, "any": max(bullets, numbered)}[kind]
    return found > 1 or (found == 1 and len(lines) == 1)


def _steps(lines: list[str]) -> Iterator[str]:
    numbers = [int(match[1]) for line in lines if (match := _NUMBERED.match(line))]
    if len(numbers) < 2:  # noqa: PLR2004 - one step is no list
        yield f"expected numbered steps; found {len(numbers)}"
    for expected, number in enumerate(numbers, 1):
        if number != expected:
            yield f"expected step {expected}; found {number}"
            return


def _table(lines: list[str]) -> bool:
    return any(
        _ROW.match(head) and _RULE.match(rule) and _ROW.match(row)
        for head, rule, row in zip(lines, lines[1:], lines[2:], strict=False)
    )


def _wording(demands: Demands, body: str) -> Iterator[str]:
    """Check language, phrases and citation marks."""
    if demands.language is not None and not in_language(body, demands.language):
        yield f"expected the language {demands.language!r}; found {language_of(body)!r}"
    flat = " ".join(body.split()).casefold() if demands.contains or demands.lacks else ""
    for phrase in demands.contains:
        if " ".join(phrase.split()).casefold() not in flat:
            yield f"expected {phrase!r}; it does not stand there"
    for phrase in demands.lacks:
        at = flat.find(" ".join(phrase.split()).casefold())
        if at >= 0:
            yield f"{phrase!r} must not stand there; found at character {at}"
    if demands.citations and not citations(body):
        yield f"expected citation marks such as [1]; found {_shown(body)}"


def _plain(text: str) -> str:
    return text.strip().strip("*_`\"'“”.!:").strip().casefold()


def _shown(body: str) -> str:
    flat = " ".join(body.split())
    return repr(flat[:_SHOWN] + ("…" if len(flat) > _SHOWN else ""))

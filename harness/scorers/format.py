"""Format: does the raw answer look as the case demands?"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from harness.records import Metric, Score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.records import Answer, Case, Detection
    from harness.records import Format as Demands

__all__ = ["Format"]

_BULLET: Final = re.compile(r"^[ \t]*[-*+•][ \t]+\S")
_NUMBERED: Final = re.compile(r"^[ \t]*\d{1,3}[.)][ \t]+\S")
_ROW: Final = re.compile(r"^[ \t]*\|.*\|[ \t]*$")
_RULE: Final = re.compile(r"^[ \t]*\|[ \t:|-]*-[ \t:|-]*\|[ \t]*$")
_FENCE: Final = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
_MAX_REGEX_TEXT: Final = 20_000
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
        first, last = raw.find(demands.between), raw.rfind(demands.between)
        if first < 0:
            yield f"expected the answer between two marks {demands.between!r}; there is none"
        elif first == last:
            yield f"expected the answer between two marks {demands.between!r}; there is one, at character {first}"
        else:
            body = raw[first + len(demands.between) : last]
            if not body.strip():
                yield f"expected an answer between the marks {demands.between!r}; nothing stands there"
    if demands.json:
        yield from _json(body)
    lines = [line for line in body.splitlines() if line.strip()]
    if demands.list is not None and not _list(demands.list, lines):
        yield f"expected a {'' if demands.list == 'any' else demands.list + ' '}list; found {_shown(body)}"
    if demands.table and not _table(lines):
        yield f"expected a Markdown table (header, rule, row); found {_shown(body)}"
    if demands.regex is not None and re.search(demands.regex, body[:_MAX_REGEX_TEXT]) is None:
        yield f"expected a match of {demands.regex!r}; found {_shown(body)}"
    if demands.one_of and _plain(body) not in {_plain(choice) for choice in demands.one_of}:
        yield f"expected one of {', '.join(map(repr, demands.one_of))}; found {_shown(body)}"


def _json(body: str) -> Iterator[str]:
    fenced = _FENCE.match(body)
    try:
        json.loads(fenced.group(1) if fenced else body)
    except json.JSONDecodeError as error:
        yield f"expected JSON; line {error.lineno}, column {error.colno}: {error.msg.lower()}"
    except (ValueError, RecursionError) as error:
        yield f"expected JSON: {error}"


def _list(kind: str, lines: list[str]) -> bool:
    """Ask for two items at least, or one that is the whole answer."""
    bullets = sum(_BULLET.match(line) is not None for line in lines)
    numbered = sum(_NUMBERED.match(line) is not None for line in lines)
    found = {"bullets": bullets, "numbered": numbered, "any": max(bullets, numbered)}[kind]
    return found > 1 or (found == 1 and len(lines) == 1)


def _table(lines: list[str]) -> bool:
    return any(
        _ROW.match(head) and _RULE.match(rule) and _ROW.match(row)
        for head, rule, row in zip(lines, lines[1:], lines[2:], strict=False)
    )


def _plain(text: str) -> str:
    return text.strip().strip("*_`\"'“”.!").strip().casefold()


def _shown(body: str) -> str:
    flat = " ".join(body.split())
    return repr(flat[:_SHOWN] + ("…" if len(flat) > _SHOWN else ""))

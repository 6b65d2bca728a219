"""Read citation marks: `[1]`, `[1, 3]`, `[2-4]`, `[p2]`, `[^1]`, `【1】`, `(Passage 2)` and `[text](#p2)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Citation", "citations", "without_citations"]

_ID: Final = r"[^\W_][\w.:#/-]{0,60}"
_MARK: Final = re.compile(
    rf"\[\^(?P<foot>{_ID})\]"
    rf"|\[[^\]\n]{{1,200}}\]\((?P<link>[^)\s]{{1,300}})\)"
    rf"|\[(?P<list>{_ID}(?:\s*[,;–-]\s*{_ID})*)\](?!\()"
    rf"|【(?P<wide>{_ID}(?:\s*[,;、–-]\s*{_ID})*)(?:†[^】]*)?】"
    r"|[(\[](?P<named>(?:see |cf\. )?(?:passages?|sources?|documents?|contexts?|ref\.?|abschnitt|quelle|passage|fuente|fonte)\s+"
    rf"(?P<names>{_ID}(?:\s*(?:,|;|and|&|und|et|y|–|-)\s*{_ID})*))[)\]]",
    re.IGNORECASE,
)
_NOTE: Final = re.compile(r"^[ \t]*\[\^?(?P<id>[^\W_][\w.-]{0,60})\]:", re.MULTILINE)
_RANGE: Final = re.compile(r"(\d{1,4})\s*[–-]\s*(\d{1,4})\Z")
_SEPARATOR: Final = re.compile(r"\s*(?:[,;、&]|\band\b|\bund\b|\bet\b|\by\b)\s*")
_MAX_RANGE: Final = 50
_FENCED: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


class Citation(NamedTuple):
    """A mark: `text[start:end]` cites each of `ids` (as written; ranges are written out)."""

    start: int
    end: int
    ids: tuple[str, ...]


def citations(text: str) -> tuple[Citation, ...]:
    """Return the citation marks of `text` in order; code and the notes' own lines ("[^1]: …") hold none.

    >>> [c.ids for c in citations("It is red [1, 3]. It is tall [2-4] (Passage 2). See [here](#p2) and [^a].")]
    [('1', '3'), ('2', '3', '4'), ('2',), ('#p2',), ('a',)]
    """
    return tuple(_found(text)) if _may_cite(text) else ()


def _may_cite(text: str) -> bool:
    """Say whether any mark can begin in the text: most answers are done with here."""
    return "[" in text or "(" in text or "【" in text


def _found(text: str) -> Iterator[Citation]:
    code = [match.span() for match in _FENCED.finditer(text)] if "`" in text else []
    passed_over = [*code, *(match.span() for match in _NOTE.finditer(text))]
    for match in _MARK.finditer(text):
        start, end = match.span()
        if any(a <= start < b for a, b in passed_over):
            continue
        if match["foot"] or match["link"]:
            yield Citation(start, end, (match["foot"] or match["link"],))
            continue
        written = match["list"] or match["wide"] or match["names"]
        yield Citation(start, end, tuple(_each(written)))


def _each(written: str) -> Iterator[str]:
    for part in _SEPARATOR.split(written):
        between = _RANGE.match(part)
        if between and 0 <= int(between[2]) - int(between[1]) <= _MAX_RANGE:
            yield from map(str, range(int(between[1]), int(between[2]) + 1))
        elif part:
            yield part


def without_citations(text: str) -> str:
    """Return the text without its citation marks; a link keeps its words.

    >>> without_citations("It is red [1] and [tall](#p2).")
    'It is red  and tall.'
    """
    if not _may_cite(text):
        return text
    plain = _NOTE.sub("", text)
    return _MARK.sub(lambda match: match.group()[1 : match.group().index("](")] if match["link"] else "", plain)

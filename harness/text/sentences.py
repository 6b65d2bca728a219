"""Cut text into sentences, list items, headings, table rows and code, with exact offsets into the original.

The layout is read first (fences, headings, bullets, rows), then running text is cut by `sentencex`, and its pieces are
mended where a section number ("5.1.4.") or a lone mark was cut off. A line wrap inside a paragraph changes nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from sentencex import segment as _segment

from harness.text.layout import unmarked

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Segment", "SegmentKind", "segments"]

SegmentKind: TypeAlias = Literal["sentence", "item", "heading", "row", "code"]

_LINE = re.compile(r"[^\n]*\n?")
_FENCE = re.compile(r"[ ]{0,3}(?:`{3}|~{3})")
_HASH_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]")
_RULE = re.compile(r"[ ]{0,3}(?:[-*_=][ \t]*){3,}$")
_ITEM = re.compile(r"[ \t]*(?:[-*+•‣◦▪●–][ \t]+|\(?(?:\d{1,3}|[a-zA-Z])[.)](?!\d)[ \t]+)")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$|[^|]+\|[^|]+\|[^|]+")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}[ \t|:-]*(?:\n|\Z)")
_ROW_RULE = re.compile(r"[ \t|:+=-]+$")
_TERMINAL = re.compile(r"[.!?…。！？।؟۔:;,][\"'”’»)\]*_]*$")
_SECTION = re.compile(r"[ \t]*(?:§[ \t]*)?\d+(?:\.\d+)*\.?[ \t]*$|[ \t]*[A-Za-z]?[.)]?[ \t]*$")
_PAIR = re.compile(r"""[ \t"'{\[]*\w[\w &/.()'-]{0,50}["']?[ \t]*[:=][ \t]*\S""")
_SECTION_TITLE = re.compile(r"[ \t]*\d+(?:\.\d+)+\.?[ \t]+\S")
_UNITS = "nm|µm|mm|cm|dm|m|km|mi|ft|in|yd|ha|mg|g|kg|t|lbs?|oz|ml|cl|l|ms|s|min|h|hrs?|mph|kph|km/h|m/s|kV|mA|kW|kWh|kPa|bar|psi|k?Hz"
_OPENING = (
    "The|A|An|It|Its|He|She|They|We|You|His|Her|Their|Our|Your|In|On|At|By|For|From|To|With|Of|This|That|These|Those|There|"
    "When|While|Where|If|As|After|Before|During|Since|Once|Then|But|And|However|Both|All|Each|Some|Most|Many|No|Not|What|"
    "Which|Who|How|Why|Only|Also|Another|Other|One|Two|Here|Because|Although|Is|Are|Was|Were|Do|Does"
)
_MISSED = re.compile(
    rf"(?:\d\s?(?:{_UNITS})[²³]?\.\s+(?=[^\W\da-z_]\w*[\s,])|(?:(?<=[a-z\d°]\s)|(?<=[\d°]))[A-Z]\.\s+(?=(?:{_OPENING})[\s,]))"
)
"""An end that looks like an abbreviation: a unit after a number ("20 m. The …"), or a single capital ("adhesive B. A …").

A capital may be an initial ("by J. Smith"), so a word must follow that no name begins with.
"""
_HAS_WORD = re.compile(r"\w")
_NEWLINES = re.compile(r"[\n\r\v\f\x85\u2028\u2029\t]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MAX_HEADING_WORDS = 12
_MAX_SECTION = 30
"""Characters of a section number and the blanks about it."""
_MIN_PAIRS = 3
_PEEK = 200


class Segment(NamedTuple):
    """A piece of the text: `text[start:end]` has no blank at either end and at least one word character."""

    start: int
    end: int
    kind: SegmentKind


@lru_cache(maxsize=64)
def segments(text: str) -> tuple[Segment, ...]:
    r"""Return the pieces of `text` in order, disjoint, each with its kind.

    >>> [(s.start, s.end, s.kind) for s in segments("5.1.4. The valve opens. It is red.")]
    [(0, 23, 'sentence'), (24, 34, 'sentence')]
    >>> [s.kind for s in segments("# Title\n\n- one thing\n- another")]
    ['heading', 'item', 'item']
    """
    return tuple(s for block in _blocks(text) for s in _pieces(text, block))


def _blocks(text: str) -> Iterator[Segment]:
    """Yield the blocks of the layout: each is a paragraph, an item, a heading, a row or a code fence."""
    start: int | None = None  # where the open paragraph, item or fence began
    kind: SegmentKind = "sentence"
    fence = ""
    for match in _LINE.finditer(text):
        line, at = match.group().rstrip("\n"), match.start()
        if kind == "code" and start is not None:
            if line.strip().startswith(fence):
                yield Segment(start, match.end(), "code")
                start = None
            continue
        opened = _line_kind(line, text[match.end() : match.end() + _PEEK])
        if opened == "text":
            if start is None:
                start, kind = at, "sentence"
            continue
        if start is not None:
            yield from _paragraph(text, start, at, kind)
            start = None
        if opened in {"heading", "row"}:
            yield Segment(at, at + len(line), opened)
        elif opened in {"item", "code"}:
            start, kind, fence = at, opened, line.strip()[:3]
    if start is not None:
        yield from _paragraph(text, start, len(text), kind)


def _line_kind(line: str, below: str) -> Literal["blank", "text", "code", "heading", "item", "row"]:
    if not line.strip():
        return "blank"
    if _FENCE.match(line):
        return "code"
    if _HASH_HEADING.match(line):
        return "heading"
    if _RULE.match(line) or _ROW_RULE.fullmatch(line):
        return "blank"
    if _ITEM.match(line):
        return "item"
    if _ROW.match(line):
        return "heading" if _TABLE_RULE.match(below) else "row"
    return "text"


def _paragraph(text: str, start: int, end: int, kind: SegmentKind) -> Iterator[Segment]:
    """Call a short paragraph of its own, without an end mark, a heading, and lines of `key: value` rows."""
    body = text[start:end].strip()
    whole = start == 0 and end == len(text)
    if kind == "sentence" and "\n" in body:
        lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text[start:end])]
        pairs = sum(_PAIR.match(text, start + a, start + b) is not None for a, b in lines)
        if pairs >= max(_MIN_PAIRS, len(lines) * 0.6):
            yield from (Segment(start + a, start + b, "row") for a, b in lines)
            return
    if kind == "sentence" and not whole and not _TERMINAL.search(body):
        words = body.split()
        titled = _SECTION_TITLE.match(body) is not None or len(words) <= _MAX_HEADING_WORDS
        if titled and len(words) <= 2 * _MAX_HEADING_WORDS:
            kind = "heading"
    yield Segment(start, end, kind)


def _pieces(text: str, block: Segment) -> Iterator[Segment]:
    """Cut a block into sentences; headings, rows and code stay whole."""
    body = text[block.start : block.end]
    if block.kind in {"heading", "row", "code"}:
        yield from _trimmed(text, block.start, block.end, block.kind)
        return
    lead = _ITEM.match(body) if block.kind == "item" else None
    offset = block.start + (lead.end() if lead else 0)
    told = text[offset : block.end]
    plain, origins = unmarked(told)
    flat = plain
    if not plain.isprintable():
        flat = _SURROGATES.sub("\ufffd", _NEWLINES.sub(" ", plain))
    marked = plain is not told
    pending: int | None = None
    for start, end in _cuts(flat):
        begin = start if pending is None else pending
        if end < len(flat) and end - start <= _MAX_SECTION and _SECTION.fullmatch(flat, start, end):
            pending = begin
            continue
        pending = None
        first, last = offset + begin, offset + end
        if marked:
            first, last = (_origin(text, offset + origins[at], offset) for at in (begin, end))
        yield from _trimmed(text, first, last if end < len(flat) else block.end, block.kind)


def _origin(text: str, at: int, least: int) -> int:
    """Return where a piece begins: before the emphasis marks of its first word, which were not there for the cut."""
    while at > least and text[at - 1] in "*_":
        at -= 1
    return at


def _cuts(flat: str) -> Iterator[tuple[int, int]]:
    """Yield sentencex's pieces as offsets, and cut those it missed; where they do not add up to the text, one is left."""
    if len(flat) > 1 and not flat.isspace():
        pieces = list(_segment("en", flat))
        if "".join(pieces) == flat:
            at, ends = 0, list[int]()
            for piece in pieces:
                if ". " in piece.rstrip():
                    ends.extend(at + match.end() for match in _MISSED.finditer(piece))
                at += len(piece)
                ends.append(at)
            yield from zip([0, *ends], ends, strict=False)
            return
    yield 0, len(flat)


def _trimmed(text: str, start: int, end: int, kind: SegmentKind) -> Iterator[Segment]:
    body = text[start:end].rstrip()
    end = start + len(body)
    body = body.lstrip()
    start = end - len(body)
    if body[:1].isalnum() or _HAS_WORD.search(body):
        yield Segment(start, end, kind)

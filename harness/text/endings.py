"""See whether a text stops in the middle, and whether it says the same again and again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.text.length import runs
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Repeat", "repeats", "unfinished"]

_FENCE: Final = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})", re.MULTILINE)
_PAIRS: Final = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】", "「": "」", "“": "”", "«": "»"}
_BRACKET: Final = re.compile("[" + re.escape("".join([*_PAIRS, *_PAIRS.values()])) + "]")
_ENDED: Final = re.compile(r"[.!?…。！？।؟۔:;)\]}\"'”’»」』】*_`~|<>%\d☺-⛿✀-➿\U0001f300-\U0001faff]\s*\Z")
_DANGLING: Final = re.compile(
    r"(?:[,;:–—\-(\[{]|\b(?:and|or|but|the|a|an|of|to|in|for|with|by|from|that|which|because|is|are|was|were|und|oder|der|die|das|et|ou|le|la|les|de|du|y|o|el|los|e|il|"
    r"и|или))\s*\Z",
    re.IGNORECASE,
)
_EMPTY_ITEM: Final = re.compile(r"(?:^|\n)[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]*\Z")
_MARKED_HEADING: Final = re.compile(r"[ ]{0,3}#{1,6}[ \t]|\*\*[^*\n]+\*\*[ \t]*\Z")
_LETTER: Final = re.compile(r"[a-zA-Z\u00c0-\u024f\u0370-\u04ff]\W*\Z")
"""The last letter of a text in a script whose sentences have end marks."""
_MIN_WORDS: Final = 5
"""A shorter text without an end mark ("Five days") is a whole answer."""
_MIN_REPEATED: Final = 4
_LOOP: Final = re.compile(r"(?s)(.{4,200}?)\1{3,}")
_MIN_LOOP: Final = 8
_MAX_LOOP_TEXT: Final = 20_000


def unfinished(text: str) -> str | None:
    r"""Say in words why a text looks cut off, None if it does not.

    Open fences and brackets, a bullet with nothing after it, and a last sentence without an end mark count. A heading,
    a table, an item of a list without end marks and a sentence of four words or fewer need none.

    >>> unfinished("The pump starts at nine and the valve")
    'the last sentence has no end'
    >>> unfinished("Five days"), unfinished("- one thing\n- another thing")
    (None, None)
    """
    body = text.rstrip()
    if not body:
        return None
    fences = _FENCE.findall(body) if "```" in body or "~~~" in body else ()
    if len(fences) % 2:
        return "a code block is not closed"
    if body.endswith(("```", "~~~")):
        return None
    opened = _open_bracket(body)
    if opened:
        return f"{opened!r} is not closed"
    if _EMPTY_ITEM.match(body, max(0, body.rfind("\n"))):
        return "the last list item is empty"
    pieces = segments(body)
    last = pieces[-1] if pieces else None
    if (
        last is None
        or last.kind in {"row", "code"}
        or _ENDED.match(body, len(body) - 1)
        or _MARKED_HEADING.match(body, last.start)
    ):
        return None
    if _DANGLING.search(body) and len(body.split()) > 1:
        return "the last sentence stops in the middle"
    if _LETTER.search(body) is None or len(body.split()) < _MIN_WORDS:
        return None
    if last.kind == "item":
        items = [text[piece.start : piece.end] for piece in pieces[:-1] if piece.kind == "item"]
        ended = sum(_ENDED.search(item) is not None for item in items)
        return "the last list item has no end, and the others have" if items and ended == len(items) else None
    return "the last sentence has no end"


def _open_bracket(body: str) -> str | None:
    """Return the last bracket that is opened and never closed; smileys and "1)" aside."""
    stack: list[str] = []
    for match in _BRACKET.finditer(body):
        bracket = match.group()
        if bracket in _PAIRS:
            stack.append(bracket)
        elif stack and bracket == _PAIRS[stack[-1]]:
            stack.pop()
    return stack[-1] if stack and stack[-1] not in "“«" else None


class Repeat(NamedTuple):
    """`text[start:end]` says again what stands before it."""

    start: int
    end: int


def repeats(text: str) -> tuple[Repeat, ...]:
    """Return the sentences that say word for word what an earlier one says, and loops inside one ("so so so so").

    >>> text = "The pump starts at nine. It is red and tall. The pump starts at nine!"
    >>> [text[a:b] for a, b in repeats(text)]
    ['The pump starts at nine!']
    """
    return tuple(_repeats(text))


def _repeats(text: str) -> Iterator[Repeat]:
    seen: set[tuple[str, ...]] = set()
    for segment in segments(text):
        if segment.kind == "code":
            continue
        body = text[segment.start : segment.end]
        norms = tuple(runs(body.lower()))
        if len(norms) >= _MIN_REPEATED and norms in seen:
            yield Repeat(segment.start, segment.end)
            continue
        seen.add(norms)
        if segment.kind == "row" or len(norms) < _MIN_LOOP or len(set(norms)) > len(norms) * 0.6:
            continue
        loop = _LOOP.search(text, segment.start, min(segment.end, segment.start + _MAX_LOOP_TEXT))
        if loop and any(character.isalnum() for character in loop.group(1)):
            yield Repeat(loop.start() + len(loop.group(1)), loop.end())

"""Strip what a model wraps around its answer, by a documented rule, and find what of the prompt leaked into it.

In this order, until nothing changes: reasoning blocks (`<think>…</think>`), role tags (`[INST]`, `<|assistant|>`,
`Assistant:`), answer marks (`Answer:::`, `Helpful Answer:`), a preamble (a first line such as "Sure, here is the
answer:" with more after it), one code fence around everything, and the blanks at both ends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.text.words import scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Leak", "Stripped", "leaks", "strip_scaffold"]

_RULES: Final[tuple[tuple[str, str, re.Pattern[str], str], ...]] = (
    ("reasoning", "</", re.compile(r"<(think|thinking|reasoning|scratchpad)>.*?</\1>", re.DOTALL | re.IGNORECASE), ""),
    ("reasoning", "</", re.compile(r"\A.*?</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE), ""),
    ("reasoning", "<", re.compile(r"\A\s*<(?:think|thinking|reasoning)>.*\Z", re.DOTALL | re.IGNORECASE), ""),
    ("role tag", "[", re.compile(r"\[/?INST\]", re.IGNORECASE), ""),
    ("role tag", "<", re.compile(r"<\|[a-z_]{1,30}\|>|<</?SYS>>|</?s>(?=\s|\Z)", re.IGNORECASE), ""),
    (
        "role tag",
        "",
        re.compile(r"\A\s*(?:assistant|ai|bot|### ?(?:response|assistant)):?[ \t]*(?::|\n)", re.IGNORECASE),
        "",
    ),
    (
        "marks",
        ":",
        re.compile(
            r"\A\s*(?:\*\*)?(?:(?:helpful |final )?answer|output|response):{1,3}(?:\*\*)?(?=\s|\Z|\w)", re.IGNORECASE
        ),
        "",
    ),
    ("marks", ":::", re.compile(r"\s*^(?:answer|output|response):::\s*\Z", re.IGNORECASE | re.MULTILINE), ""),
    (
        "preamble",
        ":",
        re.compile(
            r"\A\s*(?:sure|certainly|of course|absolutely|great question|okay|ok|here(?:'s| is| are)|"
            r"(?:based on|according to) the (?:provided |given )?(?:passages?|contexts?|information|documents?),? "
            r"(?:here(?:'s| is| are)|this is|below is))\b[^\n]{0,160}:[ \t]*\n(?=\s*\S)",
            re.IGNORECASE,
        ),
        "",
    ),
    ("fence", "```", re.compile(r"\A\s*```[\w-]*[ \t]*\n(?P<body>(?:(?!```).)*?)\n?```\s*\Z", re.DOTALL), r"\g<body>"),
)
"""What is taken away, what it has in it at least (quick to look for), its pattern, and what is put in its place."""


class Stripped(NamedTuple):
    """The answer itself and the names of what was taken away: reasoning, role tag, marks, preamble, fence."""

    text: str
    removed: tuple[str, ...]


def strip_scaffold(raw: str) -> Stripped:
    r"""Return the answer without its scaffold.

    >>> strip_scaffold("<think>hm</think>\nAnswer:::\nFive days.\nAnswer:::")
    Stripped(text='Five days.', removed=('reasoning', 'marks'))
    >>> strip_scaffold("Five days.")
    Stripped(text='Five days.', removed=())
    """
    text, removed = raw.strip(), []
    changed = True
    while changed:
        changed = False
        for name, part, pattern, replacement in _RULES:
            if part not in text:
                continue
            after = pattern.sub(replacement, text).strip()
            if after != text:
                text, changed = after, True
                removed.append(name)
    return Stripped(text, tuple(dict.fromkeys(removed)))


_LEAK_WORDS: Final = 8
"""So many words in a row that stand in the instructions, and in no passage, are the prompt's own text."""
_LEAKS: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = (
    ("reasoning", "<", re.compile(r"</?(?:think|thinking|reasoning|scratchpad)>", re.IGNORECASE)),
    ("role tag", "[", re.compile(r"\[/?INST\]", re.IGNORECASE)),
    ("role tag", "<", re.compile(r"<\|[a-z_]{1,30}\|>|<</?SYS>>", re.IGNORECASE)),
    (
        "role tag",
        ":",
        re.compile(
            r"^[ \t]*(?:#{1,4} ?)?(?:human|user|assistant|system) ?:(?=\s)",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    ("marks", ":::", re.compile(r"\b(?:answer|output|response|question|context):::", re.IGNORECASE)),
    (
        "marks",
        "##",
        re.compile(
            r"^#{2,4} ?(?:response|instruction|input|context)s?\b:?[ \t]*$",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    ("marks", ":", re.compile(r"^(?:context|passages?|question)s?: ?$", re.IGNORECASE | re.MULTILINE)),
    ("marks", "{", re.compile(r"\{\{ ?\w+ ?\}\}|\{(?:context|question|query|passages)\}", re.IGNORECASE)),
    (
        "preamble",
        "",
        re.compile(
            r"\A\s*(?:sure|certainly|of course|absolutely|okay)\b[!,.]|\A\s*(?:here(?:'s| is| are)|below (?:is|are))\b[^\n:]{0,120}"
            r"\b(?:answer|response|summary|information)\b[^\n:]{0,80}:|\A\s*as an ai\b",
            re.IGNORECASE,
        ),
    ),
)
"""The kind of leak, what it has in it at least (quick to look for), and its pattern."""


class Leak(NamedTuple):
    """Something in the raw answer that belongs to prompt or chat: `raw[start:end]`."""

    kind: str
    start: int
    end: int


def leaks(
    raw: str, instructions: str = "", passages: Iterable[str] = (), allowed: Iterable[str] = ()
) -> tuple[Leak, ...]:
    r"""Return what leaked into an answer, in order: reasoning, role tag, marks, preamble, template.

    *template* is a run of eight words or more that stands in the instructions and in no passage; what the instructions
    ask to be said (`allowed`) is none. Marks that the case demands may be allowed in the same way.

    >>> [leak.kind for leak in leaks("Assistant: Five days.\n### Response")]
    ['role tag', 'marks']
    """
    granted = [text.casefold() for text in allowed]
    found = [
        Leak(kind, *match.span())
        for kind, part, pattern in _LEAKS
        if part in raw
        for match in pattern.finditer(raw)
        if match.group().strip().casefold() not in granted
    ]
    found.extend(Leak("template", start, end) for start, end in _copied(raw, instructions, passages, granted))
    return tuple(sorted(found, key=lambda leak: (leak.start, leak.end)))


def _copied(raw: str, instructions: str, passages: Iterable[str], granted: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the runs of the instructions' words in the answer."""
    told = [lexeme.keys[0] for _, _, lexeme in scan(instructions)]
    if len(told) < _LEAK_WORDS:
        return
    grams = set(zip(*(told[n:] for n in range(_LEAK_WORDS)), strict=False))
    said = [(start, end, lexeme.keys[0]) for start, end, lexeme in scan(raw)]
    norms = [norm for _, _, norm in said]
    begun: int | None = None
    hits = [tuple(norms[n : n + _LEAK_WORDS]) in grams for n in range(len(norms) - _LEAK_WORDS + 1)]
    if not any(hits):
        return
    known = [" ".join(lexeme.keys[0] for _, _, lexeme in scan(passage)) for passage in passages]
    for n in range(len(hits) + 1):
        if n < len(hits) and hits[n]:
            begun = n if begun is None else begun
        elif begun is not None:
            last = n - 1 + _LEAK_WORDS - 1
            run = " ".join(norms[begun : last + 1])
            text = raw[said[begun][0] : said[last][1]].casefold()
            if not any(run in passage for passage in known) and not any(text in grant for grant in granted):
                yield said[begun][0], said[last][1]
            begun = None

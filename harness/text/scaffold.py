"""Strip what a model wraps around its answer, by a documented rule, and say what was stripped.

In this order, until nothing changes: reasoning blocks (`<think>…</think>`), role tags (`[INST]`, `<|assistant|>`,
`Assistant:`), answer marks (`Answer:::`, `Helpful Answer:`), a preamble (a first line such as "Sure, here is the
answer:" with more after it), one code fence around everything, and the blanks at both ends.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["Stripped", "strip_scaffold"]

_RULES: Final[tuple[tuple[str, re.Pattern[str], str], ...]] = (
    ("reasoning", re.compile(r"<(think|thinking|reasoning|scratchpad)>.*?</\1>", re.DOTALL | re.IGNORECASE), ""),
    ("reasoning", re.compile(r"\A.*?</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE), ""),
    ("reasoning", re.compile(r"\A\s*<(?:think|thinking|reasoning)>.*\Z", re.DOTALL | re.IGNORECASE), ""),
    ("role tag", re.compile(r"\[/?INST\]|<\|[a-z_]{1,30}\|>|<</?SYS>>|</?s>(?=\s|\Z)", re.IGNORECASE), ""),
    (
        "role tag",
        re.compile(r"\A\s*(?:assistant|ai|bot|### ?(?:response|assistant)):?[ \t]*(?::|\n)", re.IGNORECASE),
        "",
    ),
    (
        "marks",
        re.compile(
            r"\A\s*(?:\*\*)?(?:(?:helpful |final )?answer|output|response):{1,3}(?:\*\*)?(?=\s|\Z|\w)", re.IGNORECASE
        ),
        "",
    ),
    ("marks", re.compile(r"\s*^(?:answer|output|response):::\s*\Z", re.IGNORECASE | re.MULTILINE), ""),
    (
        "preamble",
        re.compile(
            r"\A\s*(?:sure|certainly|of course|absolutely|great question|okay|ok|here(?:'s| is| are)|"
            r"(?:based on|according to) the (?:provided |given )?(?:passages?|contexts?|information|documents?),? "
            r"(?:here(?:'s| is| are)|this is|below is))\b[^\n]{0,160}:[ \t]*\n(?=\s*\S)",
            re.IGNORECASE,
        ),
        "",
    ),
    ("fence", re.compile(r"\A\s*```[\w-]*[ \t]*\n(?P<body>(?:(?!```).)*?)\n?```\s*\Z", re.DOTALL), r"\g<body>"),
)


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
        for name, pattern, replacement in _RULES:
            after = pattern.sub(replacement, text).strip()
            if after != text:
                text, changed = after, True
                removed.append(name)
    return Stripped(text, tuple(dict.fromkeys(removed)))

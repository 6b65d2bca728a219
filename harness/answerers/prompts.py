"""Prompt templates: named ones, or a file; placeholders are checked, and texts are never read as templates."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.errors import SpecError

if TYPE_CHECKING:
    from harness.records import Question

__all__ = ["NAMED", "Prompt", "load_prompt"]

_PLACES: Final = ("query", "contexts", "instructions", "history")
_TOKEN: Final = re.compile(r"\{\{|\}\}|\{(\w*)\}")
_ROLE: Final = re.compile(r"^\[(system|user)\][ \t]*\n", re.MULTILINE)

NAMED: Final = {
    "grounded": """\
Answer the question from the passages below and from nothing else. Say only what they state. If they do not hold the
answer, say that you don't know.
{instructions}

Passages:
{contexts}

{history}Question: {query}
Answer:""",
    "stuffing": """\
Here are some pieces of context. Use them to answer the question that follows them. If they don't tell you the answer,
say that you don't know it rather than making one up.

{contexts}

{history}Question: {instructions}
{query}
Helpful Answer:""",
    "chat": """\
[system]
You answer questions from the passages that you are given, and from nothing else. If the passages do not hold the
answer, you say that you don't know.
{instructions}
[user]
Passages:
{contexts}

{query}""",
}
"""`grounded` is strict and the default; `stuffing` is in the manner of LangChain's; `chat` has a system message, and
earlier turns of the conversation become messages of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A checked template: its messages as (role, template)."""

    name: str
    digest: str
    messages: tuple[tuple[str, str], ...]

    def render(self, question: Question) -> list[dict[str, str]]:
        """Return the messages for a question; every context stands in them literally."""
        texts = {
            "query": question.query,
            "contexts": "\n\n".join(f"[{passage.id}] {passage.text}" for passage in question.passages),
            "instructions": question.instructions,
            "history": "".join(f"{turn.role.capitalize()}: {turn.text}\n" for turn in question.history),
        }
        turns = [{"role": turn.role, "content": turn.text} for turn in question.history]
        placed = any("{history}" in template for _, template in self.messages)
        out: list[dict[str, str]] = []
        for number, (role, template) in enumerate(self.messages):
            if number == len(self.messages) - 1 and not placed:
                out.extend(turns)
            out.append({"role": role, "content": _filled(template, texts).strip()})
        return out


def _filled(template: str, texts: dict[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        return match.group()[0] if match[1] is None else texts[match[1]]

    return _TOKEN.sub(one, template)


def load_prompt(name: str) -> Prompt:
    """Load a named template or a file.

    A file is one user message, or several below lines `[system]` and `[user]`.

    Raises:
        SpecError: no such name or file, an unknown placeholder, or one that is needed and missing.
    """
    if name in NAMED:
        text = NAMED[name]
    else:
        path = Path(name)
        if not path.is_file():
            close = difflib.get_close_matches(name, NAMED, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            msg = f"no prompt {name!r}: neither a file nor a named one ({', '.join(NAMED)}).{hint}"
            raise SpecError(msg)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"the prompt {name!r} cannot be read as UTF-8 text: {error}"
            raise SpecError(msg) from error
    _check(name, text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Prompt(name=Path(name).name, digest=digest, messages=_messages(text))


def _check(name: str, text: str) -> None:
    found = [match[1] for match in _TOKEN.finditer(text) if match[1] is not None]
    for place in found:
        if place not in _PLACES:
            close = difflib.get_close_matches(place, _PLACES, n=1)
            hint = f" Did you mean {{{close[0]}}}?" if close else ""
            known = ", ".join(f"{{{p}}}" for p in _PLACES)
            msg = f"the prompt {name!r} has the unknown placeholder {{{place}}}.{hint} Known: {known}; {{{{ is a brace."
            raise SpecError(msg)
    for needed in ("query", "contexts"):
        if needed not in found:
            msg = f"the prompt {name!r} lacks {{{needed}}}. Put it where the candidate is to read it."
            raise SpecError(msg)


def _messages(text: str) -> tuple[tuple[str, str], ...]:
    parts = _ROLE.split(text)
    if len(parts) == 1:
        return (("user", text),)
    return tuple(zip(parts[1::2], parts[2::2], strict=True))

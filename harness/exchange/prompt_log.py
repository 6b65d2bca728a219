"""Turn the log of a RAG prompt and its answer into a suite.

The log is what LangChain's stuffing prompt and its kin leave: an instruction, the retrieved chunks with blank lines
between them, `Question:` and then `Helpful Answer:` (or `Answer:`). Where one chunk ends and the next begins is not
marked, so it is read off the text: see `_chunks`.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass

from harness.errors import UsageError
from harness.text.limits import stated_limits

__all__ = ["PromptLog", "read", "suite"]

_QUESTION = re.compile(r"^Question:[ \t]*", re.MULTILINE)
_ANSWER = re.compile(r"^(?:Helpful |Final )?Answer:(?!:)[ \t]*", re.MULTILINE)
_QUERY = re.compile(r"^(?:%Query\s*\n)?Query:[ \t]*(?P<quote>[\"“]?)(?P<query>.+?)[\"”]?[ \t]*$", re.MULTILINE)
_MARK = re.compile(r"^([A-Z][\w ]*:{2,})[ \t]*$", re.MULTILINE)
_SECTION = re.compile(r"\s*\d+(?:\.\d+)+\.?\s+\S")
_END = re.compile(r"[.!?…。！？:;][\"'”’)\]]*\s*$")
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptLog:
    """What a log holds; every context is a literal piece of it."""

    contexts: tuple[str, ...]
    query: str
    instructions: str
    answer: str
    mark: str | None


def read(text: str) -> PromptLog:
    """Read one log.

    Raises:
        UsageError: it has no `Question:` or no answer after it.
    """
    text = text.replace("\r\n", "\n")
    answers = list(_ANSWER.finditer(text))
    questions = [q for q in _QUESTION.finditer(text) if answers and q.start() < answers[-1].start()]
    if not questions:
        msg = "not a prompt log: it needs a line 'Question: …' and after it a line 'Helpful Answer: …' or 'Answer: …'"
        raise UsageError(msg)
    question = questions[-1]
    answered = next(a for a in reversed(answers) if a.start() > question.start())
    helpful = [a for a in answers if a.start() > question.start() and a.group().startswith("Helpful")]
    answered = helpful[0] if helpful else answered
    preamble, _, stuffed = text[: question.start()].partition("\n\n")
    asked = text[question.end() : answered.start()].strip("\n")
    found = _QUERY.search(asked)
    query = found["query"] if found else asked.strip()
    rest = (asked[: found.start()] + asked[found.end() :]).strip() if found else ""
    rest = re.sub(r"\n{3,}", "\n\n", re.sub(r"^%\w+:[ \t]*\n?", "", rest, flags=re.MULTILINE))
    marks = _MARK.findall(asked)
    return PromptLog(
        contexts=_chunks(stuffed),
        query=query,
        instructions="\n\n".join(part for part in (preamble.strip(), rest) if part),
        answer=text[answered.end() :].strip(),
        mark=marks[0] if len(marks) > 1 else None,
    )


def _chunks(stuffed: str) -> tuple[str, ...]:
    """Cut the stuffed contexts where one chunk seems to end.

    A chunk ends where a sentence has ended and no section heading follows, and after a section heading that is
    followed by the middle of a sentence (the heading was the chunk's last line).
    """
    blocks = [(m.start(), m.end()) for m in re.finditer(r"\S(?:.|\n(?!\s*\n))*", stuffed)]
    starts = [blocks[0][0]] if blocks else []
    for (start, end), (following, following_end) in itertools.pairwise(blocks):
        block, after = stuffed[start:end], stuffed[following:following_end]
        heading = _SECTION.match(block) is not None and _END.search(block) is None
        broken_off = heading and after[0].islower()
        ended = _END.search(block) is not None and _SECTION.match(after) is None
        if broken_off or ended:
            starts.append(following)
    ends = [*starts[1:], len(stuffed)]
    return tuple(stuffed[start:end].strip("\n").rstrip() for start, end in zip(starts, ends, strict=True))


def suite(text: str, *, name: str, model: str) -> str:
    """Return the YAML of a suite with the log's one case and its recorded answer.

    Raises:
        UsageError: the text is not a prompt log.
    """
    log = read(text)
    limits = stated_limits(log.instructions)
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "prompt-log"
    lines = [
        "# yaml-language-server: $schema=case.schema.json",
        f"suite: {slug}",
        "description: Imported from a prompt log; add labels, references and answerability.",
        "cases:",
        f"  - id: {slug}-1",
        f"    query: {_scalar(log.query, 4)}",
        f"    instructions: {_scalar(log.instructions, 4)}",
        "    contexts:" if log.contexts else "    contexts: []",
        *(f"      - {_scalar(context, 6)}" for context in log.contexts),
    ]
    if limits is not None and limits.max_words is not None:
        strict = ", strict: true" if limits.strict else ""
        lines.append(f"    limits: {{max_words: {limits.max_words}{strict}}}")
    if log.mark is not None:
        lines.append(f"    format: {{between: {_scalar(log.mark, 4)}}}")
    lines += ["    answers:", f"      - model: {_scalar(model, 6)}", f"        text: {_scalar(log.answer, 8)}"]
    return "\n".join(lines) + "\n"


def _scalar(text: str, indent: int) -> str:
    """Write a text exactly: as a literal block where YAML allows it, else in double quotes."""
    if "\n" not in text or _UNPRINTABLE.search(text) or text[:1] == "\n" or text.endswith("\n"):
        return json.dumps(text, ensure_ascii=_UNPRINTABLE.search(text) is not None)
    pad = " " * (indent + 2)
    return "|2-\n" + "\n".join(pad + line if line else "" for line in text.split("\n"))

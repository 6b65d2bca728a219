"""Turn the log of a RAG prompt and its answer into a suite.

The log is what LangChain's stuffing prompt and its kin leave: an instruction, the retrieved chunks with blank lines
between them, `Question:` and then `Helpful Answer:` (or `Answer:`). Where one chunk ends and the next begins is not
marked, so it is read off the text: see `_chunks`.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from harness.errors import UsageError
from harness.exchange.imported import Imported
from harness.exchange.rows import read_objects
from harness.text.limits import stated_limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["PromptLog", "imported", "read"]

_QUESTION = re.compile(r"^Question:[ \t]*", re.MULTILINE)
_ANSWER = re.compile(r"^(?:Helpful |Final )?Answer:(?!:)[ \t]*", re.MULTILINE)
_QUERY = re.compile(r"^(?:%Query\s*\n)?Query:[ \t]*(?P<quote>[\"“]?)(?P<query>.+?)[\"”]?[ \t]*$", re.MULTILINE)
_MARK = re.compile(r"^([A-Z][\w ]*:{2,})[ \t]*$", re.MULTILINE)
_SECTION = re.compile(r"\s*\d+(?:\.\d+)+\.?\s+\S")
_END = re.compile(r"[.!?…。！？:;][\"'”’)\]]*\s*$")
_RULE = re.compile(r"[ \t]*[-=*_#]{3,}[ \t]*")
_LAST_RULE = re.compile(r"\n[ \t]*[-=*_#]{3,}[ \t]*\s*\Z")
_OPEN = re.compile(r"^(?:Helpful |Final )?Answer:\s*\Z", re.MULTILINE)
"""A prompt that ends where the answer begins."""
_PROMPTS: Final = ("prompt", "messages", "input", "request", "text", "log")
_ANSWERS: Final = ("answer", "response", "completion", "output", "result")


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


def imported(text: str, *, model: str) -> Imported:
    """Turn every log of a file into a case with its recorded answer.

    The file is one log, many of them one after the other (each begins with the same line as the first), JSON lines or a
    JSON list. An object holds the prompt, or the messages, and the answer: see `_joined`.

    Raises:
        UsageError: there is no prompt log in it; the message says which one is none.
    """
    found = Imported()
    for number, (log, by, left) in enumerate(_logs(text), start=1):
        for name, value in left.items():
            found.leave(f"field {name!r}", value)
        try:
            found.add(_entry(read(log), by or model), "")
        except UsageError as error:
            msg = f"log {number}: {error}"
            raise UsageError(msg) from error
    return found


def _logs(text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each log with the model that it names, and the fields that have no place."""
    if text.lstrip().startswith(("{", "[")):
        for row in read_objects(text):
            yield _joined(row)
        return
    for log in _parts(text.replace("\r\n", "\n")):
        yield log, "", {}


def _parts(text: str) -> list[str]:
    """Cut a file where its first line stands again, if each part is a log; rules between them are no part of one."""
    first = next((line for line in text.split("\n") if line.strip() and not _RULE.fullmatch(line)), "")
    starts = [match.start() for match in re.finditer(rf"^{re.escape(first)}$", text, re.MULTILINE)] if first else []
    cut = [text[a:b] for a, b in itertools.pairwise([*starts, len(text)])]
    cut = [_LAST_RULE.sub("", part) for part in cut]
    return cut if len(cut) > 1 and all(_is_log(part) for part in cut) else [text]


def _is_log(text: str) -> bool:
    try:
        read(text)
    except UsageError:
        return False
    return True


def _joined(row: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return the log that an object holds as one text: prompt (a text, or messages) and answer."""
    prompt = next((name for name in _PROMPTS if row.get(name)), None)
    answer = next((name for name in _ANSWERS if isinstance(row.get(name), str) and name != prompt), None)
    if prompt is None:
        msg = f"not a prompt log: the object needs one of {', '.join(_PROMPTS)}"
        raise UsageError(msg)
    said = row[prompt]
    if isinstance(said, list):
        said = "\n\n".join(str(one.get("content", "")) if isinstance(one, dict) else str(one) for one in said)
    text = str(said).rstrip()
    if answer is not None:
        asked = _OPEN.search(text) is not None
        text += f" {row[answer]}" if asked else f"\nHelpful Answer: {row[answer]}"
    model = row.get("model")
    left = {name: value for name, value in row.items() if name not in {prompt, answer, "model"}}
    return text, model if isinstance(model, str) else "", left


def _entry(log: PromptLog, model: str) -> dict[str, Any]:
    limits = stated_limits(log.instructions)
    entry: dict[str, Any] = {"query": log.query, "instructions": log.instructions, "contexts": list(log.contexts)}
    if limits is not None and limits.max_words is not None:
        entry["limits"] = {"max_words": limits.max_words, **({"strict": True} if limits.strict else {})}
    if log.mark is not None:
        entry["format"] = {"between": log.mark}
    return entry | {"answers": [{"model": model, "text": log.answer}]}

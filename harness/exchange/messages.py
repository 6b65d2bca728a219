"""What a span's attributes hold of messages and documents, in OpenTelemetry's GenAI and OpenInference's vocabulary."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Message", "document_texts", "messages"]

_INDEX: Final = re.compile(r"(\d+)\.(.+)")


class Message(NamedTuple):
    """One message."""

    role: str
    text: str
    finish_reason: str = ""


def messages(told: Mapping[str, Any], way: str) -> list[Message]:
    """Return the messages of a span; `way` is `input` or `output`, and system instructions come first.

    Read are, the first that is there: `gen_ai.{way}.messages`, `gen_ai.prompt.N` and `gen_ai.completion.N` (as before
    there were conventions), `llm.{way}_messages.N`, `{way}.value` and a retriever's query.
    """
    role = "user" if way == "input" else "assistant"
    found = list(_structured(told.get(f"gen_ai.{way}.messages"), role))
    if way == "input":
        system = "\n".join(_part_texts(_opened(told.get("gen_ai.system_instructions"))))
        found = [Message("system", system), *found] if system else found
    if not found:
        before = "gen_ai.prompt" if way == "input" else "gen_ai.completion"
        found = [
            Message(str(one.get("role") or role), str(one.get("content") or ""), str(one.get("finish_reason") or ""))
            for one in _indexed(told, before)
        ]
    if not found:
        found = [
            Message(str(one.get("message.role") or role), _content(one))
            for one in _indexed(told, f"llm.{way}_messages")
        ]
    value = told.get(f"{way}.value") or (told.get("gen_ai.retrieval.query.text") if way == "input" else None)
    if not found and value:
        found = [Message(role, _single(value))]
    return found


def document_texts(told: Mapping[str, Any], name: str) -> list[str]:
    """Return the texts of the documents: OpenInference's, or GenAI's where they hold more than ids."""
    found = [str(one.get("document.content") or "") for one in _indexed(told, name)]
    if not found:
        listed = _opened(told.get(f"gen_ai.{name}"))
        documents = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        found = [str(one.get("content") or one.get("text") or "") for one in documents]
    return [text for text in found if text.strip()]


def _structured(value: Any, role: str) -> Iterator[Message]:  # noqa: ANN401 - an attribute
    listed = _opened(value)
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict):
            text = "\n".join(_part_texts(one.get("parts") or one.get("content")))
            yield Message(str(one.get("role") or role), text, str(one.get("finish_reason") or ""))


def _part_texts(parts: Any) -> list[str]:  # noqa: ANN401 - an attribute
    """Return the texts among a message's parts; calls of tools, images and reasoning are none."""
    if isinstance(parts, str):
        return [parts]
    listed = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    texts = [part.get("content") or part.get("text") for part in listed if part.get("type", "text") == "text"]
    return [text for text in texts if isinstance(text, str)]


def _content(one: Mapping[str, Any]) -> str:
    if one.get("message.content"):
        return str(one["message.content"])
    parts = _indexed(one, "message.contents")
    return "\n".join(str(part["message_content.text"]) for part in parts if part.get("message_content.text"))


def _indexed(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Gather `NAME.0.x`, `NAME.1.x`, … by number."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in told.items():
        if key.startswith(f"{name}.") and (match := _INDEX.fullmatch(key[len(name) + 1 :])):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[number] for number in sorted(found)]


def _single(value: Any) -> str:  # noqa: ANN401 - an attribute
    """Return a value as text; of an object with one text, or one that is named as a question or an answer, that."""
    opened = _opened(value)
    if isinstance(opened, dict):
        for name in ("query", "question", "input", "answer", "output", "result", "text", "content"):
            if isinstance(opened.get(name), str):
                return str(opened[name])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _opened(value: Any) -> Any:  # noqa: ANN401 - an attribute
    """Return what stands as JSON in a text."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value

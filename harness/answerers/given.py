"""Read what a user's own function or command gave back as an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from harness.errors import BreakdownError
from harness.records import Answer, Passage

__all__ = ["as_answer"]

_NUMBERS: Final = ("prompt_tokens", "completion_tokens", "latency", "first_token")
_TEXTS: Final = ("model", "finish_reason")


def as_answer(given: object, *, code: str) -> Answer:
    """Return an `Answer` made of a text, an `Answer`, or a mapping with `text` and, if it says so, `passages`.

    Raises:
        BreakdownError: it is none of these (failure code `code`).
    """
    if isinstance(given, Answer):
        return given
    if isinstance(given, str):
        return Answer(text=given)
    if not isinstance(given, Mapping) or not isinstance(given.get("text"), str):
        msg = f"an answer must be a text, or a mapping with 'text'; this is {_what(given)}"
        raise BreakdownError(msg, code=code)
    fields: dict[str, Any] = {name: given[name] for name in _TEXTS if isinstance(given.get(name), str)}
    for name in _NUMBERS:
        value = given.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            fields[name] = value
    passages = given.get("passages")
    return Answer(text=given["text"], passages=None if passages is None else _passages(passages, code), **fields)


def _passages(given: object, code: str) -> tuple[Passage, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        msg = f"'passages' must be a list of texts or of mappings with 'text'; this is {_what(given)}"
        raise BreakdownError(msg, code=code)
    found: list[Passage] = []
    for number, one in enumerate(given, start=1):
        if isinstance(one, Passage):
            found.append(one)
        elif isinstance(one, str):
            found.append(Passage(id=f"p{number}", text=one))
        elif isinstance(one, Mapping) and isinstance(one.get("text"), str):
            source = one.get("source")
            name = str(one.get("id", f"p{number}"))
            found.append(Passage(id=name, text=one["text"], source=source if isinstance(source, str) else None))
        else:
            msg = f"passage {number} must be a text or a mapping with 'text'; this is {_what(one)}"
            raise BreakdownError(msg, code=code)
    return tuple(found)


def _what(given: object) -> str:
    text = repr(given)
    return f"{type(given).__name__} {text if len(text) <= 80 else text[:79] + '…'}"  # noqa: PLR2004 - a line

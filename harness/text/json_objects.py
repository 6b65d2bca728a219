"""Find the JSON objects in what a model replied, whatever stands around them; pure.

Fences, prose and a reasoning block before the reply are no part of it, and a reply that is cut off still holds the
objects that are whole. An object in which a key stands twice says two things at once, so it says nothing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["json_objects", "without_reasoning"]

_REASONING: Final = re.compile(r"<(think|thinking|reasoning|thought)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)


class _Doubled:
    """What is made of an object in which a key stands twice."""


def without_reasoning(reply: str) -> str:
    """Return the reply without what was thought before it.

    >>> without_reasoning("<think>{1}</think>so")
    'so'
    """
    return _REASONING.sub("", reply)


def json_objects(text: str) -> Iterator[object]:
    """Yield every JSON object that stands in the text and is whole, the outermost.

    >>> list(json_objects('Sure: {"a": 1} and {"a": {"b": 2'))
    [{'a': 1}]
    """
    decoder = json.JSONDecoder(object_pairs_hook=_single)
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except RecursionError:
            return  # nested without end: what follows lies deeper still
        except ValueError:
            end = at + 1
        else:
            yield value
        at = text.find("{", end)


def _single(pairs: list[tuple[str, Any]]) -> Any:  # noqa: ANN401 - whatever JSON holds
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Doubled()

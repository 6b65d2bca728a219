"""Ask an endpoint for one token at a time, to learn what it supports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from harness.errors import BreakdownError, EndpointRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.chat.client import Chat
    from harness.records import Json

__all__ = ["FEATURES", "probe"]

FEATURES: Final[dict[str, dict[str, Json]]] = {
    "JSON schema": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "reply",
                "strict": True,
                "schema": {
                    "type": "object",
                    "properties": {"ok": {"type": "boolean"}},
                    "required": ["ok"],
                    "additionalProperties": False,
                },
            },
        }
    },
    "JSON object": {"response_format": {"type": "json_object"}},
    "tools": {
        "tools": [
            {"type": "function", "function": {"name": "done", "parameters": {"type": "object", "properties": {}}}}
        ]
    },
    "seed": {"seed": 1},
    "logprobs": {"logprobs": True, "top_logprobs": 1},
}
"""What is asked for beside the one token; a feature is supported if the endpoint does not refuse the request."""
_MESSAGES: Final = ({"role": "user", "content": "Reply with the JSON object {}."},)


async def probe(chat: Chat) -> Mapping[str, str]:
    """Return what the endpoint supports: `yes`, `no`, or how it broke down; `answers` first, for a plain request.

    A feature that an endpoint silently ignores counts as supported: one token cannot tell.
    """
    found = {"answers": await _tried(chat, {})}
    if found["answers"] != "yes":
        return found | dict.fromkeys(FEATURES, "?")
    for feature, asked in FEATURES.items():
        found[feature] = await _tried(chat, asked)
    return found


async def _tried(chat: Chat, asked: Mapping[str, Json]) -> str:
    parameters: dict[str, Any] = {"max_tokens": 1, **asked}
    try:
        await chat.complete(_MESSAGES, **parameters)
    except EndpointRefusedError as error:
        return str(error)
    except BreakdownError as error:
        return "no" if error.code == "client_error" else error.code
    return "yes"

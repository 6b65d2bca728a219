"""Read what an endpoint answered, tolerantly: vendors differ in small ways, and what they leave out is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from harness.records import Call

__all__ = ["Reply", "estimated_tokens", "prompt_text", "read_reply"]

_SPOKEN: Final = frozenset({None, "text", "output_text", "refusal"})
_CHARACTERS_A_TOKEN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an endpoint answered; None where it did not say. Latency and `first_token` in seconds, at the transport.

    `cost` is in dollars, None where the price is unknown. `attempts` counts the requests that were sent. `cached` says
    that none was sent now: everything stands as it was when it was paid for. `estimated` says that the endpoint did not
    count its tokens.
    """

    text: str
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    system_fingerprint: str | None = None
    latency: float | None = None
    first_token: float | None = None
    cost: float | None = None
    cached: bool = False
    attempts: int = 1
    estimated: bool = False

    def call(self, stage: Literal["answer", "detect", "score"], component: str) -> Call:
        """Return what is recorded of it."""
        return Call(
            stage=stage,
            component=component,
            model=self.model,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cost=self.cost,
            latency=self.latency,
            cached=self.cached,
            attempts=self.attempts,
            first_token=self.first_token,
            estimated=self.estimated,
        )


def read_reply(body: Mapping[str, Any]) -> Reply:
    """Read a chat completion.

    Raises:
        LookupError, TypeError, AttributeError: there is no choice in it, or its content is no text.
    """
    choice = body["choices"][0]
    message = choice.get("message") or {}
    usage = body.get("usage") or {}
    return Reply(
        text=_text(message),
        model=body.get("model"),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        finish_reason=choice.get("finish_reason"),
        system_fingerprint=body.get("system_fingerprint"),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(message: Mapping[str, Any]) -> str:
    """Return the text of a message: its content, the spoken parts of it, or what it refuses with.

    What a reasoning model thought (`reasoning_content`, parts of type `thinking`) is no part of its answer.
    """
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(_spoken(part) for part in content if isinstance(part, Mapping))
    if content is not None and not isinstance(content, str):
        msg = f"content is a {type(content).__name__}"
        raise TypeError(msg)
    return content or _called(message) or message.get("refusal") or ""


def _called(message: Mapping[str, Any]) -> str:
    """Return the arguments of the tools that the model called: where tools are asked for, they are the answer."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return ""
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)]
    said = [one.get("arguments") for one in functions if isinstance(one, Mapping)]
    return "\n".join(text for text in said if isinstance(text, str))


def _spoken(part: Mapping[str, Any]) -> str:
    return str(part.get("text") or part.get("refusal") or "") if part.get("type") in _SPOKEN else ""


def prompt_text(messages: object) -> str:
    """Return everything that the messages say, for an estimate of their length."""
    if not isinstance(messages, list):
        return ""
    return "\n".join(str(message.get("content", "")) for message in messages if isinstance(message, Mapping))


def estimated_tokens(text: str) -> int:
    """Estimate the tokens of a text where the endpoint does not count them: one for each four characters, rounded up.

    A rule of thumb for English and today's vocabularies; figures made of it are marked as estimates.

    >>> estimated_tokens("The pump starts."), estimated_tokens("")
    (4, 0)
    """
    return -(-len(text) // _CHARACTERS_A_TOKEN)

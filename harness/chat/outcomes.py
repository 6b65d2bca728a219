"""Give every way in which a request can break down its name, and say whether it is worth another attempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from harness.chat.limits import asked_wait
from harness.errors import BreakdownError, EndpointRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Attempt", "Quirks", "refusal"]

_REFUSED: Final = {401: "auth", 403: "auth", 404: "not_found"}
_REMEDY: Final = {
    "auth": "Check that key_env names the variable that holds a valid key.",
    "not_found": "Check the model's name and base_url (it usually ends in /v1).",
    "client_error": "Check the candidate's parameters.",
    "quota": "Top up the account, or name another key with key_env.",
}
_TOO_MANY: Final = 429
_SERVER: Final = 500
_RETRIED: Final = frozenset({408, 409, _TOO_MANY})
_OF_THE_CASE: Final = frozenset({"context_length_exceeded", "string_above_max_length", "request_too_large"})
_MOST: Final = 300


@dataclass(slots=True, eq=False)
class Attempt(Exception):  # noqa: N818 - it never leaves this package
    """One attempt that broke down; `wait` is what the endpoint asked for before the next, None if it did not say."""

    message: str
    code: str
    status: int | None = None
    retried: bool = True
    wait: float | None = None

    def breakdown(self, attempts: int) -> BreakdownError:
        """Return what is recorded when it was the last attempt."""
        return BreakdownError(self.message, code=self.code, attempts=attempts, status=self.status)


def refusal(
    status: int, said: str, code: object, headers: Mapping[str, str], *, model: str, answered: bool
) -> Attempt | EndpointRefusedError:
    """Name an HTTP status of 400 and above: what the line did, or what the user must mend.

    `code` is the endpoint's own error code. A bad request is the user's mistake as long as the endpoint has not
    `answered` this candidate at all; later, it is this one case's.
    """
    said = said[:_MOST]
    if code == "insufficient_quota":
        return EndpointRefusedError(f"{model!r}: {said}. {_REMEDY['quota']}", code="auth", status=status)
    if status in _REFUSED:
        name = _REFUSED[status]
        return EndpointRefusedError(f"{model!r}: {said}. {_REMEDY[name]}", code=name, status=status)
    if status in _RETRIED or status >= _SERVER:
        name = "rate_limited" if status == _TOO_MANY else "server_error" if status >= _SERVER else "client_error"
        return Attempt(said, name, status, wait=asked_wait(headers))
    if answered or code in _OF_THE_CASE or status == 413:  # noqa: PLR2004 - content too large
        return Attempt(said, "client_error", status, retried=False)
    return EndpointRefusedError(f"{model!r}: {said}. {_REMEDY['client_error']}", code="client_error", status=status)


@dataclass(slots=True)
class Quirks:
    """What this vendor wants otherwise than the others, learnt from what it says of a bad request.

    Newer models want `max_completion_tokens` for `max_tokens`, and some allow no system role: its text then opens the
    first message of the user.
    """

    completion_tokens: bool = False
    no_system: bool = False

    def learn(self, body: Mapping[str, Any], said: str) -> bool:
        """Take in what was said of a request; True if `fitted` can now help it."""
        said = said.lower()
        messages = body["messages"]
        if "max_tokens" in body and "max_completion_tokens" in said:
            self.completion_tokens = True
            return True
        if messages and messages[0]["role"] == "system" and "system" in said and "role" in said:
            self.no_system = True
            return True
        return False

    def fitted(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the request as this vendor wants it."""
        if self.completion_tokens and "max_tokens" in body:
            rest = {key: value for key, value in body.items() if key != "max_tokens"}
            body = {**rest, "max_completion_tokens": body["max_tokens"]}
        if self.no_system and body["messages"] and body["messages"][0]["role"] == "system":
            body = {**body, "messages": without_system(body["messages"])}
        return body


def without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    r"""Put the system message's text before that of the first message of the user.

    >>> without_system([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}])
    [{'role': 'user', 'content': 'Be brief.\n\nWhy?'}]
    """
    system, *rest = messages
    for number, message in enumerate(rest):
        if message["role"] == "user":
            rest[number] = {**message, "content": f"{system['content']}\n\n{message['content']}"}
            return rest
    return [{**system, "role": "user"}, *rest]

"""The one place that talks to OpenAI-compatible endpoints, through the openai package and its aiohttp transport.

Every outcome has a name. What the endpoint answered is a `Reply`, be it filtered, empty or cut off: that is the
candidate's own behaviour. What broke down on the line is a `BreakdownError`, and a request that can never succeed
(refused key, unknown model, bad parameter) an `EndpointRefusedError`. No key reaches a message or a log.
"""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from harness.errors import BreakdownError, EndpointRefusedError, SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openai import APIStatusError, AsyncOpenAI

    from harness.records import Json

__all__ = ["Chat", "Reply"]

log = logging.getLogger("harness.chat")
_REFUSED: Final = {401: "auth", 403: "auth", 404: "not_found", 400: "client_error", 422: "client_error"}
_REMEDY: Final = {
    "auth": "Check that key_env names the variable that holds a valid key.",
    "not_found": "Check the model's name and base_url (it usually ends in /v1).",
    "client_error": "Check the candidate's parameters.",
}
_MOST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an endpoint answered; None where it did not say. Latency in seconds, at the transport."""

    text: str
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    system_fingerprint: str | None = None
    latency: float | None = None
    attempts: int = 1


class Chat:
    """A model behind an endpoint. The client is made on first use and reuses its connections until `aclose`."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        key_env: str | None = None,
        headers_env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        retries: int = 4,
    ) -> None:
        """Take the model and where it is.

        `OPENAI_API_KEY` and `OPENAI_BASE_URL` count only where neither `base_url` nor `key_env` is given; any other
        endpoint gets no key unless `key_env` names the variable that holds it. `headers_env` maps header names to
        variables. `timeout` is in seconds, for one attempt; `retries` follow 429, 5xx, time-outs and lost connections.

        Raises:
            SpecError: credentials in the URL, or a variable that is named and not set.
        """
        standard = base_url is None and key_env is None
        if base_url is not None:
            _check_url(base_url)
        self.model = model
        self._base_url = os.environ.get("OPENAI_BASE_URL") if standard else base_url
        self._key = _secret("OPENAI_API_KEY" if standard else key_env)
        self._headers = {name: _secret(variable) or "" for name, variable in (headers_env or {}).items()}
        self._timeout, self._retries = timeout, retries
        self._client: AsyncOpenAI | None = None

    def _opened(self) -> AsyncOpenAI:
        if self._client is None:
            from openai import AsyncOpenAI, DefaultAioHttpClient  # noqa: PLC0415 - 1.5 s, only when asked

            self._client = AsyncOpenAI(
                api_key=self._key or "none",
                base_url=self._base_url or "https://api.openai.com/v1",
                default_headers=self._headers,
                timeout=self._timeout,
                max_retries=self._retries,
                http_client=DefaultAioHttpClient(timeout=self._timeout),
            )
        return self._client

    async def complete(self, messages: Sequence[Mapping[str, str]], **parameters: Json) -> Reply:
        """Ask once, with retries where they are worth it.

        Raises:
            BreakdownError: time-out, lost connection, 429 or 5xx when the retries are used up, malformed body.
            EndpointRefusedError: the endpoint refuses the key, the model or a parameter.
        """
        import openai  # noqa: PLC0415 - 1.5 s, only when asked

        body: dict[str, Any] = {"model": self.model, "messages": list(messages), **parameters}
        if not self._key:
            body["extra_headers"] = {"Authorization": openai.omit}
        began = time.perf_counter()
        try:
            raw = await self._opened().chat.completions.with_raw_response.create(**body)
        except openai.APIStatusError as error:
            raise self._refusal(error) from error
        except openai.APIConnectionError as error:
            waited = time.perf_counter() - began
            late = isinstance(error, openai.APITimeoutError) and waited >= self._timeout * 0.9
            code = "timeout" if late else "connection"
            log.info("%s %s after %.3f s", self.model, code, waited)
            msg = f"no complete reply within {self._timeout:g} s" if late else f"connection failed: {_cause(error)}"
            raise BreakdownError(msg, code=code, attempts=self._retries + 1) from error
        response = raw.http_response
        try:
            reply = _reply(json.loads(response.content))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            msg = f"the body is not a chat completion ({type(error).__name__}): {response.text[:_MOST]!r}"
            raise BreakdownError(msg, code="malformed", attempts=raw.retries_taken + 1) from error
        latency = response.elapsed.total_seconds()
        log.info("%s 200 in %.3f s, %d attempts", self.model, latency, raw.retries_taken + 1)
        return Reply(**{**reply, "latency": latency, "attempts": raw.retries_taken + 1})

    def _refusal(self, error: APIStatusError) -> BreakdownError | EndpointRefusedError:
        status, said = error.status_code, self._without_key(str(error))[:_MOST]
        log.info("%s %d", self.model, status)
        code = _REFUSED.get(status)
        if code is not None:
            return EndpointRefusedError(f"{self.model!r}: {said}. {_REMEDY[code]}", code=code, status=status)
        code = "rate_limited" if status == 429 else "server_error" if status >= 500 else "client_error"  # noqa: PLR2004
        retried = status in {408, 409, 429} or status >= 500  # noqa: PLR2004 - as the SDK retries
        return BreakdownError(said, code=code, status=status, attempts=self._retries + 1 if retried else 1)

    def _without_key(self, text: str) -> str:
        for secret in (self._key, *self._headers.values()):
            if secret:
                text = text.replace(secret, "***")
        return text

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None


def _check_url(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.username or parts.password:
        msg = f"base_url holds credentials ({parts.hostname}). Name the variable with the key by key_env instead."
        raise SpecError(msg)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = f"base_url must begin with http:// or https://, not {base_url!r}"
        raise SpecError(msg)


def _secret(variable: str | None) -> str | None:
    if variable is None:
        return None
    value = os.environ.get(variable)
    if not value:
        msg = f"the environment variable {variable!r} is not set. Set it to the key, or name another with key_env."
        raise SpecError(msg)
    return value


def _cause(error: BaseException) -> str:
    cause = error.__cause__ or error
    return f"{type(cause).__name__}: {cause}"[:_MOST]


def _reply(body: dict[str, Any]) -> dict[str, Any]:
    """Read a chat completion tolerantly; what a vendor leaves out is None.

    Raises:
        LookupError, TypeError: there is no choice in it.
    """
    choice = body["choices"][0]
    message = choice.get("message") or {}
    usage = body.get("usage") or {}
    return {
        "text": _text(message),
        "model": body.get("model"),
        "prompt_tokens": usage.get("prompt_tokens"),
        "completion_tokens": usage.get("completion_tokens"),
        "finish_reason": choice.get("finish_reason"),
        "system_fingerprint": body.get("system_fingerprint"),
    }


def _text(message: Mapping[str, Any]) -> str:
    """Return the text of a message: its content, the parts of it, or what it refuses with."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is not None and not isinstance(content, str):
        msg = f"content is a {type(content).__name__}"
        raise TypeError(msg)
    return content or message.get("refusal") or ""

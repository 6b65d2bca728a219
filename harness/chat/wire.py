"""One request through the openai package and its aiohttp transport, at little cost.

The package's typed `create` walks every message and builds a model of every reply, which is half of its time: `post`,
its documented way to any path, takes the body as it is and gives the response back. Errors, auth, proxies, TLS and
Azure's ways are the package's own; retries are ours, so that they are counted, jittered and within the budget.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from harness.chat.outcomes import Attempt, Quirks, refusal
from harness.chat.replies import Reply, read_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openai import APIStatusError, AsyncOpenAI
    from openai._types import RequestOptions

    from harness.errors import EndpointRefusedError

__all__ = ["Wire"]

log = logging.getLogger("harness.chat")
_PATH: Final = "/chat/completions"
_BAD_REQUEST: Final = frozenset({400, 422})
_FILTERED: Final = frozenset({"content_filter", "content_policy_violation"})
_OF_ONE_BODY: Final = frozenset({"content-length", "transfer-encoding"})
_ERROR: Final = 400
_CONNECTIONS: Final = 4096
_MOST: Final = 300


class Wire:
    """The connections to an endpoint, for one model and one key; the client is made on first use."""

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        api_version: str | None = None,
        timeout: float = 60.0,
        stream: bool = False,
    ) -> None:
        """Take where the endpoint is and what opens it; `timeout` is in seconds, for one request from first to last."""
        self._model, self._base_url, self._key = model, base_url, key
        self._headers, self._api_version = dict(headers or {}), api_version
        self._timeout, self._stream = timeout, stream
        self._quirks = Quirks()
        self._answered = False
        self._client: AsyncOpenAI | None = None
        self._httpx: Any = None
        self._transport: Any = None
        self._first: Any = None
        self._refused: Any = ()
        self._broken: tuple[type[Exception], ...] = ()
        self._options: RequestOptions = {}

    @property
    def client(self) -> AsyncOpenAI:
        """The openai client."""
        if self._client is None:
            self._client = self._opened()
        return self._client

    def _opened(self) -> AsyncOpenAI:
        import aiohttp  # noqa: PLC0415 - only when asked
        import openai  # noqa: PLC0415 - half a second

        transport = next(k for k in openai.DefaultAioHttpClient.__mro__ if k.__name__ == "AsyncClient")
        httpx = import_module(transport.__module__.partition(".")[0])  # httpx2 from openai 3 on, httpx before
        self._httpx, self._refused = httpx, openai.APIStatusError
        self._broken = (openai.APIConnectionError, httpx.HTTPError, aiohttp.ClientError)
        limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        self._transport = openai.DefaultAioHttpClient(timeout=None, limits=limits)
        shared: dict[str, Any] = {
            "api_key": self._key or "none",
            "default_headers": self._headers,
            "timeout": None,  # the whole request has one limit, ours
            "max_retries": 0,
            "http_client": self._transport,
        }
        if not self._key:
            self._options = {"headers": {"Authorization": openai.omit, "api-key": openai.omit}}
        if self._api_version is not None:
            return openai.AsyncAzureOpenAI(azure_endpoint=self._base_url, api_version=self._api_version, **shared)
        return openai.AsyncOpenAI(base_url=self._base_url, **shared)

    async def send(self, body: dict[str, Any], *, heed: Callable[[Mapping[str, str]], None]) -> Reply:
        """Send one request; `heed` is shown the headers of the reply.

        Raises:
            Attempt: it broke down, and how.
            EndpointRefusedError: no request of this kind can succeed.
        """
        client, fitted = self.client, self._quirks.fitted(body)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout):
                if self._stream:
                    reply = await self._streamed(client, fitted, heed)
                else:
                    response = await self._posted(client, fitted)
                    heed(response.headers)
                    reply = self._whole(response, time.perf_counter() - began)
        except TimeoutError as error:
            msg = f"no complete reply within {self._timeout:g} s"
            raise Attempt(msg, "timeout") from error
        except self._refused as error:
            heed(error.response.headers)
            if error.code in _FILTERED:  # Azure's way to say what others say by finish_reason
                reply = Reply(text="", finish_reason="content_filter", latency=time.perf_counter() - began)
            else:
                raise self._named(error, body, fitted) from error
        except self._broken as error:
            msg = f"connection failed: {self._without_key(_cause(error))}"
            raise Attempt(msg, "connection") from error
        self._answered = True
        return reply

    async def _posted(self, client: AsyncOpenAI, body: dict[str, Any]) -> Any:  # noqa: ANN401 - a Response of either httpx
        """Return the response; the package makes the first request, and the next ones differ from it in the body alone.

        Making URL, headers and auth anew for each request would cost more than sending it.
        """
        if self._first is None:
            response = await client.post(_PATH, cast_to=self._httpx.Response, body=body, options=self._options)
            headers = {k: v for k, v in response.request.headers.items() if k not in _OF_ONE_BODY}
            self._first = response.request.url, self._httpx.Headers(headers)
            return response
        url, headers = self._first
        content = json.dumps(body, separators=(",", ":")).encode()
        request = self._httpx.Request("POST", url, headers=headers, content=content)
        response = await self._transport.send(request)
        if response.status_code >= _ERROR:
            raise self._refused(_said(response), response=response, body=_error(response))
        return response

    def _whole(self, response: Any, latency: float) -> Reply:  # noqa: ANN401 - a Response of either httpx
        try:
            data = json.loads(response.content)
        except ValueError as error:  # cut off on the way, so another attempt may get it whole
            msg = f"the body is not JSON: {self._without_key(response.text)[:_MOST]!r}"
            raise Attempt(msg, "malformed") from error
        return dataclasses.replace(self._read(data), latency=latency)

    def _read(self, data: object) -> Reply:
        if isinstance(data, dict) and data.get("error") and not data.get("choices"):
            msg = self._without_key(str(data["error"]))[:_MOST]
            raise Attempt(msg, "server_error", 200)
        try:
            return read_reply(data)  # type: ignore[arg-type]  # whatever it is, it says so itself
        except (TypeError, LookupError, AttributeError) as error:
            said = self._without_key(json.dumps(data))[:_MOST]
            msg = f"the body is not a chat completion ({type(error).__name__}): {said!r}"
            raise Attempt(msg, "malformed", retried=False) from error

    async def _streamed(
        self, client: AsyncOpenAI, body: dict[str, Any], heed: Callable[[Mapping[str, str]], None]
    ) -> Reply:
        from openai import AsyncStream  # noqa: PLC0415 - only when asked for
        from openai.types.chat import ChatCompletion, ChatCompletionChunk  # noqa: PLC0415 - heavy: only where an endpoint is asked

        asked = {**body, "stream": True, "stream_options": {"include_usage": True}}
        began = time.perf_counter()
        chunks = await client.post(
            _PATH,
            cast_to=ChatCompletion,
            body=asked,
            options=self._options,
            stream=True,
            stream_cls=AsyncStream[ChatCompletionChunk],
        )
        heed(chunks.response.headers)
        first: float | None = None
        said: list[str] = []
        whole: dict[str, Any] = {}
        finish: str | None = None
        async for chunk in chunks:
            whole |= {"model": chunk.model, "system_fingerprint": chunk.system_fingerprint}
            if chunk.usage is not None:
                whole["usage"] = chunk.usage.model_dump()
            for choice in chunk.choices[:1]:
                text = choice.delta.content or choice.delta.refusal or ""
                if text and first is None:
                    first = time.perf_counter() - began
                said.append(text)
                finish = choice.finish_reason or finish
        latency = time.perf_counter() - began
        if finish is None and not said:
            msg = "the stream ended before it began"
            raise Attempt(msg, "malformed")
        whole["choices"] = [{"message": {"content": "".join(said)}, "finish_reason": finish}]
        return dataclasses.replace(self._read(whole), latency=latency, first_token=first)

    def _named(
        self, error: APIStatusError, body: dict[str, Any], fitted: dict[str, Any]
    ) -> Attempt | EndpointRefusedError:
        said, status = self._without_key(str(error)), error.status_code
        log.info("%s %d", self._model, status)
        if status in _BAD_REQUEST and self._quirks.learn(body, said) and self._quirks.fitted(body) != fitted:
            return Attempt(said, "client_error", status, wait=0.0)
        return refusal(status, said, error.code, error.response.headers, model=self._model, answered=self._answered)

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


def _error(response: Any) -> object:  # noqa: ANN401 - a Response of either httpx
    """Return what an endpoint says of an error, as the package reads it."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return None
    return body.get("error", body) if isinstance(body, dict) else body


def _said(response: Any) -> str:  # noqa: ANN401 - a Response of either httpx
    error = _error(response)
    said = error.get("message") if isinstance(error, dict) else None
    return f"Error code: {response.status_code}" + (f" - {said}" if said else "")


def _cause(error: BaseException) -> str:
    cause = error.__cause__ or error
    return f"{type(cause).__name__}: {cause}"[:_MOST]

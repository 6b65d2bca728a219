"""A model behind an endpoint: cache, limits, retries and accounts around one request of the openai package.

Every outcome has a name. What the endpoint answered is a `Reply`, be it filtered, empty or cut off: that is the
candidate's own behaviour. What broke down on the line is a `BreakdownError`, and a request that can never succeed
(refused key, unknown model, bad parameter) an `EndpointRefusedError`. No key reaches a message, a log or the cache.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from harness.chat import batch
from harness.chat.cache import Cache
from harness.chat.endpoints import Endpoints
from harness.chat.outcomes import Attempt
from harness.chat.replies import Reply, estimated_tokens, prompt_text
from harness.chat.wire import Wire
from harness.errors import BreakdownError, SpecError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from harness.records import Json

__all__ = ["Chat"]

log = logging.getLogger("harness.chat")
_STANDARD: Final = "https://api.openai.com/v1"
_LONGEST_WAIT: Final = 30.0


class Chat:
    """A model behind an endpoint. The client is made on first use and reuses its connections until `aclose`."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        key_env: str | None = None,
        headers_env: Mapping[str, str] | None = None,
        api_version: str | None = None,
        timeout: float = 60.0,
        total_timeout: float = 600.0,
        retries: int = 4,
        backoff: float = 0.5,
        stream: bool = False,
        endpoints: Endpoints | None = None,
    ) -> None:
        """Take the model and where it is.

        `OPENAI_API_KEY` and `OPENAI_BASE_URL` count only where neither `base_url` nor `key_env` is given; any other
        endpoint gets no key unless `key_env` names the variable that holds it. `headers_env` maps header names to
        variables; `api_version` makes it an Azure-style endpoint. `timeout` is in seconds, for one attempt,
        `total_timeout` for all attempts and the waits between them. `retries` follow 408, 409, 429, 5xx, time-outs,
        lost connections and truncated bodies, after a random wait below `backoff * 2**n` seconds (full jitter), or
        after what `Retry-After` says. `stream` asks for the reply in parts, so that the first token is timed.

        Raises:
            SpecError: credentials in the URL, or a variable that is named and not set.
        """
        standard = base_url is None and key_env is None
        if base_url is not None:
            _check_url(base_url)
        self.model = model
        self.base_url = (os.environ.get("OPENAI_BASE_URL") if standard else base_url) or _STANDARD
        self._endpoints = endpoints or Endpoints()
        offline = self._endpoints.offline  # a replay needs no key
        key = _secret("OPENAI_API_KEY" if standard else key_env, needed=not offline)
        headers = {name: _secret(variable, needed=not offline) or "" for name, variable in (headers_env or {}).items()}
        self._wire = Wire(
            model, self.base_url, key=key, headers=headers, api_version=api_version, timeout=timeout, stream=stream
        )
        self._total_timeout, self._retries, self._backoff = total_timeout, retries, backoff

    def asked(self, messages: Sequence[Mapping[str, str]], parameters: Mapping[str, Json]) -> dict[str, Any]:
        """Return the body of the request."""
        return {"model": self.model, "messages": list(messages), **parameters}

    async def complete(self, messages: Sequence[Mapping[str, str]], *, draw: str = "", **parameters: Json) -> Reply:
        """Ask once, with retries where they are worth it; a reply that is in the cache is not asked for again.

        `draw` tells apart what is asked in the same words and is to be answered anew: trials, and cases that are alike.

        Raises:
            BreakdownError: time-out, lost connection, 429 or 5xx when the retries are used up, malformed body.
            EndpointRefusedError: the endpoint refuses the key, the model or a parameter.
            BudgetExceededError: nothing may be spent any more.
        """
        body = self.asked(messages, parameters)
        cache = self._endpoints.cache
        key = Cache.key({"endpoint": self.base_url, "body": body, "draw": draw}) if cache else ""
        found = cache.find(key) if cache else None
        if found is not None:
            return found
        if self._endpoints.offline:
            msg = f"{self.model!r}: no such reply in the cache, and --offline asks for none"
            raise BreakdownError(msg, code="not_recorded", attempts=0)
        reply = self.priced(await self._asked_with_retries(body), body)
        self._endpoints.budget.add_cost(reply.cost)
        if cache:
            cache.store(key, reply)
        return reply

    def priced(self, reply: Reply, body: Mapping[str, Any], *, batch: bool = False) -> Reply:
        """Return the reply with its tokens (estimated where the endpoint did not count) and its cost in dollars."""
        estimated = reply.prompt_tokens is None or reply.completion_tokens is None
        prompt, completion = reply.prompt_tokens, reply.completion_tokens
        if prompt is None:
            prompt = estimated_tokens(prompt_text(body["messages"]))
        if completion is None:
            completion = estimated_tokens(reply.text)
        price = self._endpoints.prices.of(self.base_url, self.model)
        cost = None if price is None else price.cost(prompt, completion, batch=batch)
        return dataclasses.replace(
            reply, prompt_tokens=prompt, completion_tokens=completion, cost=cost, estimated=estimated
        )

    async def _asked_with_retries(self, body: dict[str, Any]) -> Reply:
        began, attempts = time.monotonic(), 0

        async def attempt() -> Reply:
            nonlocal attempts
            attempts += 1
            return await self._attempt(body)

        try:
            try:
                reply = await attempt()
            except Attempt as first:
                if not first.retried:
                    raise
                reply = await self._retried(first, attempt, self._total_timeout - (time.monotonic() - began))
        except Attempt as last:
            log.info("%s %s, %d attempts: given up", self.model, last.code, attempts)
            raise last.breakdown(attempts) from last
        log.info("%s 200 in %.3f s, %d attempts", self.model, reply.latency or 0.0, attempts)
        return dataclasses.replace(reply, attempts=attempts)

    async def _retried(self, first: Attempt, attempt: Callable[[], Awaitable[Reply]], left: float) -> Reply:
        """Go on after a first attempt that broke down, for at most `left` seconds.

        Tenacity is told of the first attempt as if it had made it: most requests need no retries, and no machinery.
        """
        from tenacity import (  # noqa: PLC0415 - only when something broke down
            AsyncRetrying,
            RetryCallState,
            retry_if_exception,
            stop_after_attempt,
            stop_after_delay,
            wait_random_exponential,
        )

        jitter = wait_random_exponential(multiplier=self._backoff, max=_LONGEST_WAIT)
        over = stop_after_attempt(self._retries + 1) | stop_after_delay(left)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.wait if isinstance(error, Attempt) else None
            return jitter(state) if asked is None else asked

        def stop(state: RetryCallState) -> bool:
            return over(state) or (state.seconds_since_start or 0.0) + state.upcoming_sleep > left

        made = [first]

        async def once_more() -> Reply:
            if made:
                raise made.pop()
            return await attempt()

        worth = retry_if_exception(lambda error: isinstance(error, Attempt) and error.retried)
        reply: Reply = await AsyncRetrying(stop=stop, wait=wait, retry=worth, reraise=True)(once_more)
        return reply

    async def _attempt(self, body: dict[str, Any]) -> Reply:
        gate = self._endpoints.gate(self.base_url)
        needs_count = gate.limits.tokens_per_minute is not None
        entered = await gate.enter(estimated_tokens(prompt_text(body["messages"])) if needs_count else 0)
        try:
            self._endpoints.budget.take_call()
            reply = await self._wire.send(body, heed=gate.heed)
        except Attempt as error:
            if error.code in {"rate_limited", "timeout"}:
                gate.overloaded(entered)
            raise
        finally:
            gate.leave()
        gate.succeeded(reply.latency or 0.0)
        return reply

    async def submit(self, requests: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
        """Start a batch of (custom id, body) pairs at the vendor's batch endpoint, and return its id."""
        return await batch.submit(self._wire.client, requests)

    async def collect(self, name: str) -> batch.Collected | None:
        """Return what came of a batch, None while the vendor is still at it."""
        return await batch.collect(self._wire.client, name)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


def _check_url(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.username or parts.password:
        msg = f"base_url holds credentials ({parts.hostname}). Name the variable with the key by key_env instead."
        raise SpecError(msg)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = f"base_url must begin with http:// or https://, not {base_url!r}"
        raise SpecError(msg)


def _secret(variable: str | None, *, needed: bool) -> str | None:
    if variable is None:
        return None
    value = os.environ.get(variable)
    if not value and needed:
        msg = f"the environment variable {variable!r} is not set. Set it to the key, or name another with key_env."
        raise SpecError(msg)
    return value

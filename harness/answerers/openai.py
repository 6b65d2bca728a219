"""Any OpenAI-compatible endpoint as a candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from harness.answerers.prompts import load_prompt
from harness.chat import Chat, Endpoints, Reply, probe
from harness.errors import BreakdownError
from harness.records import Answer, Call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.records import Json, Question

__all__ = ["OpenAI"]

_USUAL_REPLY: Final = 200


class OpenAI:
    """`openai:MODEL?base_url=…&key_env=…&temperature=…&prompt=…`."""

    def __init__(
        self,
        *,
        target: str,
        base_url: str | None = None,
        key_env: str | None = None,
        headers_env: tuple[str, ...] = (),
        prompt: str = "grounded",
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        max_completion_tokens: int | None = None,
        seed: int | None = None,
        timeout: float = 60.0,
        total_timeout: float = 600.0,
        retries: int = 4,
        backoff: float = 0.5,
        stream: bool = False,
        api_version: str | None = None,
        endpoints: Endpoints | None = None,
    ) -> None:
        """Take the model, where it is, its parameters and its prompt (a name or a file).

        `headers_env` holds `Header=VARIABLE` pairs: header values come from environment variables only.
        """
        pairs = dict(pair.partition("=")[::2] for pair in headers_env)
        self._chat = Chat(
            target,
            base_url=base_url,
            key_env=key_env,
            headers_env=pairs,
            api_version=api_version,
            timeout=timeout,
            total_timeout=total_timeout,
            retries=retries,
            backoff=backoff,
            stream=stream,
            endpoints=endpoints,
        )
        self._prompt = load_prompt(prompt)
        given: dict[str, Json] = {
            "temperature": temperature,
            "top_p": top_p,
            "max_tokens": max_tokens,
            "max_completion_tokens": max_completion_tokens,
            "seed": seed,
        }
        self._parameters = {name: value for name, value in given.items() if value is not None}
        self._target = target

    @property
    def prompt_name(self) -> str:
        """The prompt's name, for the run's header."""
        return self._prompt.name

    @property
    def prompt_digest(self) -> str:
        """The prompt's SHA-256, for the run's header."""
        return self._prompt.digest

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:
        """Ask the endpoint."""
        try:
            draw = f"{question.id}/{trial}"
            reply = await self._chat.complete(self._prompt.render(question), draw=draw, **self._parameters)
        except BreakdownError as error:
            if error.attempts:
                error.calls = (Call(stage="answer", component=self._target, attempts=error.attempts),)
            raise
        return self._answer(reply)

    def _answer(self, reply: Reply) -> Answer:
        call = reply.call("answer", self._target)
        return Answer(
            text=reply.text,
            model=reply.model,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            latency=reply.latency,
            first_token=reply.first_token,
            finish_reason=reply.finish_reason,
            system_fingerprint=reply.system_fingerprint,
            calls=(call,),
        )

    def body(self, question: Question) -> dict[str, Any]:
        """Return the request for a question, as the endpoint takes it alone or in a batch."""
        return self._chat.asked(self._prompt.render(question), self._parameters)

    async def submit(self, requests: Sequence[tuple[str, dict[str, Any]]]) -> str:
        """Start a batch of (name, body) pairs, and return its id."""
        return await self._chat.submit(requests)

    async def collect(self, batch: str) -> tuple[str, dict[str, Answer | BreakdownError]] | None:
        """Return how a batch ended and what came of each request, None while the vendor is still at it."""
        came = await self._chat.collect(batch)
        if came is None:
            return None
        found: dict[str, Answer | BreakdownError] = dict(came.broken)
        for name, reply in came.replies.items():
            found[name] = self._answer(self._chat.priced(reply, {"messages": []}, batch=True))
        return came.status, found

    def forecast(self, question: Question) -> tuple[Call, ...]:
        """Return what asking would come to; a reply is taken to be as long as it may be, or else 200 tokens."""
        most = self._parameters.get("max_completion_tokens") or self._parameters.get("max_tokens")
        completion = most if isinstance(most, int) else _USUAL_REPLY
        reply = self._chat.priced(Reply(text="", completion_tokens=completion), self.body(question))
        call = Call(
            stage="answer",
            component=self._target,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=completion,
            cost=reply.cost,
            estimated=True,
        )
        return (call,)

    async def probe(self) -> Mapping[str, str]:
        """Ask for one token at a time, to learn what the endpoint supports."""
        return await probe(self._chat)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._chat.aclose()

"""The endpoint as a candidate: every outcome has a name, and no key goes where it should not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from harness.answerers.openai import OpenAI
from harness.chat import Endpoints, Price, Prices
from harness.errors import BreakdownError, EndpointRefusedError, SpecError
from harness.records import Answer, Passage, Question
from harness.testing import Fault, Say, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

QUESTION = Question(
    id="q", query="How {many} days?", passages=(Passage(id="p1", text="Five {days}."),), instructions="Be brief."
)
KEY = "sk-planted-4711"


def ask(server: ScriptedServer, **options: Any) -> Answer:
    async def work() -> Answer:
        made = OpenAI(target="m", **{"base_url": server.base_url, "retries": 0, **options})
        try:
            return await made.answer(QUESTION)
        finally:
            await made.aclose()

    return asyncio.run(work())


def always(said: str | Say | Fault) -> Callable[[Mapping[str, Any], int], str | Say | Fault]:
    return lambda _body, _n: said


def test_an_answer_with_its_accounts() -> None:
    with ScriptedServer(always(Say(text="Five.", model="m-1", system_fingerprint="fp"))) as server:
        answer = ask(server, temperature=0.0, seed=7)
        (request,) = server.requests
    assert (answer.text, answer.model, answer.system_fingerprint) == ("Five.", "m-1", "fp")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.finish_reason) == (10, 5, "stop")
    assert answer.latency is not None
    assert answer.latency > 0
    assert (request.body["temperature"], request.body["seed"], request.body["model"]) == (0.0, 7, "m")
    said = request.body["messages"][0]["content"]
    assert "Five {days}." in said
    assert "How {many} days?" in said
    assert "Be brief." in said


@pytest.mark.parametrize(
    ("said", "text", "finish"),
    [
        (Say(text="cut", finish_reason="length"), "cut", "length"),
        (Say(text=None, finish_reason="content_filter"), "", "content_filter"),
        (Say(message={"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}), "ab", "stop"),
        (Say(message={"content": None, "refusal": "I can't."}), "I can't.", "stop"),
        (Say(message={"content": None, "tool_calls": [{"id": "1"}]}, finish_reason="tool_calls"), "", "tool_calls"),
        (Say(text="x", finish_reason=None, usage=None, model=None), "x", None),
    ],
)
def test_what_is_the_candidates_own_behaviour_is_an_answer(said: Say, text: str, finish: str | None) -> None:
    with ScriptedServer(always(said)) as server:
        answer = ask(server)
    assert (answer.text, answer.finish_reason) == (text, finish)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=429), "rate_limited"),
        (Fault(status=500), "server_error"),
        (Fault(status=503), "server_error"),
        (Fault(kind="truncate"), "malformed"),
        (Fault(kind="drop"), "connection"),
    ],
)
def test_what_is_the_lines_is_a_breakdown(fault: Fault, code: str) -> None:
    with ScriptedServer(always(fault)) as server, pytest.raises(BreakdownError) as caught:
        ask(server)
    assert caught.value.code == code


def test_a_stall_is_a_timeout() -> None:
    with ScriptedServer(always(Fault(kind="stall"))) as server, pytest.raises(BreakdownError) as caught:
        ask(server, timeout=0.2)
    assert caught.value.code == "timeout"


def test_no_server_is_a_lost_connection() -> None:
    with ScriptedServer(always("x")) as server:
        pass
    with pytest.raises(BreakdownError) as caught:
        ask(server)
    assert caught.value.code == "connection"


@pytest.mark.parametrize(("body"), [{}, {"choices": []}, {"choices": [{"message": {"content": 3}}]}])
def test_a_body_without_a_reply_is_malformed(body: dict[str, Any]) -> None:
    with ScriptedServer(always(Say(body=body))) as server, pytest.raises(BreakdownError) as caught:
        ask(server)
    assert caught.value.code == "malformed"


@pytest.mark.parametrize(("status", "code"), [(401, "auth"), (403, "auth"), (404, "not_found"), (400, "client_error")])
def test_what_never_succeeds_is_refused_at_once(status: int, code: str) -> None:
    with ScriptedServer(always(Fault(status=status))) as server:
        with pytest.raises(EndpointRefusedError) as caught:
            ask(server, retries=3)
        assert len(server.requests) == 1
    assert (caught.value.code, caught.value.status) == (code, status)


def test_retries_are_counted() -> None:
    def script(_body: Mapping[str, Any], n: int) -> str | Fault:
        return Fault(status=500, headers={"retry-after-ms": "1"}) if n < 2 else "done"

    with ScriptedServer(script) as server:
        answer = ask(server, retries=3)
    assert answer.calls[0].attempts == 3


def test_a_stream_says_when_the_first_token_came() -> None:
    with ScriptedServer(always(Say(text="Five days, no more.", model="m-1"))) as server:
        answer = ask(server, stream=True)
        assert server.requests[0].body["stream"] is True
    assert (answer.text, answer.model, answer.finish_reason) == ("Five days, no more.", "m-1", "stop")
    assert (answer.prompt_tokens, answer.completion_tokens) == (10, 5)
    assert answer.first_token is not None
    assert answer.latency is not None
    assert 0 < answer.first_token <= answer.latency


@pytest.mark.parametrize("stream", [False, True])
def test_a_stall_and_a_drop_are_named_in_a_stream_too(stream: bool) -> None:
    for fault, code in ((Fault(kind="stall"), "timeout"), (Fault(kind="drop"), "connection")):
        with ScriptedServer(always(fault)) as server, pytest.raises(BreakdownError) as caught:
            ask(server, timeout=0.3, stream=stream)
        assert caught.value.code == code
        assert caught.value.calls[0].attempts == 1


def test_what_a_vendor_wants_otherwise_is_learnt_once() -> None:
    def script(body: Mapping[str, Any], _n: int) -> str | Fault:
        if "max_tokens" in body:
            return Fault(status=400, message="Unsupported parameter: use 'max_completion_tokens' instead.")
        if body["messages"][0]["role"] == "system":
            return Fault(status=400, message="System role not supported")
        return "Five."

    async def work(server: ScriptedServer) -> None:
        made = OpenAI(target="m", base_url=server.base_url, prompt="chat", max_tokens=9, retries=2, backoff=0.001)
        for _ in range(2):
            assert (await made.answer(QUESTION)).text == "Five."
        await made.aclose()

    with ScriptedServer(script) as server:
        asyncio.run(work(server))
        assert len(server.requests) == 4
        last = server.requests[-1].body
    assert last["max_completion_tokens"] == 9
    assert [message["role"] for message in last["messages"]] == ["user"]
    assert "You answer questions" in last["messages"][0]["content"]


def test_a_filter_that_answers_400_is_the_candidates_own_behaviour() -> None:
    with ScriptedServer(always(Fault(status=400, code="content_filter"))) as server:
        answer = ask(server)
    assert (answer.text, answer.finish_reason) == ("", "content_filter")


def test_an_empty_account_is_not_asked_again() -> None:
    with ScriptedServer(always(Fault(status=429, code="insufficient_quota", message="no credit"))) as server:
        with pytest.raises(EndpointRefusedError, match="Top up"):
            ask(server, retries=3)
        assert len(server.requests) == 1


def test_a_case_that_is_too_long_ends_that_case_alone() -> None:
    with ScriptedServer(always(Fault(status=400, code="context_length_exceeded"))) as server:
        with pytest.raises(BreakdownError) as caught:
            ask(server, retries=3)
        assert len(server.requests) == 1
    assert caught.value.code == "client_error"


def test_an_error_in_a_whole_reply_is_the_servers() -> None:
    body = {"error": {"message": "upstream is away"}}
    with ScriptedServer(always(Say(body=body))) as server, pytest.raises(BreakdownError, match="upstream") as caught:
        ask(server)
    assert caught.value.code == "server_error"


def test_retry_after_is_heeded_and_too_long_a_wait_is_not_begun() -> None:
    with ScriptedServer(always(Fault(status=429, headers={"retry-after": "3600"}))) as server:
        with pytest.raises(BreakdownError) as caught:
            ask(server, retries=3, total_timeout=60.0)
        assert len(server.requests) == 1
    assert caught.value.code == "rate_limited"


def test_tokens_that_nobody_counted_are_estimates() -> None:
    with ScriptedServer(always(Say(text="Five days.", usage=None))) as server:
        (call,) = ask(server).calls
    assert call.estimated
    assert call.completion_tokens == 3
    assert call.prompt_tokens is not None
    assert call.prompt_tokens > 10
    assert call.cost is None, "an unknown price is unknown"


def test_a_known_price_is_counted() -> None:
    async def work(base_url: str) -> Answer:
        shared = Endpoints(prices=Prices(models={"m": Price(input=1.0, output=10.0)}))
        made = OpenAI(target="m", base_url=base_url, endpoints=shared)
        answer = await made.answer(QUESTION)
        await made.aclose()
        assert shared.budget.cost == answer.calls[0].cost
        return answer

    with ScriptedServer(always("x")) as server:
        answer = asyncio.run(work(server.base_url))
    assert answer.calls[0].cost == pytest.approx((10 * 1.0 + 5 * 10.0) / 1e6)


def test_the_standard_key_goes_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ScriptedServer(always("x")) as server:
        ask(server)
        assert "Authorization" not in server.requests[0].headers
        assert KEY not in str(server.requests[0].headers)


def test_a_named_key_is_sent_and_never_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with ScriptedServer(always(Fault(status=401, message=f"bad key {KEY}"))) as server:
        with pytest.raises(EndpointRefusedError) as caught:
            ask(server, key_env="MY_KEY")
        assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in str(caught.value)


def test_headers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM", "blue")
    with ScriptedServer(always("x")) as server:
        ask(server, headers_env=("X-Team=TEAM",))
        assert server.requests[0].headers["X-Team"] == "blue"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base_url": "http://u:p@127.0.0.1/v1"}, "holds credentials"),
        ({"base_url": "127.0.0.1"}, "must begin with"),
        ({"base_url": "http://127.0.0.1/v1", "key_env": "NOT_SET_4711"}, "'NOT_SET_4711' is not set"),
        ({}, "'OPENAI_API_KEY' is not set"),
        ({"base_url": "http://127.0.0.1/v1", "prompt": "groundd"}, "Did you mean 'grounded'"),
    ],
)
def test_mistakes_are_said_before_anything_is_asked(
    options: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SpecError, match=said):
        OpenAI(target="m", **options)

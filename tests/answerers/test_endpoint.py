"""The endpoint as a candidate: every outcome has a name, and no key goes where it should not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from harness.answerers.openai import OpenAI
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
        made = OpenAI(target="m", base_url=server.base_url, **{"retries": 0, **options})
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

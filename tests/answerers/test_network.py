"""Ways to an endpoint that the openai package knows: Azure's paths, proxies, and certificates of one's own."""

from __future__ import annotations

import asyncio
import ssl
import threading
from typing import TYPE_CHECKING, Any, Self

import pytest
import trustme

from harness.answerers.openai import OpenAI
from harness.errors import BreakdownError
from harness.records import Answer, Passage, Question
from harness.testing import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY = "sk-planted-0815"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("MY_KEY", KEY)


def yes(_body: Mapping[str, Any], number: int) -> str:
    return f"yes {number}"


def ask_twice(base_url: str, **options: Any) -> list[Answer]:
    """The package makes the first request; the second is made of it."""

    async def work() -> list[Answer]:
        made = OpenAI(target="m", base_url=base_url, key_env="MY_KEY", retries=0, **options)
        passages = (Passage(id="p1", text="Five days."),)
        try:
            return [
                await made.answer(Question(id=f"q{n}", query=f"How many, {n}?", passages=passages)) for n in range(2)
            ]
        finally:
            await made.aclose()

    return asyncio.run(work())


def texts(answers: list[Answer]) -> list[str]:
    return [answer.text for answer in answers]


def test_an_azure_style_endpoint_has_its_own_paths_and_its_own_way_with_the_key() -> None:
    with ScriptedServer(yes) as server:
        host = server.base_url.removesuffix("/v1")
        assert texts(ask_twice(host, api_version="2026-01-01")) == ["yes 0", "yes 1"]
        for request in server.requests:
            assert request.path == "/openai/deployments/m/chat/completions?api-version=2026-01-01"
            assert request.headers["Api-Key"] == KEY
            assert "Authorization" not in request.headers
        assert server.unknown == []


class Proxy:
    """A proxy on 127.0.0.1 that passes on what it is asked for, and notes the first line of each connection."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = (await reader.readline()).decode()
        self.asked.append(first.split(" HTTP/")[0])
        method, target, _ = first.split()
        if method == "CONNECT":
            while (await reader.readline()).strip():
                pass
            host = target
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            host, _, path = target.removeprefix("http://").partition("/")
            first = f"{method} /{path} HTTP/1.1\r\n"
        name, _, port = host.partition(":")
        there, onward = await asyncio.open_connection(name, int(port))
        if method != "CONNECT":
            onward.write(first.encode())
        await asyncio.gather(_passed_on(reader, onward), _passed_on(there, writer))


async def _passed_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()


def test_a_proxy_of_the_environment_is_used_unless_the_host_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(yes) as server, Proxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert texts(ask_twice(server.base_url)) == ["yes 0", "yes 1"]
        assert set(proxy.asked) == {f"POST {server.base_url}/chat/completions"}
        seen = len(proxy.asked)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert texts(ask_twice(server.base_url)) == ["yes 2", "yes 3"]
        assert len(proxy.asked) == seen


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_that_nobody_vouches_for_is_a_lost_connection(tls: ssl.SSLContext) -> None:
    with ScriptedServer(yes, tls=tls) as server, pytest.raises(BreakdownError, match="certificate") as caught:
        ask_twice(server.base_url)
    assert caught.value.code == "connection"
    assert server.requests == []


def test_an_authority_of_the_environment_is_trusted_also_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: trustme.CA, tls: ssl.SSLContext
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with ScriptedServer(yes, tls=tls) as server, Proxy() as proxy:
        assert texts(ask_twice(server.base_url)) == ["yes 0", "yes 1"]
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert texts(ask_twice(server.base_url)) == ["yes 2", "yes 3"]
        host = server.base_url.removeprefix("https://").removesuffix("/v1")
        assert set(proxy.asked) == {f"CONNECT {host}"}, "the proxy sees no more than the host"

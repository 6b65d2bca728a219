"""A scripted OpenAI-compatible server on 127.0.0.1: says what a test wants, and breaks as a test wants."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext

__all__ = ["Fault", "Request", "Say", "ScriptedServer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A reply; None leaves the field out. `message` and `body` replace those parts of the response as a whole."""

    text: str | None = "ok"
    finish_reason: str | None = "stop"
    model: str | None = "scripted"
    system_fingerprint: str | None = None
    usage: tuple[int, int] | None = (10, 5)
    delay: float = 0.0
    message: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_body(self) -> dict[str, Any]:
        """Return the chat completion."""
        if self.body is not None:
            return dict(self.body)
        choice: dict[str, Any] = {"index": 0, "message": self.message or {"role": "assistant", "content": self.text}}
        if self.finish_reason is not None:
            choice["finish_reason"] = self.finish_reason
        out: dict[str, Any] = {"id": "x", "object": "chat.completion", "created": 0, "choices": [choice]}
        if self.model is not None:
            out["model"] = self.model
        if self.system_fingerprint is not None:
            out["system_fingerprint"] = self.system_fingerprint
        if self.usage is not None:
            prompt, completion = self.usage
            total = prompt + completion
            out["usage"] = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A breakdown: an HTTP status, a dropped connection, a truncated body, or silence."""

    kind: Literal["status", "drop", "truncate", "stall"] = "status"
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "scripted fault"
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the server received."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]
    path: str = ""
    """The path with its query, as it was asked for."""


class ScriptedServer:
    """Answer each request with what `script(body, n)` returns (n counts from 0): a text, a `Say` or a `Fault`.

    Use it as a context manager: inside, `base_url` is where it listens and `requests` what it has received; `unknown`
    are the paths that it does not serve. `batches` are those submitted to it, which stay pending until `batch_status`
    says otherwise; a scripted fault that is no status is then a request that the batch never came to.
    """

    def __init__(
        self,
        script: Callable[[Mapping[str, Any], int], str | Say | Fault],
        *,
        tls: SSLContext | None = None,
    ) -> None:
        """Take the script, and the certificate to serve https with; the server starts with the context."""
        self._script, self._tls = script, tls
        self.requests: list[Request] = []
        self.unknown: list[str] = []
        self.batches: dict[str, list[str]] = {}
        self.batch_status: Literal["in_progress", "completed", "expired"] = "in_progress"
        self._files: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._release: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._serve, name="scripted-server", daemon=True)
        self.base_url = ""

    def __enter__(self) -> Self:
        """Start to listen."""
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop; whoever still waits is let go."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._listen())
        self._started.set()
        self._loop.run_forever()
        if self._release is not None:
            self._release.set()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _listen(self) -> web.AppRunner:
        self._release = asyncio.Event()
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._answer)
        app.router.add_post("/openai/deployments/{model}/chat/completions", self._answer)  # Azure's way
        app.router.add_post("/v1/files", self._upload)
        app.router.add_get("/v1/files/{id}/content", self._download)
        app.router.add_post("/v1/batches", self._submit)
        app.router.add_get("/v1/batches/{id}", self._poll)
        app.router.add_route("*", "/{path:.*}", self._not_found)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        port = runner.addresses[0][1]
        self.base_url = f"http{'s' if self._tls else ''}://127.0.0.1:{port}/v1"
        return runner

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        number = len(self.requests)
        headers = {name.title(): value for name, value in request.headers.items()}
        self.requests.append(Request(body=body, headers=headers, path=request.path_qs))
        said = self._script(body, number)
        if isinstance(said, Fault):
            return await self._break(request, said)
        reply = Say(text=said) if isinstance(said, str) else said
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if body.get("stream"):
            return await self._streamed(request, reply)
        return web.json_response(reply.as_body(), headers=reply.headers)

    async def _streamed(self, request: web.Request, reply: Say) -> web.StreamResponse:
        """Say a word an event, as endpoints do with `stream`."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        shared = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": reply.model}
        for word in re.findall(r"\S+\s*", reply.text or ""):
            choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
            await response.write(f"data: {json.dumps({**shared, 'choices': [choice]})}\n\n".encode())
        whole = reply.as_body()
        last = {"index": 0, "delta": {}, "finish_reason": whole["choices"][0].get("finish_reason")}
        for choices, usage in (([last], None), ([], whole.get("usage"))):
            event = {**shared, "choices": choices, "usage": usage}
            await response.write(f"data: {json.dumps(event)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        name = f"file-{len(self._files)}"
        self._files[name] = file.file.read().decode()
        return web.json_response({"id": name, "object": "file", "bytes": 1, "created_at": 0, "filename": "x",
                                  "purpose": "batch", "status": "processed"})  # fmt: skip

    async def _download(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=self._files[request.match_info["id"]])

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        name = f"batch-{len(self.batches)}"
        self.batches[name] = self._files[body["input_file_id"]].splitlines()
        return web.json_response(_batch(name, body["input_file_id"], "validating"))

    async def _poll(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        if self.batch_status == "in_progress":
            return web.json_response(_batch(name, "file", self.batch_status))
        done: list[str] = []
        failed: list[str] = []
        for line in self.batches[name]:
            asked = json.loads(line)
            said = self._script(asked["body"], len(self.requests))
            self.requests.append(Request(body=asked["body"], headers={}))
            if isinstance(said, Fault):
                if said.kind == "status":
                    body: dict[str, Any] = {"error": {"message": said.message}}
                    reply = {"status_code": said.status, "body": body}
                    failed.append(json.dumps({"custom_id": asked["custom_id"], "response": reply, "error": None}))
                continue
            whole = (Say(text=said) if isinstance(said, str) else said).as_body()
            reply = {"status_code": 200, "body": whole}
            done.append(json.dumps({"custom_id": asked["custom_id"], "response": reply, "error": None}))
        self._files |= {f"{name}-output": "\n".join(done), f"{name}-errors": "\n".join(failed)}
        return web.json_response(
            _batch(name, "file", self.batch_status, output=f"{name}-output", errors=f"{name}-errors")
        )

    async def _not_found(self, request: web.Request) -> web.StreamResponse:
        self.unknown.append(request.path_qs)
        return web.json_response({"error": {"message": f"no such path {request.path}"}}, status=404)

    async def _break(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "status":
            error = {"error": {"message": fault.message, "type": "scripted", "code": fault.code}}
            return web.json_response(error, status=fault.status, headers=fault.headers)
        if fault.kind == "stall" and self._release is not None:
            await self._release.wait()
        if fault.kind == "truncate":
            return web.Response(text=json.dumps(Say().as_body())[:40], content_type="application/json")
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def _batch(
    name: str, file: str, status: str, *, output: str | None = None, errors: str | None = None
) -> dict[str, Any]:
    return {
        "id": name, "object": "batch", "endpoint": "/v1/chat/completions", "completion_window": "24h", "created_at": 0,
        "input_file_id": file, "status": status, "output_file_id": output, "error_file_id": errors,
    }  # fmt: skip

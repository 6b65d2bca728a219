"""A subprocess as a candidate: one question a line as JSON on its input, one answer a line as JSON on its output."""

from __future__ import annotations

import asyncio
import json
import shlex
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from harness.answerers.given import as_answer
from harness.encoding import encode
from harness.errors import BreakdownError, SpecError

if TYPE_CHECKING:
    from harness.records import Answer, Question

__all__ = ["Command"]

_MOST_OUTPUT: Final = 8 * 2**20


class Command:
    """`command:python rag.py?timeout=30&workers=2`: kept alive over many questions, started again after a crash.

    It reads `{"id", "query", "passages", "instructions", "history", "trial"}` and writes `{"text": …}`, with
    `passages` if it retrieved its own, and flushes after each line.
    """

    def __init__(self, *, target: str, timeout: float = 60.0, workers: int = 1) -> None:
        """Take the command line, the seconds that an answer may take, and how many processes to keep.

        Raises:
            SpecError: the command line cannot be read.
        """
        try:
            self._arguments = shlex.split(target)
        except ValueError as error:
            msg = f"'command:{target}': {error}. Check the quotes."
            raise SpecError(msg) from error
        if not self._arguments:
            msg = "'command:' names no program. Write command:PROGRAM ARGUMENTS"
            raise SpecError(msg)
        self._timeout = timeout
        self._free: asyncio.Queue[_Process] = asyncio.Queue()
        self._processes = [_Process(self._arguments) for _ in range(max(1, workers))]
        for process in self._processes:
            self._free.put_nowait(process)

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:
        """Ask one of the processes.

        Raises:
            BreakdownError: it took too long, ended, could not be started, or wrote something else than an answer.
        """
        process = await self._free.get()
        began = time.perf_counter()
        try:
            line = json.dumps({**_as_dict(question), "trial": trial}) + "\n"
            async with asyncio.timeout(self._timeout):
                raw = await process.ask(line.encode())
        except TimeoutError as error:
            await process.stop()
            msg = f"no answer within {self._timeout:g} s{process.said()}"
            raise BreakdownError(msg, code="timeout") from error
        except (OSError, ValueError, EOFError) as error:
            await process.stop()
            msg = f"{self._arguments[0]!r} ended or could not be started: {error}{process.said()}"
            raise BreakdownError(msg, code="command_exit") from error
        except asyncio.CancelledError:
            await process.stop()
            raise
        finally:
            self._free.put_nowait(process)
        latency = time.perf_counter() - began
        try:
            given = json.loads(raw)
        except ValueError as error:
            msg = f"the command wrote no JSON: {raw[:200]!r}"
            raise BreakdownError(msg, code="command_output") from error
        answer = as_answer(given, code="command_output")
        return answer if answer.latency is not None else replace(answer, latency=latency)

    async def aclose(self) -> None:
        """End the processes."""
        for process in self._processes:
            await process.stop()


def _as_dict(question: Question) -> dict[str, object]:
    data = encode(question)
    return dict(data) if isinstance(data, dict) else {}


class _Process:
    """One child, started when it is first asked."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._child: asyncio.subprocess.Process | None = None
        self._errors: deque[str] = deque(maxlen=5)
        self._reader: asyncio.Task[None] | None = None

    async def ask(self, line: bytes) -> bytes:
        """Write a line and read one.

        Raises:
            OSError, EOFError, ValueError: it could not be started, has ended, or writes too long a line.
        """
        if self._child is None or self._child.returncode is not None:
            await self._start()
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            msg = "it has no input or output"
            raise OSError(msg)
        child.stdin.write(line)
        await child.stdin.drain()
        answer = await child.stdout.readline()
        if not answer.endswith(b"\n"):
            await child.wait()
            if self._reader is not None:
                await self._reader
            msg = f"exit status {child.returncode}"
            raise EOFError(msg)
        return answer

    async def _start(self) -> None:
        self._errors.clear()
        self._child = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_MOST_OUTPUT,
        )
        self._reader = asyncio.create_task(self._listen(self._child))

    async def _listen(self, child: asyncio.subprocess.Process) -> None:
        """Keep the last lines that it writes to its error output, so that it never blocks on a full pipe."""
        if child.stderr is None:
            return
        while line := await child.stderr.readline():
            self._errors.append(line.decode(errors="replace").rstrip())

    def said(self) -> str:
        """Return the last lines of its error output, as an addition to a message."""
        return f"; it said: {' / '.join(self._errors)}" if self._errors else ""

    async def stop(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            child.kill()
        if child is not None:
            await child.wait()
        if self._reader is not None:
            await self._reader
            self._reader = None
        if child is not None and child.stdin is not None:
            child.stdin.close()

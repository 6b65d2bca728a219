"""A bounded pool of processes for what is heavy arithmetic, so that it never runs on the loop that asks.

Plain processes and pipes: nothing of the user's main module is imported again, as `multiprocessing` would, and a
process that dies costs one answer its scores, as a `Failure`, never the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
import pickle
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from harness.errors import BreakdownError
from harness.runner.scoring import Asked, failure
from harness.runner.worker import HEADER, frame
from harness.store import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.records import Spec

__all__ = ["Pool"]

log = logging.getLogger("harness.runner")
_CHUNK: Final = 8
_COMMAND: Final = "from harness.runner.worker import main; main()"
Waiting: TypeAlias = "tuple[Asked, asyncio.Future[Entry]]"


@dataclass(slots=True, kw_only=True)
class Pool:
    """Processes that score, from `start` to `aclose`."""

    detector: Spec
    scorers: Sequence[Spec]
    size: int
    _queue: asyncio.Queue[Waiting] = field(default_factory=asyncio.Queue)
    _servants: list[asyncio.Task[None]] = field(default_factory=list)

    async def score(self, asked: Asked) -> Entry:
        """Return the record with its scores, from whichever process is free."""
        if asked.record.answer is None:
            return Entry(asked.record)
        scored: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((asked, scored))
        return await scored

    def start(self) -> None:
        """Start the processes, so that they are ready when the first answer is."""
        self._servants = [asyncio.create_task(self._serve()) for _ in range(self.size)]

    async def aclose(self) -> None:
        """Stop the processes; they end when their input does."""
        for servant in self._servants:
            servant.cancel()
        await asyncio.gather(*self._servants, return_exceptions=True)

    async def _serve(self) -> None:
        """Keep one process busy; what a dead one held is tried once more, one by one."""
        process = await self._started()
        try:
            while True:
                chunk = [await self._queue.get()]
                while len(chunk) < _CHUNK and not self._queue.empty():
                    chunk.append(self._queue.get_nowait())
                if await _passed(process, chunk):
                    continue
                await _ended(process)
                process = await self._started()
                for one in chunk:
                    if not await _passed(process, [one]):
                        _given_up(one)
                        await _ended(process)
                        process = await self._started()
        finally:
            await _ended(process)

    async def _started(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
        )
        _stdin(process).write(frame((self.detector, tuple(self.scorers))))
        return process


async def _passed(process: asyncio.subprocess.Process, chunk: list[Waiting]) -> bool:
    """Let a process score a chunk; False if it died of it."""
    try:
        _stdin(process).write(frame([asked for asked, _ in chunk]))
        await _stdin(process).drain()
        assert process.stdout is not None
        head = await process.stdout.readexactly(HEADER.size)
        body = await process.stdout.readexactly(HEADER.unpack(head)[0])
    except (OSError, EOFError):
        return False
    results: list[str | BaseException] = pickle.loads(body)  # noqa: S301 - our own worker wrote it
    for (_, scored), result in zip(chunk, results, strict=True):
        if scored.done():
            continue
        if isinstance(result, BaseException):
            scored.set_exception(result)
        else:
            scored.set_result(Entry(line=result))
    return True


def _given_up(one: Waiting) -> None:
    asked, scored = one
    log.warning("the scoring of %s ended its process twice", asked.record.case_id)
    error = BreakdownError("the process that scored this answer died twice")
    if not scored.done():
        scored.set_result(Entry(dataclasses.replace(asked.record, failures=(failure("score", "process", error),))))


async def _ended(process: asyncio.subprocess.Process) -> None:
    _stdin(process).close()
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()


def _stdin(process: asyncio.subprocess.Process) -> asyncio.StreamWriter:
    assert process.stdin is not None
    return process.stdin

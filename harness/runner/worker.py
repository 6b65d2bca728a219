"""A process of the pool: rebuilds the scoring components from their Specs, then scores what it is sent.

Frames on standard input and output: four bytes of length, then a pickle. Both ends are ours and on one machine. The
process ends when its input does, so it outlives no parent, however that died.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import struct
import sys
from typing import BinaryIO, Final

from harness.encoding import line
from harness.garbage import seldom_collected
from harness.runner.scoring import Asked, Scoring, score, scoring

__all__ = ["HEADER", "frame", "main"]

HEADER: Final = struct.Struct(">I")


def frame(value: object) -> bytes:
    """Return a value as one frame."""
    body = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    source = sys.stdin.buffer
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a component prints is no frame
    body = _read(source)
    if body is None:
        return
    own = scoring(*pickle.loads(body))  # noqa: S301 - our own parent wrote it
    with seldom_collected(), asyncio.Runner() as runner:
        while (body := _read(source)) is not None:
            sink.write(frame(runner.run(_scored(pickle.loads(body), own))))  # noqa: S301 - our own parent wrote it
            sink.flush()


async def _scored(chunk: list[Asked], own: Scoring) -> list[str | BaseException]:
    """Return each record as its line in the run file, which costs half of a pickle; or the error that ends the run."""
    scored = await asyncio.gather(*(score(asked, own) for asked in chunk), return_exceptions=True)
    return [one if isinstance(one, BaseException) else line(one) for one in scored]


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    return source.read(HEADER.unpack(head)[0])

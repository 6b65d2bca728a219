"""A process of the pool: rebuilds the scoring components from their Specs, then scores what it is sent.

Frames on standard input and output: four bytes of length, then a pickle. Both ends are ours and on one machine. The
process ends when its input does, so it outlives no parent, however that died.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import struct
import sys
from typing import BinaryIO, Final

from harness.runner.scoring import Asked, Scoring, score, scoring

__all__ = ["HEADER", "frame", "main"]

HEADER: Final = struct.Struct(">I")
_COLLECT: Final = 50_000
"""Scoring makes many small objects and hardly a cycle: Python's default of 700 spends a fifth of the time searching."""


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
    gc.freeze()
    gc.set_threshold(_COLLECT, 20, 20)
    with asyncio.Runner() as runner:
        own: Scoring | None = None
        while (body := _read(source)) is not None:
            sent = pickle.loads(body)  # noqa: S301 - our own parent wrote it
            if own is None:
                own = scoring(*sent)
                continue
            sink.write(frame(runner.run(_scored(sent, own))))
            sink.flush()


async def _scored(chunk: list[Asked], own: Scoring) -> list[object]:
    return list(await asyncio.gather(*(score(asked, own) for asked in chunk), return_exceptions=True))


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    return source.read(HEADER.unpack(head)[0])

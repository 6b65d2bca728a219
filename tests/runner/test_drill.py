"""The fault drill and the kill drill: everything that was asked is accounted for, by the server's own count."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from harness.testing import Fault, Say, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Harness = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
TEXT = "The pump starts at nine."


def write_cases(path: Path, count: int) -> None:
    cases = (
        {"id": f"c{n}", "query": f"When, {n}?", "contexts": [f"{TEXT} The valve {n} is made of brass."]}
        for n in range(count)
    )
    path.write_text("".join(json.dumps(case) + "\n" for case in cases))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def drill(seed: int) -> tuple[Callable[[Mapping[str, Any], int], Say | Fault], Counter[str]]:
    """5% 429 (half with Retry-After), 2% 500, 1% each of dropped connections, truncated bodies and stalls."""
    chosen, injected = random.Random(seed), Counter[str]()
    kinds = (
        (0.025, "429 with Retry-After", Fault(status=429, headers={"retry-after": "0"})),
        (0.025, "429", Fault(status=429)),
        (0.02, "500", Fault(status=500)),
        (0.01, "drop", Fault(kind="drop")),
        (0.01, "truncate", Fault(kind="truncate")),
        (0.01, "stall", Fault(kind="stall")),
    )

    def script(_body: Mapping[str, Any], _n: int) -> Say | Fault:
        at = chosen.random()
        for share, name, fault in kinds:
            if at < share:
                injected[name] += 1
                return fault
            at -= share
        return Say(text=TEXT)

    return script, injected


def drilled(harness: Harness, tmp_path: Path, *, retries: int, count: int) -> tuple[list[dict[str, Any]], int, int]:
    """Run the drill and return the records, the server's count of requests and that of injected faults."""
    write_cases(tmp_path / "cases.jsonl", count)
    script, injected = drill(7)
    with ScriptedServer(script) as server:
        spec = f"openai:m?base_url={quote(server.base_url, safe='')}&retries={retries}&timeout=5&backoff=0.001&key_env=K_4711"
        done = harness(
            "-v", "run", "cases.jsonl", "-a", spec, "-c", "64", "-o", "out", "-s", "hallucination", "--max-failures", "1",
            K_4711="sk-planted-4711",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "sk-planted" not in done.stdout + done.stderr
        requests = len(server.requests)
    for path in (tmp_path / "out").iterdir():
        assert b"sk-planted" not in path.read_bytes()
    _, *records = lines(tmp_path / "out" / "m.jsonl")
    assert len(records) == len({record["case_id"] for record in records}) == count
    return records, requests, sum(injected.values())


def test_with_retries_every_case_is_answered_and_every_request_accounted_for(harness: Harness, tmp_path: Path) -> None:
    records, requests, injected = drilled(harness, tmp_path, retries=8, count=400)
    assert all(record["answer"] for record in records)
    assert requests == 400 + injected
    assert requests == sum(call["attempts"] for record in records for call in record["calls"])


def test_without_retries_every_fault_is_one_named_failure(harness: Harness, tmp_path: Path) -> None:
    records, requests, injected = drilled(harness, tmp_path, retries=0, count=400)
    broken = [record for record in records if record["answer"] is None]
    assert requests == 400
    assert len(broken) == injected
    assert all(record["scores"] == [] and len(record["failures"]) == 1 for record in broken)
    assert all(record["answer"] and record["scores"] for record in records if record not in broken)
    codes = Counter(record["failures"][0]["code"] for record in broken)
    assert set(codes) == {"rate_limited", "server_error", "connection", "malformed", "timeout"}


@pytest.mark.parametrize("workers", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_killed_ten_times_nothing_is_lost_or_doubled(tmp_path: Path, harness: Harness, workers: int) -> None:
    """Kill at ten random requests; each resume pays again at most for what was in flight."""
    count, in_flight = 120, 4
    write_cases(tmp_path / "cases.jsonl", count)
    chosen = random.Random(workers)
    kill_at = {"left": 0}
    running: list[subprocess.Popen[bytes]] = []
    lock = threading.Lock()

    def script(_body: Mapping[str, Any], _n: int) -> str:
        with lock:
            kill_at["left"] -= 1
            if kill_at["left"] == 0 and running:
                running[-1].send_signal(signal.SIGKILL)
        return TEXT

    kills = 0
    with ScriptedServer(script) as server:
        arguments = [
            "run", "cases.jsonl", "-a", f"openai:m?base_url={quote(server.base_url, safe='')}", "-c", str(in_flight),
            "-o", "out", "--workers", str(workers), "--no-cache", "-s", "word_limit",
        ]  # fmt: skip
        for _ in range(10):
            kill_at["left"] = chosen.randint(2, 10)
            with subprocess.Popen(
                [sys.executable, "-m", "harness", *arguments, "--resume"],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.DEVNULL,
            ) as process:
                running.append(process)
                kills += process.wait() == -signal.SIGKILL
        kill_at["left"] = -1
        done = harness(*arguments, "--resume")
        assert done.returncode == 0, done.stderr
        asked = [str(request.body["messages"]) for request in server.requests]
    assert kills == 10
    _, *records = lines(tmp_path / "out" / "m.jsonl")
    assert len(records) == len({record["case_id"] for record in records}) == count
    assert all(record["answer"]["text"] == TEXT and record["scores"] for record in records)
    assert len(set(asked)) == count
    assert len(asked) - count <= kills * in_flight

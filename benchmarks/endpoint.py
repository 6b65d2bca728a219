"""What a call costs: bare aiohttp, bare AsyncOpenAI and our endpoint layer, then whole runs, against one local server.

`python benchmarks/endpoint.py` prints, in one run, CPU (user + system, children included) and wall of each, and for the
runs the span from the first request to the last reply beside the ideal (calls x latency / in flight).

`python benchmarks/endpoint.py --only scale` runs 10,000 and then 100,000 cases, 512 in flight, and prints the peak
memory of each: it takes some minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROOT = Path(__file__).parents[1]
WORDS = (
    "pump valve brass service hour staff lid motor oil filter house line pressure gauge sensor cable board panel "
    "opens closes starts stops holds drives cools heats cleans checks replaces before after during within under over "
    "weekly monthly yearly blue green heavy spare main second north south manual safe dry wet warm cold"
).split()
SENTENCE = re.compile(r"The [^.\n]+\.")
CLIENTS = ("aiohttp", "AsyncOpenAI", "harness.chat")


def sentence(chosen: random.Random) -> str:
    """Return a sentence of 8 to 16 words, some with a number."""
    words = chosen.choices(WORDS, k=chosen.randint(8, 16))
    if chosen.random() < 0.3:  # noqa: PLR2004 - a share of the texts
        words.insert(3, str(chosen.randint(2, 900)))
    return "The " + " ".join(words) + "."


def passage(chosen: random.Random) -> str:
    """Return about 127 words."""
    return " ".join(sentence(chosen) for _ in range(10))


def write_cases(path: Path, count: int) -> None:
    """Write cases with three contexts each."""
    chosen = random.Random(1)  # noqa: S311 - test data, no secret
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            contexts = [passage(chosen) for _ in range(3)]
            case = {
                "id": f"c{number}", "query": f"When does the {chosen.choice(WORDS)} start?", "contexts": contexts,
                "answerable": "yes", "limits": {"max_words": 120},
            }  # fmt: skip
            file.write(json.dumps(case) + "\n")


# ------------------------------------------------------------------------------------------------------------- server


async def serve(latency: float) -> None:
    """Answer with sentences of the prompt and two of its own, about 117 words, after a fixed latency."""
    from aiohttp import web

    span = [0.0, 0.0, 0, 0]
    chosen = random.Random(2)  # noqa: S311 - test data, no secret

    async def answer(request: web.Request) -> web.Response:
        span[0] = span[0] or time.monotonic()
        span[2] += 1
        raw = await request.read()
        span[3] += len(raw)
        said = SENTENCE.findall(json.loads(raw)["messages"][-1]["content"])[-9:-2]
        said[2:2] = [sentence(chosen), sentence(chosen)]
        body = {
            "id": "x", "object": "chat.completion", "created": 0, "model": "m",
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": " ".join(said)}}
            ],
            "usage": {"prompt_tokens": 600, "completion_tokens": 150, "total_tokens": 750},
        }  # fmt: skip
        if latency:
            await asyncio.sleep(latency)
        span[1] = time.monotonic()
        return web.json_response(body)

    async def stats(_: web.Request) -> web.Response:
        seen, span[:] = list(span), [0.0, 0.0, 0, 0]
        return web.json_response(seen)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    app.router.add_get("/stats", stats)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


# ------------------------------------------------------------------------------------------------------------ clients


async def bare(kind: str, base_url: str, calls: int, in_flight: int) -> None:
    """Make the calls with one client and nothing else."""
    text = "Answer from the passages. " + passage(random.Random(3)) * 3  # noqa: S311 - test data, no secret
    messages = [{"role": "user", "content": text}]
    one, close = await client(kind, base_url, messages)
    left = iter(range(calls))

    async def caller() -> None:
        for _ in left:
            await one()

    await asyncio.gather(*(caller() for _ in range(in_flight)))
    await close()


async def client(
    kind: str, base_url: str, messages: list[dict[str, str]]
) -> tuple[Callable[[], Awaitable[object]], Callable[[], Awaitable[object]]]:
    """Return what makes one call, and what closes the client."""
    if kind == "aiohttp":
        import aiohttp

        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

        async def one() -> Any:  # noqa: ANN401 - JSON
            async with session.post(f"{base_url}/chat/completions", json={"model": "m", "messages": messages}) as reply:
                return await reply.json()

        return one, session.close
    if kind == "AsyncOpenAI":
        import openai

        made = openai.AsyncOpenAI(api_key="none", base_url=base_url)
        asked: Any = messages
        return lambda: made.chat.completions.create(model="m", messages=asked), made.close
    from harness.chat import Chat, EndpointLimits, Endpoints

    shared = Endpoints(default=EndpointLimits(concurrency=4096))
    chat = Chat("m", base_url=base_url, endpoints=shared)
    return lambda: chat.complete(messages), chat.aclose


# ---------------------------------------------------------------------------------------------------------- measuring


def measured(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Return CPU seconds (children included), wall seconds and the peak memory of the process itself in MB."""
    began = time.monotonic()
    child = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024


def stats(base_url: str) -> tuple[float, int]:
    """Return the seconds from first request to last reply, and how many requests there were, since the last look."""
    with urllib.request.urlopen(base_url.removesuffix("/v1") + "/stats") as reply:  # noqa: S310 - our own server
        first, last, count, received = json.load(reply)
    if count and received < 1000 * count:
        sys.exit(f"{count} requests brought {received} bytes: prompts are missing")
    return last - first, int(count)


def compare_clients(base_url: str, folder: Path, options: argparse.Namespace) -> None:
    """Print what each client costs a call, start-up left out by a run of one call."""
    print(f"{'client':<14} {'CPU ms/call':>12} {'with start-up':>14} {'span s':>8} {'wall s':>8}")
    for kind in CLIENTS:
        own = [
            sys.executable,
            __file__,
            "--client",
            kind,
            "--base-url",
            base_url,
            "--in-flight",
            str(options.in_flight),
        ]
        start, _, _ = measured([*own, "--calls", "1"], folder)
        stats(base_url)
        cpu, wall, _ = measured([*own, "--calls", str(options.calls)], folder)
        span, _ = stats(base_url)
        each = 1000 / options.calls
        print(f"{kind:<14} {(cpu - start) * each:>12.2f} {cpu * each:>14.2f} {span:>8.2f} {wall:>8.2f}", flush=True)


def run_command(base_url: str, cases: str, name: str, in_flight: int, scorers: list[str]) -> list[str]:
    """Return the command of a whole run."""
    return [
        sys.executable, "-m", "harness", "run", cases, "-a", f"openai:m?base_url={quote(base_url, safe='')}",
        "-c", str(in_flight), "-o", name, "--overwrite", *scorers,
    ]  # fmt: skip


def compare_sizes(base_url: str, folder: Path, options: argparse.Namespace) -> None:
    """Print the peak memory of runs that differ in length alone, scored by a metric that needs no detector."""
    print(f"{'cases':>8} {'in flight':>10} {'peak MB':>8} {'CPU ms/case':>12} {'wall s':>8}")
    peaks = []
    for count in options.sizes:
        write_cases(folder / "cases.jsonl", count)
        command = run_command(base_url, "cases.jsonl", "scale", options.in_flight, ["-s", "word_limit"])
        cpu, wall, peak = measured(command, folder)
        _, asked = stats(base_url)
        if asked != count:
            sys.exit(f"{asked} requests for {count} cases")
        peaks.append(peak)
        print(f"{count:>8,} {options.in_flight:>10} {peak:>8.0f} {cpu * 1000 / count:>12.2f} {wall:>8.1f}", flush=True)
    print(f"{(peaks[-1] - peaks[0]) * 1e6 / (options.sizes[-1] - options.sizes[0]):.0f} bytes for each further case")


def compare_runs(base_url: str, folder: Path, options: argparse.Namespace) -> None:
    """Print what whole runs cost a case."""
    write_cases(folder / "cases.jsonl", options.calls)
    ideal = options.calls * options.latency / options.in_flight
    print(
        f"\n{options.calls} cases, one call each, {options.in_flight} in flight, {options.latency:g} s; "
        f"ideal {ideal:.2f} s"
    )
    print(
        f"{'harness run':<20} {'CPU ms/case':>12} {'span s':>8} {'x ideal':>8} {'wall s':>8} {'x ideal':>8} "
        f"{'peak MB':>8}"
    )
    for name, scorers in (("default scorers", []), ("-s word_limit", ["-s", "word_limit"])):
        command = run_command(base_url, "cases.jsonl", name, options.in_flight, scorers)
        cpu, wall, peak = measured(command, folder)
        span, count = stats(base_url)
        if count != options.calls:
            sys.exit(f"{count} requests for {options.calls} cases")
        ratios = (span / ideal, wall / ideal) if ideal else (float("nan"),) * 2
        print(
            f"{name:<20} {cpu * 1000 / options.calls:>12.2f} {span:>8.2f} {ratios[0]:>8.2f} {wall:>8.2f} "
            f"{ratios[1]:>8.2f} {peak:>8.0f}",
            flush=True,
        )


def main() -> NoReturn:
    """Start the server, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--in-flight", type=int, help="default: 64, or 512 for scale")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="numbers of cases for scale")
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--only", choices=["clients", "runs", "scale"])
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--base-url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.in_flight = options.in_flight or (512 if options.only == "scale" else 64)
    if options.serve:
        asyncio.run(serve(options.latency))
    if options.client:
        asyncio.run(bare(options.client, options.base_url, options.calls, options.in_flight))
        sys.exit(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    command = [sys.executable, __file__, "--serve", "--latency", str(options.latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, tempfile.TemporaryDirectory() as name:
        assert server.stdout is not None
        base_url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        try:
            if options.only in {None, "clients"}:
                compare_clients(base_url, Path(name), options)
            if options.only in {None, "runs"}:
                compare_runs(base_url, Path(name), options)
            if options.only == "scale":
                compare_sizes(base_url, Path(name), options)
        finally:
            server.kill()
    sys.exit(0)


if __name__ == "__main__":
    main()

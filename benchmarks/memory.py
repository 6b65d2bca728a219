"""Run 500 and then 5,000 recorded answers from JSON lines and print the peak memory of each, and their ratio."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORDS = "the pump starts at nine valve brass service every hour staff open lid motor oil filter red green house".split()


def write(path: Path, count: int) -> None:
    """Write `count` cases of 3 x 120 words of context with an answer each."""
    chosen = random.Random(1)  # noqa: S311 - test data, no secret
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            contexts = [" ".join(chosen.choices(WORDS, k=120)) + "." for _ in range(3)]
            text = " ".join(chosen.choices(WORDS, k=12)) + ". " + contexts[0][:200]
            answers = [{"model": "m", "text": text}]
            case = {"id": f"c{number}", "query": "When does the pump start?", "contexts": contexts, "answers": answers}
            file.write(json.dumps(case) + "\n")


def peak(folder: Path, count: int) -> float:
    """Return the peak memory of one run in MB."""
    write(folder / f"{count}.jsonl", count)
    command = [sys.executable, "-m", "harness", "run", f"{count}.jsonl", "-a", "recorded", "-o", f"out-{count}"]
    began = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit("the run failed")
    print(f"{count:6d} answers: {usage.ru_maxrss / 1024:.0f} MB peak, {time.perf_counter() - began:.1f} s")
    return usage.ru_maxrss / 1024


with tempfile.TemporaryDirectory() as name:
    small, large = (peak(Path(name), count) for count in (500, 5000))
    print(f"ratio {large / small:.2f}")

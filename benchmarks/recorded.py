"""Score recorded answers with `harness run` and print its rate beside the detector's own on the same rows.

    python benchmarks/recorded.py [--answers 200000] [--workers N]

The rows are made up as in `detector.py` and written to one JSONL file; the run takes all default scorers. The detector
judges every tenth row by itself, with as many processes as score in the run, half of them before and half after it, so
that a busy neighbour shows in both. Rates are of wall time, but for the detector's on one core, which is of its CPU
seconds; the ratio of CPU seconds is the steadier figure. Memory is that of the largest process of the run, for a tenth
of the answers and for all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from detector import ANSWER_WORDS, CONTEXT_WORDS, Writer

from harness.detectors.lexical import detection
from harness.detectors.model import shipped
from harness.records import Passage, Question

ROOT = Path(__file__).parents[1]
EVERY = 10


class Cost(NamedTuple):
    """What something cost: wall seconds and CPU seconds an answer, and the largest process in MB."""

    wall: float
    cpu: float
    peak: float = 0.0


def write(path: Path, count: int) -> None:
    """Write cases with an answer each, contexts of their own."""
    writer = Writer(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            ((question, answer),) = writer.pairs(1, CONTEXT_WORDS, ANSWER_WORDS)
            contexts = [passage.text for passage in question.passages]
            answers = [{"model": "m", "text": answer}]
            row = {"id": f"c{number}", "query": question.query, "contexts": contexts, "answers": answers}
            file.write(json.dumps(row) + "\n")


def judge(path: Path, first: int, step: int) -> None:
    """Judge every `step`-th row from `first` on, and print the rows, the wall and the CPU seconds of the detector."""
    model, rows, wall, cpu = shipped(), 0, 0.0, 0.0
    with path.open(encoding="utf-8") as file:
        for line in islice(file, first, None, step):
            row = json.loads(line)
            passages = tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(row["contexts"], start=1))
            question = Question(id="q", query=row["query"], passages=passages)
            began, began_cpu = time.perf_counter(), time.process_time()
            detection(question, row["answers"][0]["text"], model)
            wall += time.perf_counter() - began
            cpu += time.process_time() - began_cpu
            rows += 1
    print(rows, wall, cpu)


def detector(path: Path, workers: int, first: int) -> Cost:
    """Return the detector's own cost, on `workers` processes at once."""
    step = 2 * EVERY * workers
    commands = [
        [sys.executable, __file__, "--judge", str(path), str(first + n * EVERY), str(step)] for n in range(workers)
    ]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    found = [[float(part) for part in child.communicate()[0].split()] for child in children]
    return Cost(1 / sum(rows / wall for rows, wall, _ in found), sum(f[2] for f in found) / sum(f[0] for f in found))


def run(path: Path, count: int, workers: int) -> Cost:
    """Run the harness over the file."""
    command = [sys.executable, "-m", "harness", "run", path.name, "-a", "recorded", "-o", f"run-{path.stem}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HARNESS_WORKERS": str(workers)}
    began = time.perf_counter()
    child = subprocess.Popen(command, cwd=path.parent, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit("the run failed")
    wall = time.perf_counter() - began
    return Cost(wall / count, (usage.ru_utime + usage.ru_stime) / count, usage.ru_maxrss / 1024)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Print the rate of harness run on recorded answers.")
    parser.add_argument("--answers", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes that score")
    parser.add_argument("--judge", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.judge:
        judge(Path(chosen.judge[0]), int(chosen.judge[1]), int(chosen.judge[2]))
        return
    count, workers = chosen.answers, chosen.workers
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name) / "small.jsonl", Path(name) / "large.jsonl"
        write(small, count // 10)
        write(large, count)
        tenth = run(small, count // 10, workers)
        before = detector(large, workers, 0)
        whole = run(large, count, workers)
        after = detector(large, workers, EVERY * workers)
    own = Cost((before.wall + after.wall) / 2, (before.cpu + after.cpu) / 2)
    print(f"{count} recorded answers of {ANSWER_WORDS} words on {CONTEXT_WORDS}, {workers} processes that score")
    print(f"  detector alone   {1 / own.wall:7.1f} answers/s  {1000 * own.cpu:6.2f} ms CPU an answer")
    print(f"  harness run      {1 / whole.wall:7.1f} answers/s  {1000 * whole.cpu:6.2f} ms CPU an answer")
    print(
        f"  rate of the run / the detector's own: {own.wall / whole.wall:.2f} on as many processes, "
        f"{own.cpu / whole.wall:.2f} on one core; CPU {whole.cpu / own.cpu:.2f}"
    )
    print(f"  largest process: {tenth.peak:.0f} MB at {count // 10} answers, {whole.peak:.0f} MB at {count}")


if __name__ == "__main__":
    main()

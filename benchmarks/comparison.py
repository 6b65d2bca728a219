"""How long does it take to hold 20 candidates × 5,000 cases × 8 metrics against each other, and to render the report?

    python benchmarks/comparison.py [--candidates 20] [--cases 5000]

The run files are written to a temporary folder first. What is timed: opening them, the summary with all pairs
(bootstrap and corrections included), then each report. The bars: 20 s and 1 GB, and 10 s for the page.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from harness import job, report, store
from harness.encoding import encode
from harness.garbage import seldom_collected
from harness.records import Case, Header, Metric, Passage, Question, Spec
from harness.report import html
from harness.summary import summarise

METRICS = (
    "groundedness",
    "hallucination",
    "word_limit",
    "refusal",
    "format",
    "correctness",
    "eligibility",
    "citations",
)
RIGHT = 0.96
SENTENCE = "The pump of the northern station starts at nine and stops when the tank is full again."


def now() -> tuple[float, float]:
    """Return the clock and the processor time used so far; on a busy machine only the second means anything."""
    return time.perf_counter(), time.process_time()


def between(first: tuple[float, float], second: tuple[float, float]) -> str:
    """Say how long something took."""
    return f"{second[0] - first[0]:.1f} s ({second[1] - first[1]:.1f} s CPU)"


def header(number: int, cases: int) -> Header:
    """Return the header of one candidate."""
    return Header(
        candidate=f"vendor-{number:02}",
        answerer=Spec(name="openai", target=f"vendor-{number}"),
        detector=Spec(name="lexical"),
        scorers=(),
        metrics=tuple(
            Metric(name=name, direction="lower" if name == "hallucination" else "higher", unit="share", rule="all")
            for name in METRICS
        ),
        cases_digest="d" * 64,
        cases=cases,
        planned=cases,
    )


def record(number: int, case: int, draw: random.Random) -> dict[str, object]:
    """Return one record as it stands in a run file, with three sentences."""
    good = draw.random() < 0.7 + number / 100
    text = " ".join([SENTENCE] * 3)
    grounded = 1.0 if good else draw.choice([0.33, 0.67])
    evidence = [{"passage": "p1", "start": 0, "end": len(SENTENCE), "similarity": 0.9}]
    length = len(SENTENCE) + 1
    sentences = [
        {"start": n * length, "end": n * length + length - 1, "kind": "claim", "verdict": "supported",
         "probability": 0.1, "evidence": evidence}
        for n in range(3)
    ]  # fmt: skip
    spans = [] if good else [{"start": 0, "end": 40, "label": "baseless", "confidence": 0.8,
                              "reason": "not in the text", "evidence": evidence[0]}]  # fmt: skip
    scores = []
    for name in METRICS:
        value = float(draw.random() < RIGHT)
        details: dict[str, object] = {"response": "answered"} if name == "refusal" else {}
        if name == "groundedness":
            value, details = grounded, {"sentences": sentences}
        if name == "hallucination":
            value = 1 - grounded
        passed = good if name in {"groundedness", "hallucination"} else value == 1
        scores.append({"metric": name, "value": value, "passed": passed, "reason": "as counted", "details": details,
                       "spans": spans if name == "hallucination" else []})  # fmt: skip
    return {
        "case_id": f"bench/{case:05}", "trial": 0, "group": f"g{case // 2}", "tags": [f"t{case % 10}"],
        "answerable": "yes", "location": f"bench.yaml:{case}",
        "answer": {"text": text, "raw": text, "model": "m", "latency": 0.5 + draw.random(), "prompt_tokens": 900,
                   "completion_tokens": 60},
        "scores": scores, "failures": [],
        "calls": [{"stage": "answer", "component": "openai", "cost": 0.0001 * (1 + number)}],
    }  # fmt: skip


def write(folder: Path, candidates: int, cases: int) -> None:
    """Write the run files and the cases."""
    for number in range(candidates):
        draw = random.Random(number)  # noqa: S311 - a benchmark
        with (folder / f"vendor-{number:02}.jsonl").open("w", encoding="ascii") as file:
            file.write(json.dumps(encode(header(number, cases))) + "\n")
            for case in range(cases):
                file.write(json.dumps(record(number, case, draw)) + "\n")
    passage = Passage(id="p1", text=" ".join([SENTENCE] * 6))
    asked = (
        Case(id=f"bench/{n:05}", question=Question(id=f"q{n}", query="When does it start?", passages=(passage,)))
        for n in range(cases)
    )
    store.write_cases(folder / "cases.json.gz", asked, "d" * 64)


def main() -> None:
    """Time it and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--cases", type=int, default=5000)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory())
        folder = Path(name)
        write(folder, chosen.candidates, chosen.cases)
        stack.enter_context(seldom_collected())  # as the command line does
        start = now()
        runs = store.read_folder(folder)
        summary = summarise(runs, title="benchmark")
        compared = now()
        cases = job.shown_cases(folder, summary)
        store.write_text(folder / "report.html", html.render(summary, cases, runs))
        rendered = now()
        report.write(folder, summary, cases, runs)
        done = now()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = (folder / "report.html").stat().st_size / 1e6
    pairs = sum(len(comparison.differences) for comparison in summary.comparisons)
    print(f"{chosen.candidates} candidates × {chosen.cases} cases: {pairs} paired differences")
    print(f"summary {between(start, compared)}, page {between(compared, rendered)} ({size:.2f} MB), peak {peak:.0f} MB")
    print(f"all reports, with {chosen.candidates * chosen.cases:,} JUnit test cases: {between(rendered, done)}")


if __name__ == "__main__":
    main()

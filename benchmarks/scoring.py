"""Print what each default scorer costs an answer, and all that need no detector together: best CPU time of five.

python benchmarks/scoring.py            # the recorded answers in cases/
python benchmarks/scoring.py FILE.gz    # a labelled file (JSON lines)
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

import harness
from harness import registry
from harness.exchange.labelled import rows
from harness.records import Answer, Case, Limits, Passage, Question, Spec
from harness.scorers import agreement
from harness.settings import DEFAULT_SCORERS

DETECTING = {"groundedness", "hallucination"}
"""The two readings of the detector, which has its own budget."""


def answers() -> list[tuple[Case, Answer]]:
    """Return cases and answers; limits are set where a case has none, so that every counter works."""
    if len(sys.argv) > 1:
        return [
            (
                Case(
                    id=f"s/{number}",
                    question=Question(
                        id="q",
                        query=row.get("query") or "What is this?",
                        passages=tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(row["contexts"], 1)),
                    ),
                    references=(row["answer"][:200],),
                    answerable="yes",
                    limits=Limits(max_words=100, max_sentences=5),
                ),
                Answer(text=row["answer"], raw=row["answer"]),
            )
            for number, row in enumerate(rows(Path(sys.argv[1])))
            if row.get("answer")
        ]
    return [
        (case, Answer(text=answer.text, raw=answer.text))
        for case in harness.load_cases("cases")
        for answer in case.answers
    ]


async def main() -> None:
    """Detect, and read the references, and then time every scorer on the answer, as a run does."""
    detector = registry.build("detectors", Spec(name="lexical"))
    scorers = {name: registry.build("scorers", Spec(name=name)) for name in DEFAULT_SCORERS}
    work = answers()
    passes: dict[str, list[float]] = {name: [] for name in scorers}
    for _ in range(5):
        spent, once = dict.fromkeys(scorers, 0.0), 0.0
        agreement.reference_norms.cache_clear()
        for case, answer in work:
            detection = await detector.detect(case.question, answer.text)
            began = time.thread_time()
            for reference in case.references:
                agreement.reference_norms(reference)
            once += time.thread_time() - began
            for name, scorer in scorers.items():
                began = time.thread_time()
                await scorer.score(case, answer, detection)
                spent[name] += time.thread_time() - began
        for name, seconds in spent.items():
            passes[name].append(1000 * seconds / len(work))
    costs = {name: min(found) for name, found in passes.items()}
    for name, milliseconds in costs.items():
        print(f"{name:<14} {milliseconds:.3f} ms")
    rest = sum(milliseconds for name, milliseconds in costs.items() if name not in DETECTING)
    words = statistics.mean(len(answer.text.split()) for _, answer in work)
    print(f"all but the detector's readings: {rest:.3f} ms an answer, {len(work)} answers of {words:.0f} words")
    print(f"reading the references, once a case: {1000 * once / len(work):.3f} ms an answer, the first time")


asyncio.run(main())

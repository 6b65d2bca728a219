"""Print what the offline detector costs on one core: answers per second, by stage, by length, and in memory.

    python benchmarks/detector.py [--answers 600] [--quick]

Texts are made up here from sentence frames and some thousand words; an answer copies, rewords and invents. Times are
CPU seconds, the median of ten parts of the work, so that a busy neighbour on the machine shows less. Compare ratios:
they hold from machine to machine better than the times do.
"""

from __future__ import annotations

import argparse
import pkgutil
import random
import re
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness.detectors.lexical import detection
from harness.detectors.model import shipped
from harness.records import Passage, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOTS = (
    "therm hydr chron graph photo bio geo electr magnet acoust cyto derm gastr neur oste path pharm phys psych "
    "tele toxic carb nitr sulph chlor alum ferr plumb stann arg cupr zinc calc sodi potass magnes silic titan "
    "nickel cobalt mangan harb market garden forest meadow quarr orchard vineyard bridg tunnel canal railw motorw "
    "ferr airp station"
).split()
ENDINGS = (
    "ation ator ics ity ism ist ment ing ance ency age ure oid ate ium osis ology ometer ograph onomy olator "
    "ester izer anism aloid ulation ifier eration onite omorph opause"
).split()
NOUNS = (
    "pump valve filter report council school engine harvest budget village hospital library contract season river "
    "model sample survey patient festival museum battery sensor committee factory licence warranty passenger "
    "timetable mayor recipe tablet dosage experiment trial audience ticket campaign journal archive vessel crew "
    "harbour bicycle"
).split()
ADJECTIVES = "annual local central new former public private large small late brass wooden official cheap heavy".split()
VERBS = "opened closed replaced inspected repaired measured approved rejected moved reduced collected painted".split()
SAME = {"opened": "started", "replaced": "exchanged", "repaired": "mended", "approved": "accepted"}
PLACES = "Aldern Brixholm Carrow Dunvale Eastmere Fallow Garrick Holmby Ironleigh Jarrow Kestrel Lowick Marden".split()
FRAMES = (
    "The {a} {n} in {p} was {v} in {y} after the {r} had been {v2}.",
    "In {y}, the {n} of {p} {v} {d} {r} units for {m} euros.",
    "According to the {a} {r}, about {d} percent of the {n} had been {v} by {month} {y}.",
    "{who} said that the {n} and the {r} would be {v} within a few days.",
    "Because the {r} was {a}, the {n} had to be {v} every other week.",
    "The {n} is {a}, and it is usually {v} together with the {r2} before the {r} is {v2}.",
    "Most of the {a} {r} comes from {p}, where {who} {v} a {n} of her own.",
    "Nobody may open the {n} while the {r} is being {v}; the {r2} must not be touched.",
    "Visitors to {p} often ask whether the {n}, which {who} {v}, is still {a}.",
)
"""A third hold a number, as in RAGTruth's and WiCE's contexts."""
MONTHS = "January March May June August October".split()
CONTEXT_WORDS, ANSWER_WORDS = 350, 120
LENGTHS = (350, 1_000, 3_000, 10_000, 20_000)
STAGES = {
    "sentence splitter": ("harness.align.source.segments", "harness.detectors.lexical.segments"),
    "word scan": ("harness.align.source.words", "harness.detectors.lexical.words"),
    "index of the passages": ("harness.detectors.lexical.analyse",),
    "alignment": ("harness.detectors.lexical.align", "harness.detectors.lexical.evidence"),
    "rules": ("harness.detectors.lexical.conflicts", "harness.detectors.lexical.check_worthy"),
    "refusals": ("harness.detectors.lexical.refusal_spans",),
    "features": (
        "harness.detectors.lexical.profile",
        "harness.detectors.lexical.sentence_features",
        "harness.detectors.lexical.word_features",
        "harness.detectors.model.answer_features",
    ),
    "trees": ("harness.detectors.trees.Trees.logits",),
    "the rest": ("harness.detectors.lexical.detection",),
}


class Writer:
    """Writes made-up English; the same seed writes the same."""

    def __init__(self, seed: int) -> None:
        """Take the seed."""
        self._random = random.Random(seed)  # noqa: S311 - test data, no secret
        self._technical = [root + ending for root in ROOTS for ending in ENDINGS]

    def sentence(self) -> str:
        """Return a sentence about something new."""
        pick = self._random.choice
        return pick(FRAMES).format(
            a=pick(ADJECTIVES), n=pick(NOUNS), p=pick(PLACES), v=pick(VERBS), v2=pick(VERBS), r=pick(self._technical),
            r2=pick(self._technical), y=self._random.randint(1950, 2025), d=self._random.randint(2, 900),
            m=f"{self._random.randint(1, 900)},{self._random.randint(100, 999)}", month=pick(MONTHS),
            who=f"{pick('Anna Boris Clara David Edith Frank Greta'.split())} {pick(PLACES)}sen",
        )  # fmt: skip

    def sentences(self, words: int) -> list[str]:
        """Return sentences of about `words` words together."""
        out: list[str] = []
        while words > 0:
            out.append(self.sentence())
            words -= out[-1].count(" ") + 1
        return out

    def reworded(self, sentence: str) -> str:
        """Return the sentence with synonyms, and a clause moved or left out."""
        for word, other in SAME.items():
            sentence = sentence.replace(f" {word} ", f" {other} ")
        if sentence.startswith("In "):
            head, _, rest = sentence.partition(", ")
            return f"{rest[:1].upper()}{rest[1:-1]}, {head.lower()}."
        return sentence.partition(", and ")[0].rstrip(".") + "."

    def answer(self, contexts: Sequence[str], words: int) -> str:
        """Return an answer of about `words` words: two fifths copied, two fifths reworded, a fifth invented."""
        out: list[str] = []
        while words > 0:
            told = self._random.choice(contexts)
            how = self._random.random()
            out.append(told if how < 0.4 else self.reworded(told) if how < 0.8 else self.sentence())  # noqa: PLR2004 - a share of the texts
            words -= out[-1].count(" ") + 1
        return " ".join(out)

    def question(self, sentences: Sequence[str], name: str = "q") -> Question:
        """Return a question whose three passages hold the sentences."""
        third = -(-len(sentences) // 3)
        parts = [" ".join(sentences[n * third : (n + 1) * third]) for n in range(3)]
        passages = tuple(Passage(id=f"p{n}", text=part) for n, part in enumerate(parts, start=1) if part)
        query = f"What is known about the {self._random.choice(NOUNS)} in {self._random.choice(PLACES)}?"
        return Question(id=name, query=query, passages=passages)

    def pairs(self, count: int, context: int, words: int, *, shared: bool = False) -> list[tuple[Question, str]]:
        """Return questions with an answer each, over a context of its own or over one `shared` by all."""
        told = self.sentences(context)
        asked = self.question(told)
        out: list[tuple[Question, str]] = []
        for _ in range(count):
            if not shared:
                told = self.sentences(context)
                asked = self.question(told)
            out.append((asked, self.answer(told, words)))
        return out


def seconds(pairs: Sequence[tuple[Question, str]]) -> float:
    """Return CPU seconds an answer: the median of up to ten parts of the work."""
    model = shipped()
    parts: list[float] = []
    for number in range(min(10, len(pairs))):
        part = pairs[number::10]
        began = time.process_time()
        for question, answer in part:
            detection(question, answer, model)
        parts.append((time.process_time() - began) / len(part))
    return statistics.median(parts)


@contextmanager
def stopwatches() -> Iterator[dict[str, float]]:
    """Put a stopwatch on each function of `STAGES`; a function's time is without that of those it calls."""
    spent: dict[str, float] = defaultdict(float)
    inside: list[float] = []

    def timed(stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passes on whatever the stage takes
            inside.append(0.0)
            began = time.thread_time()
            found = call(*arguments, **options)
            found = list(found) if stage == "rules" and not isinstance(found, bool) else found
            whole = time.thread_time() - began
            spent[stage] += whole - inside.pop()
            if inside:
                inside[-1] += whole
            return found

        return run

    undo: list[tuple[Any, str, Any]] = []
    for stage, place in ((stage, place) for stage, places in STAGES.items() for place in places):
        holder, name = pkgutil.resolve_name(place.rpartition(".")[0]), place.rpartition(".")[2]
        undo.append((holder, name, getattr(holder, name)))
        setattr(holder, name, timed(stage, getattr(holder, name)))
    try:
        yield spent
    finally:
        for holder, name, before in undo:
            setattr(holder, name, before)


def by_stage(pairs: Sequence[tuple[Question, str]]) -> None:
    """Print each stage's share of the time."""
    from harness.detectors import lexical

    model = shipped()
    with stopwatches() as spent:
        for question, answer in pairs:
            lexical.detection(question, answer, model)
    whole = sum(spent.values())
    for stage, part in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"  {stage:<24} {1000 * part / len(pairs):7.3f} ms  {part / whole:6.1%}")


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the slope of log cost over log size: 1 is linear."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def curve(lengths: Sequence[int], count: int) -> None:
    """Print the time an answer by the length of contexts and answer, and the exponents."""
    answers = (ANSWER_WORDS, 4 * ANSWER_WORDS, 16 * ANSWER_WORDS)
    print("ms an answer, contexts seen for the first time | one context for all")
    print("  context words  " + "".join(f"{n:>10}-word" for n in answers) + f"  | {ANSWER_WORDS:>6}-word")
    table: list[list[float]] = []
    for length in lengths:
        row: list[float] = []
        for n, words in enumerate(answers):
            many = max(3, count * CONTEXT_WORDS // (length + 4 * words))
            row.append(seconds(Writer(length + n).pairs(many, length, words)))
        told = Writer(length).pairs(count // 4 + 1, length, ANSWER_WORDS, shared=True)
        seconds(told[:1])
        row.append(seconds(told[1:]))
        table.append(row)
        cells = "".join(f"{1000 * cost:15.2f}" for cost in row[:-1])
        print(f"  {length:>13}  {cells}  | {1000 * row[-1]:11.2f}")
    for name, sizes, costs in (
        ("contexts", lengths, [row[0] for row in table]),
        ("answers", answers, table[0][:-1]),
    ):
        whole, last = exponent(sizes, costs), exponent(sizes[-2:], costs[-2:])
        print(f"  exponent over {name}: {whole:.2f} over all, {last:.2f} between the two longest (1 is linear)")


def peak(count: int) -> float:
    """Return the peak memory in MB of a process that judges `count` answers, each over contexts of its own."""
    done = subprocess.run([sys.executable, __file__, "--child", str(count)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def child(count: int) -> None:
    """Judge `count` answers one by one and print the peak memory in MB."""
    writer = Writer(1)
    for _ in range(count):
        seconds(writer.pairs(1, CONTEXT_WORDS, ANSWER_WORDS))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def speed(count: int) -> None:
    """Print answers per second, for contexts seen for the first time and for one context."""
    fresh = Writer(1).pairs(count, CONTEXT_WORDS, ANSWER_WORDS)
    new = seconds(fresh)
    many = Writer(2).pairs(count, CONTEXT_WORDS, ANSWER_WORDS, shared=True)
    seconds(many[:1])
    shared = seconds(many[1:])
    began = time.process_time()
    for question, answer in fresh:
        for text in (answer, *(passage.text for passage in question.passages)):
            re.findall(r"\w+", text)
    floor = (time.process_time() - began) / len(fresh)
    words = np.mean([len(answer.split()) for _, answer in fresh])
    told = np.mean([sum(len(p.text.split()) for p in question.passages) for question, _ in fresh])
    print(f"{words:.0f} words of answer on {told:.0f} words of context, {count} answers, one core")
    print(f"  contexts seen for the first time {1 / new:6.0f} answers/s ({1000 * new:.2f} ms)")
    print(f"  one context for all answers      {1 / shared:6.0f} answers/s ({1000 * shared:.2f} ms)")
    print(f"  ratios: first seen / shared {new / shared:.2f}; first seen / bare findall of the words {new / floor:.0f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Print what the offline detector costs.")
    parser.add_argument("--answers", type=int, default=600, help="answers for each speed figure")
    parser.add_argument("--quick", action="store_true", help="a fifth of it, contexts to 3,000 words, no memory")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.child)
        return
    if not chosen.quick:  # first, as a child's peak counts from what its parent holds when it starts
        small, large = peak(1_000), peak(10_000)
        print(
            f"peak memory: {small:.0f} MB after 1,000 answers, {large:.0f} MB after 10,000; ratio {large / small:.2f}"
        )
    count = chosen.answers // 5 if chosen.quick else chosen.answers
    seconds(Writer(0).pairs(100, CONTEXT_WORDS, ANSWER_WORDS))  # fill the caches of word forms
    speed(count)
    print("stages, contexts seen for the first time")
    by_stage(Writer(3).pairs(count, CONTEXT_WORDS, ANSWER_WORDS))
    curve(LENGTHS[:3] if chosen.quick else LENGTHS, count // 2)


if __name__ == "__main__":
    main()

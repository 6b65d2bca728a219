"""Print how well responses, echoes and limits are read, on our own labelled set and on public answers.

python benchmarks/refusals.py                         # the half of our set that was worked with
python benchmarks/refusals.py --half apart            # the half that was kept apart
python benchmarks/refusals.py --data FOLDER [--show]  # public labelled files; --show prints every flagged answer
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import harness
from harness.classification import confusion
from harness.detectors.lexical import detection
from harness.detectors.model import shipped
from harness.records import Passage, Question
from harness.text.limits import stated_limits
from harness.text.refusal import refusal_spans, response

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = Path(__file__).parent.parent / "tests" / "data"
DECLINING = {"refused", "hedged", "partial"}
SHARES = tuple(n / 20 for n in range(1, 20))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of JSON lines, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def own(half: str) -> None:
    """Print five-way accuracy and refusal F1 on one half of our own set, and recall and precision of echoes."""
    found = [
        (row, response(row["text"], row.get("instructions", "")))
        for row in rows(OWN / "responses.jsonl")
        if row["half"] == half
    ]
    right = [row["response"] == said for row, said in found]
    refused = confusion(
        np.array([said == "refused" for _, said in found]), np.array([row["response"] == "refused" for row, _ in found])
    )
    languages = len({row["lang"] for row, _ in found})
    print(f"responses, half {half!r}: {len(found)} answers in {languages} languages")
    print(f"  five-way accuracy {sum(right) / len(right):.4f}, refusal F1 {refused.f1:.4f}")
    for kind, wrong in sorted(
        Counter((row["response"], said) for row, said in found if row["response"] != said).items()
    ):
        print(f"  {wrong} {kind[0]} read as {kind[1]}")
    model, flagged, labels = shipped(), [], []
    for row in rows(OWN / "echoes.jsonl"):
        if row["half"] == half:
            question = Question(id="q", query=row["query"], passages=(Passage(id="p1", text=row["context"]),))
            spans = detection(question, row["answer"], model).spans
            flagged.append(any(span.label == "echo" for span in spans))
            labels.append(row["echo"])
    echoes = confusion(np.array(flagged), np.array(labels))
    print(f"echoes, half {half!r}: {len(labels)} answers, recall {echoes.recall:.3f}, precision {echoes.precision:.3f}")


def public(folder: Path, *, show: bool) -> None:
    """Print recall on answers that decline, and every RAGTruth answer that is read as declining."""
    answers = [row["answer"] for row in rows(folder / "delucionqa_refusals.jsonl.gz")]
    counts = Counter(map(response, answers))
    caught = sum(counts[kind] for kind in DECLINING)
    print(f"delucionqa_refusals: {caught} of {len(answers)} refused, hedged or partial; {dict(counts)}")
    seen: dict[str, str] = {}
    for name in ("ragtruth_all_tasks_dev", "ragtruth_qa_half_A"):
        seen |= {row["answer"]: row["id"] for row in rows(folder / f"{name}.jsonl.gz")}
    counts = Counter(map(response, seen))
    print(f"ragtruth: {len(seen)} distinct answers; {dict(counts)}")
    for answer, name in seen.items():
        if show and response(answer) in DECLINING:
            print(f"  {name} {response(answer)}: {[answer[a:b] for a, b in refusal_spans(answer)]}")


def limits(folder: Path) -> None:
    """Print on how many IFEval prompts our parser reads the relation and number that the file gives."""
    prompts = list(rows(folder / "ifeval_length.jsonl.gz"))
    right = 0
    for row in prompts:
        wrong = [
            wanted
            for name, wanted in zip(row["instruction_id_list"], row["kwargs"], strict=True)
            if name.startswith("length_constraints") and not _read(row["prompt"], wanted)
        ]
        right += not wrong
        for wanted in wrong:
            print(f"  prompt {row['key']}: the file says {wanted}, we read {stated_limits(row['prompt'])}")
    print(f"ifeval_length: {right} of {len(prompts)} prompts read alike")


def _read(prompt: str, wanted: dict[str, Any]) -> bool:
    limits = stated_limits(prompt)
    if limits is None:
        return False
    if "num_paragraphs" in wanted:  # the file gives a number alone
        return limits.min_paragraphs == wanted["num_paragraphs"]
    unit = "words" if "num_words" in wanted else "sentences"
    number, edge = wanted[f"num_{unit}"], 1 if limits.strict else 0
    if wanted["relation"] == "at least":
        low = getattr(limits, f"min_{unit}")
        return low is not None and low + edge == number
    high = getattr(limits, f"max_{unit}")
    return high is not None and high - edge == number - 1


def end_to_end(folder: Path) -> None:
    """Run refuse, oracle and extractive over questions that can and cannot be answered."""
    for name in ("squad2_answerability", "clapnq_dev_answerability"):
        with tempfile.TemporaryDirectory() as temporary:
            suite = Path(temporary) / f"{name}.jsonl"
            cases = (_case(number, row) for number, row in enumerate(rows(folder / f"{name}.jsonl.gz")))
            suite.write_text("\n".join(cases), encoding="utf-8")
            sweep = [f"extractive?least={share}" for share in SHARES]
            runs = harness.run(suite, ["refuse", "oracle", "extractive", *sweep], scorers=("refusal",))
        points = []
        for run in runs:
            table = Counter((record.answerable, _response(record)) for record in run.records)
            totals = {kind: sum(n for (other, _), n in table.items() if other == kind) for kind in ("yes", "no")}
            yes, no = (table[kind, "refused"] / total for kind, total in totals.items())
            points += [(yes, no)] if run.header.answerer.options else []
            if not run.header.answerer.options:
                said = (
                    f"{name}: {run.header.candidate} refused {no:.3f} of the unanswerable, {yes:.3f} of the answerable"
                )
                print(f"{said}: balanced accuracy {(1 + no - yes) / 2:.3f}")
        print(f"{name}: extractive separates them with an area under the curve of {_area(points):.3f}")


def _case(number: int, row: dict[str, Any]) -> str:
    answers = [row["reference"]] if row["reference"] else row.get("meta", {}).get("answers") or []
    case = {
        "id": f"c{number}",
        "query": row["query"],
        "contexts": row["contexts"],
        "answerable": "yes" if row["answerable"] else "no",
        "references": [text for text in answers[:1] if text],
    }
    return json.dumps({key: value for key, value in case.items() if value != [] or key == "contexts"})


def _response(record: Any) -> str:  # noqa: ANN401 - a record
    return next(str(score.details["response"]) for score in record.scores if score.metric == "refusal")


def _area(points: list[tuple[float, float]]) -> float:
    """Return the area under the curve of (false refusals, right refusals)."""
    x, y = np.array(sorted([(0.0, 0.0), *points, (1.0, 1.0)])).T
    return float(np.sum((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2))


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--half", choices=("work", "apart"), default="work")
parser.add_argument("--data", type=Path)
parser.add_argument("--show", action="store_true")
chosen = parser.parse_args()
own(chosen.half)
if chosen.data is not None:
    public(chosen.data, show=chosen.show)
    limits(chosen.data)
    end_to_end(chosen.data)

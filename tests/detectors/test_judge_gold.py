"""Between a judge and the report nothing is lost: one that says the gold labels has their F1, exactly."""

from __future__ import annotations

import asyncio
import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from harness.classification import f1
from harness.detectors.judge import Judge
from harness.detectors.judge.fencing import neutralised
from harness.exchange import labelled
from harness.records import Answer, Case, Passage, Question, Spec
from harness.scorers.grounding import Groundedness, Hallucination
from harness.studies import calibration
from harness.testing import JudgeRequest, ScriptedJudge, ScriptedServer
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.records import Score

DATA: Final = Path(__file__).parents[3] / "shared" / "data" / "labelled"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the labelled data in {DATA}")


def rows(name: str, most: int) -> list[dict[str, Any]]:
    (path,) = DATA.glob(f"{name}.*")
    wanted = (row for row in labelled.rows(path) if row.get("answer") and row.get("label") is not None)
    return list(islice(wanted, most))


def gold(row: Mapping[str, Any]) -> dict[int, bool]:
    """Return for the start of each sentence with a letter or digit whether its gold label is unsupported."""
    text = row["answer"]
    bad = [] if row["label"] else row.get("spans") or [{"start": 0, "end": len(text)}]
    return {
        s.start: any(one["start"] < s.end and s.start < one["end"] and text[max(one["start"], s.start) : min(one["end"], s.end)].strip() for one in bad)
        for s in segments(text)
        if any(map(str.isalnum, text[s.start : s.end]))
    }  # fmt: skip


class Gold(ScriptedJudge):
    """Say what the gold labels say; the row is told by its passages and its sentences."""

    def __init__(self, known: list[dict[str, Any]]) -> None:
        super().__init__()
        self._known: dict[tuple[str, ...], list[list[bool]]] = {}
        for row in known:
            self._known.setdefault(self._key(row), []).append(list(gold(row).values()))

    @staticmethod
    def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
        text = row["answer"]
        said = [" ".join(neutralised(text)[s.start : s.end].split()) for s in segments(text)]
        contexts = (" ".join(neutralised(context).split()) for context in row["contexts"])
        return (*sorted(contexts), *[s for s in said if any(map(str.isalnum, s))])

    def verdicts(self, asked: JudgeRequest) -> list[dict[str, Any]]:
        controls = [name for name in asked.controls if self._is_control(asked, name)]
        fact = asked.passages[controls[0]]
        own = [(n, t) for n, t in asked.sentences.items() if t.split()[:6] != fact.split()[:6]]
        contexts = sorted(" ".join(t.split()) for name, t in asked.passages.items() if name != controls[0])
        told_apart = self._known[(*contexts, *[text for _, text in own])]  # the same text may have two labels
        labels = told_apart.pop(0) if len(told_apart) > 1 else told_apart[0]
        told = {number: bad for (number, _), bad in zip(own, labels, strict=True)}
        quoted = next(name for name in asked.passages if name != controls[0])
        words = asked.passages[quoted].split()
        out = []
        for number, text in asked.sentences.items():
            if number not in told:
                out.append(self._verdict(asked, number, text))
            else:
                quote = f"{quoted}|{' '.join(words[:3])}|{' '.join(words[:3])}"
                out.append({"id": number, "v": "absent" if told[number] else "supported", "e": quote, "w": ""})
        return out

    @staticmethod
    def _is_control(asked: JudgeRequest, name: str) -> bool:
        fact = asked.passages[name].split()
        return sum(text.split()[:6] == fact[:6] for text in asked.sentences.values()) == 2


def judged(known: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Score]]]:
    async def work(base_url: str) -> list[dict[str, Score]]:
        made = Judge(target="gold", base_url=base_url, sentences=9999, window=10**9, retries=0)
        out = []
        for row in known:
            passages = tuple(Passage(id=f"p{n}", text=text) for n, text in enumerate(row["contexts"]))
            case = Case(id="s/c", question=Question(id="c", query=row.get("query") or "", passages=passages))
            answer = Answer(text=row["answer"])
            found = await made.detect(case.question, answer.text)
            scores = [
                s for scorer in (Groundedness(), Hallucination()) for s in await scorer.score(case, answer, found)
            ]
            out.append({score.metric: score for score in scores})
        await made.aclose()
        return out

    with ScriptedServer(Gold(known)) as server:
        found = asyncio.run(work(server.base_url))
        assert len(server.requests) == len(known)
    yield from zip(known, found, strict=True)


def figures(name: str, most: int) -> tuple[int, int]:
    """Check sentence by sentence and answer by answer, and both F1, from the details that reports read."""
    sentences: list[tuple[bool, bool]] = []
    answers: list[tuple[bool, bool]] = []
    for row, scores in judged(rows(name, most)):
        details: Any = scores["groundedness"].details["sentences"]
        said = {one["start"]: one["verdict"] == "unsupported" for one in details if one["kind"] == "claim"}
        wanted = gold(row)
        assert said == wanted
        assert scores["hallucination"].passed is (not any(wanted.values()))
        sentences += [(said[start], bad) for start, bad in wanted.items()]
        answers.append((not scores["hallucination"].passed, row["label"] == 0))
    for found in (sentences, answers):
        flags, labels = (np.array(column, bool) for column in zip(*found, strict=True))
        if labels.any():
            assert f1(flags, labels) == 1.0
        else:
            assert not flags.any()
    return len(answers), len(sentences)


@pytest.mark.parametrize("name", ["ragtruth_all_tasks_dev", "q2_wow", "expertqa_answers_val"])
def test_every_sentence_and_every_answer_has_its_gold_label(name: str) -> None:
    answers, sentences = figures(name, 150)
    assert answers == 150
    assert sentences > 150


UNLABELLED = {"ifeval_length", "pubmedqa", "delucionqa_refusals", "squad2_answerability"}
"""Files without an answer that has a label."""


def files() -> list[str]:
    found = {path.name.partition(".")[0] for path in DATA.glob("*.jsonl.gz")} if DATA.is_dir() else set()
    return sorted(found - UNLABELLED)


@pytest.mark.slow
@pytest.mark.parametrize("name", files())
def test_all_labelled_files_come_back_whole(name: str) -> None:
    print(name, *figures(name, 10**6))  # noqa: T201 - shown by -rP


def test_the_calibration_of_a_judge_that_says_the_gold_labels_is_perfect(tmp_path: Path) -> None:
    known = rows("ragtruth_qa_half_A", 300)
    file = tmp_path / "gold.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in known), encoding="utf-8")
    with ScriptedServer(Gold(known)) as server:
        options: dict[str, Any] = {"base_url": server.base_url, "sentences": 9999, "window": 10**9}
        spec = Spec(name="judge", target="gold", options=options)
        (result,) = asyncio.run(calibration.calibrate([file], spec))
    assert result.broken == 0
    assert result.confusion.false_positive == result.confusion.false_negative == 0
    assert {result.figures[name].value for name in ("f1", "precision", "recall", "balanced_accuracy", "auroc")} == {1.0}

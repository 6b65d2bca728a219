"""What a judgement costs: calls an answer, tokens of the replies, tokens of the prompt beyond the data.

    python benchmarks/judging.py [FILE…] [--incomplete SHARE] [--tiktoken cl100k_base]

Answers are those of labelled files, or made ones of 1 to 39 sentences. The judge is scripted: it quotes two or three
words at each end, as it is told to, and leaves a verdict out of that SHARE of its replies. Tokens are words, marks and
groups of three digits, as vocabularies cut English (2% more than cl100k_base counts on these texts), or tiktoken's own,
where it is installed and has its vocabulary.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from harness.detectors.judge import Judge
from harness.exchange import labelled
from harness.records import Passage, Question
from harness.testing import ScriptedJudge, ScriptedServer, judge_request, written
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Count = Callable[[str], int]

__all__ = ["Cost", "judged", "made", "pieces"]

SIZES: Final = ((1, 1), (2, 5), (6, 12), (13, 24), (25, 39), (40, 10**6))
_PIECE: Final = re.compile(r" ?[A-Za-z]{1,12}|\d{1,3}|[^\w\s]{1,3}|\s+(?! )|\w")
WORDS: Final = "pump crew valve north service spring hall oil filter brass autumn line gauge".split()


def pieces(text: str) -> int:
    """Count a text's tokens without a vocabulary."""
    return len(_PIECE.findall(text))


class Cost(NamedTuple):
    """Of one answer: its sentences, the calls, tokens said, tokens asked beyond the data (of the first call)."""

    sentences: int
    calls: int
    said: int
    overhead: int


class Incomplete(ScriptedJudge):
    """A judge that leaves one verdict out of some of its replies."""

    def __init__(self, share: float) -> None:
        """Take the share of the replies that lack one."""
        super().__init__()
        self._spoilt = False
        self._share, self._draws, self.said = share, random.Random(0), list[str]()  # noqa: S311 - the same in every run

    def __call__(self, body: Mapping[str, Any], _number: int) -> str:
        """Answer a request."""
        asked = judge_request(body)
        rows = self.verdicts(asked)
        self._spoilt = not self._spoilt and self._draws.random() < self._share  # what is asked again comes whole
        if self._spoilt:
            rows.remove(self._draws.choice(rows))
        self.said.append(written(rows))
        return self.said[-1]


def made(sizes: Sequence[int]) -> Iterator[tuple[Question, str]]:
    """Yield questions with answers of so many sentences, half of which stand in the passage."""
    draws = random.Random(0)  # noqa: S311 - the same in every run
    for size in sizes:
        facts = [
            f"The {' '.join(draws.choices(WORDS, k=9))} of unit {n} is {draws.randrange(10, 99)}." for n in range(size)
        ]
        passage = Passage(id="p1", text=" ".join(facts[::2]) + " It is so.")
        yield Question(id=f"q{size}", query="What is known of the units?", passages=(passage,)), " ".join(facts)


def answers(files: Sequence[Path]) -> Iterator[tuple[Question, str]]:
    """Yield the answers of labelled files."""
    for number, row in enumerate(row for file in files for row in labelled.rows(file)):
        if row.get("answer"):
            passages = tuple(Passage(id=f"p{n}", text=str(text)) for n, text in enumerate(row["contexts"], start=1))
            yield Question(id=f"q{number}", query=row.get("query") or "", passages=passages), row["answer"]


def judged(found: Sequence[tuple[Question, str]], count: Count = pieces, incomplete: float = 0.0) -> list[Cost]:
    """Judge every answer and return what each cost."""
    script = Incomplete(incomplete)

    async def work(base_url: str) -> list[Cost]:
        judge = Judge(target="m", base_url=base_url, retries=0)
        out: list[Cost] = []
        for question, text in found:
            before = len(server.requests)
            await judge.detect(question, text)
            asked = [request.body for request in server.requests[before:]]
            if not asked:
                continue
            texts = [question.query, text, *(passage.text for passage in question.passages)]
            whole = "\n".join(message["content"] for message in asked[0]["messages"])
            schema = json.dumps(asked[0].get("response_format", ""))
            wordy = [s for s in segments(text) if any(map(str.isalnum, text[s.start : s.end]))]
            over = count(whole) + count(schema) - sum(map(count, texts))
            out.append(Cost(len(wordy), len(asked), sum(map(count, script.said[before:])), over))
        await judge.aclose()
        return out

    with ScriptedServer(script) as server:
        return asyncio.run(work(server.base_url))


def main() -> None:
    """Print a row for each size of answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--incomplete", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--tiktoken", metavar="ENCODING")
    asked = parser.parse_args()
    count: Count = pieces
    if asked.tiktoken:
        import tiktoken

        encoding = tiktoken.get_encoding(asked.tiktoken)
        count = lambda text: len(encoding.encode(text, disallowed_special=()))  # noqa: E731 - one of two ways to count, named where it is chosen
    found = list(answers(asked.files) if asked.files else made([*range(1, 40)] * 5))
    costs = judged(found, count, asked.incomplete)
    row = "{:>10} {:>8} {:>6} {:>6} {:>10} {:>6} {:>9} {:>6}"
    print(row.format("sentences", "answers", "calls", "said", "of 30+30n", "most", "overhead", "most"))
    groups: dict[str, list[Cost]] = defaultdict(list)
    for cost in costs:
        low, high = next(size for size in SIZES if cost.sentences <= size[1])
        groups[f"{low}-{high}" if high < 10**6 else f"{low}+"].append(cost)
    for name, group in [
        *sorted(groups.items(), key=lambda item: int(item[0].rstrip("+").split("-")[0])),
        ("all", costs),
    ]:
        shares = [cost.said / (30 + 30 * cost.sentences) for cost in group]
        n, calls = len(group), sum(cost.calls for cost in group) / len(group)
        said, over = sum(cost.said for cost in group) / n, sum(cost.overhead for cost in group) / n
        most = max(cost.overhead for cost in group)
        shown = (f"{calls:.3f}", f"{said:.0f}", f"{sum(shares) / n:.2f}", f"{max(shares):.2f}", f"{over:.0f}", most)
        print(row.format(name, n, *shown))


if __name__ == "__main__":
    main()

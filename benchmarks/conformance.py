"""Print what judge-based metrics make of a thousand malformed replies: ours, and ragas' Faithfulness.

    python benchmarks/conformance.py judge|ragas|bridge

`ragas` is ragas 0.4.3 as it comes (its own client, its own retries), `bridge` the same metric as the scorer
`ragas:faithfulness`; both need the extra `ragas`. Spoiled is the reply that holds the verdicts.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from harness.detectors.judge import Judge
from harness.errors import BreakdownError
from harness.records import Answer, Case, Passage, Question
from harness.testing import Conformance, ScriptedJudge, conform

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSAGE: Final = "The north kiln fires at 900 degrees. Bowls dry for two days. The studio closes in August."
CLAIMS: Final = ("Bowls dry for two days.", "The north kiln fires at 1200 degrees.", "The studio was built in 1911.")
QUESTION: Final = Question(id="q", query="How are the bowls made?", passages=(Passage(id="p", text=PASSAGE),))
VERDICTS: Final = {CLAIMS[0]: "supported", CLAIMS[1]: "contradicted", CLAIMS[2]: "absent"}


def ragas_honest(body: Mapping[str, Any], _number: int) -> str:
    """Answer ragas' two prompts honestly."""
    if judges(body):
        rows = [{"statement": said, "reason": "by the passage", "verdict": int(said in PASSAGE)} for said in CLAIMS]
        return json.dumps({"statements": rows})
    return json.dumps({"statements": list(CLAIMS)})


def judges(body: Mapping[str, Any]) -> bool:
    """Say whether a request asks ragas' second question, for verdicts."""
    return "judge the faithfulness of a series of statements" in json.dumps(body["messages"])


async def ours() -> Conformance:
    """Feed the judge."""
    made: list[Judge] = []

    async def metric(base_url: str) -> float | None:
        made[:] = made or [Judge(target="m", base_url=base_url, retries=0)]
        found = await made[0].detect(QUESTION, " ".join(CLAIMS))
        claims = [sentence for sentence in found.sentences if sentence.kind == "claim"]
        return sum(sentence.verdict == "supported" for sentence in claims) / len(claims)

    found = await conform(metric, ScriptedJudge(VERDICTS.get), failures=(BreakdownError,))
    await made[0].aclose()
    return found


async def ragas_alone() -> Conformance:
    """Feed ragas' Faithfulness as it comes; its declared failure is instructor's."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    from instructor.core import InstructorRetryException
    from openai import AsyncOpenAI
    from ragas.llms import llm_factory
    from ragas.metrics.collections import Faithfulness

    made: list[Any] = []

    async def metric(base_url: str) -> float | None:
        if not made:
            client = AsyncOpenAI(api_key="none", base_url=base_url)
            made.append(Faithfulness(llm=llm_factory("m", client=client, temperature=0, max_tokens=4096)))
        asked = {"user_input": QUESTION.query, "response": " ".join(CLAIMS), "retrieved_contexts": [PASSAGE]}
        return float((await made[0].ascore(**asked)).value)

    return await conform(metric, ragas_honest, failures=(InstructorRetryException,), spoiled=judges)


async def bridged() -> Conformance:
    """Feed the scorer `ragas:faithfulness`."""
    from harness.scorers.ragas.scorer import Ragas

    made: list[Ragas] = []
    case = Case(id="s/c", question=QUESTION)

    async def metric(base_url: str) -> float | None:
        made[:] = made or [Ragas(target="faithfulness", model="m", base_url=base_url, retries=0)]
        (score,) = await made[0].score(case, Answer(text=" ".join(CLAIMS)), None)
        return score.value

    found = await conform(metric, ragas_honest, failures=(BreakdownError,), spoiled=judges)
    await made[0].aclose()
    return found


if __name__ == "__main__":
    chosen = {"judge": ours, "ragas": ragas_alone, "bridge": bridged}
    for name in sys.argv[1:] or ["judge"]:
        print(asyncio.run(chosen[name]()))

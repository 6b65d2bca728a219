"""Ask a judge at a scripted server."""

from __future__ import annotations

import asyncio
from typing import Any

from harness.detectors.judge import Judge
from harness.records import Detection, Passage, Question

PASSAGES = (
    Passage(id="a", text="The north kiln fires at 900 degrees. Glaze is added on Fridays, after the first firing."),
    Passage(id="b", text="Bowls dry for two days. They lie on the upper racks. The studio closes in August."),
)
QUESTION = Question(id="q", query="How are the bowls made?", passages=PASSAGES)
ANSWER = (
    "Bowls dry for two days. The north kiln fires at 1200 degrees. The studio was built in 1911. I hope this helps!"
)
TRUTH = {
    "Bowls dry for two days.": "supported",
    "The north kiln fires at 1200 degrees.": "contradicted",
    "The studio was built in 1911.": "absent",
}


def judge(base_url: str, text: str = ANSWER, question: Question = QUESTION, **options: Any) -> Detection:
    async def work() -> Detection:
        made = Judge(target="m", base_url=base_url, **{"retries": 0, **options})
        try:
            return await made.detect(question, text)
        finally:
            await made.aclose()

    return asyncio.run(work())

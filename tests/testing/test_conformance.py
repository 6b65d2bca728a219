"""The conformance kit, on our judge and on judges that are known to be careless."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from harness.detectors.judge import Judge
from harness.errors import BreakdownError
from harness.testing import Conformance, ScriptedJudge, conform, judge_request, malformed
from tests.detectors.judging import ANSWER, QUESTION, TRUTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HONEST = ScriptedJudge(TRUTH.get)


class Ours:
    """Groundedness by our judge."""

    made: Judge | None = None

    async def __call__(self, base_url: str) -> float | None:
        self.made = self.made or Judge(target="m", base_url=base_url, retries=0)
        found = await self.made.detect(QUESTION, ANSWER)
        claims = [sentence for sentence in found.sentences if sentence.kind == "claim"]
        return sum(sentence.verdict == "supported" for sentence in claims) / len(claims)


def in_objects(body: Mapping[str, Any], _number: int) -> str:
    """Reply with an object for each verdict, which is read as well."""
    return json.dumps({"verdicts": HONEST.verdicts(judge_request(body))})


async def fed(count: int, honest: Callable[[Mapping[str, Any], int], str] = HONEST) -> Conformance:
    metric = Ours()
    found = await conform(metric, honest, failures=(BreakdownError,), count=count)
    assert metric.made is not None
    await metric.made.aclose()
    return found


async def careless(base_url: str) -> float | None:
    """What is often done: whatever looks like a verdict counts, and nothing counts as a pass."""
    async with aiohttp.ClientSession() as session:
        body: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "?"}]}
        async with session.post(f"{base_url}/chat/completions", json=body) as response:
            reply = await response.json()
    said = re.findall(r'"v(?:erdict)?":\s*"?(\w+)', reply["choices"][0]["message"]["content"] or "")
    return sum(word == "supported" for word in said) / len(said) if said else 1.0


def careless_honest(_body: Mapping[str, Any], _number: int) -> str:
    return json.dumps({"verdicts": [{"id": 101, "v": "supported"}, {"id": 102, "v": "absent"}]})


@pytest.mark.parametrize("honest", [HONEST, in_objects], ids=["lines", "objects"])
def test_a_thousand_replies_are_all_accounted_for_and_none_is_invented(honest: Any) -> None:
    found = asyncio.run(fed(1000, honest))
    assert found.total() >= 1000
    assert found.accounted == 1.0, str(found)
    assert found.total("invented", "NaN", "crash") == 0
    for name in ("as it should be", "other order", "fenced", "prose around", "reasoning before", "a field too many"):
        assert found.counts[name]["failure"] == 0, name
    assert "| **all** |" in str(found)


def test_the_kit_convicts_a_careless_metric() -> None:
    found = asyncio.run(conform(careless, careless_honest, failures=(), count=200))
    assert found.total("invented") > 50
    assert found.accounted < 0.8
    assert found.counts["empty"]["invented"] == sum(found.counts["empty"].values())


def test_every_way_to_spoil_a_reply_spoils_it() -> None:
    objects = json.dumps({"verdicts": [{"id": 101, "v": "supported"}, {"id": 102, "v": "absent"}]})
    lines = json.dumps({"verdicts": ["101 supported P1|a b|c d", "102 absent e"]})
    for honest in (objects, lines):
        ways = list(malformed(300))
        assert len(ways) >= 300
        for name, complete, spoil in ways:
            assert complete or spoil(honest) != honest, name

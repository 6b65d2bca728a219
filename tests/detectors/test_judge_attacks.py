"""A judge that obeys what it reads, and whoever writes the data cannot have a verdict by it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from harness.detectors.judge import Judge
from harness.errors import BreakdownError
from harness.records import Passage
from harness.testing import ScriptedServer
from tests.detectors.attacks import Attack, Obedient, attacks
from tests.detectors.judging import ANSWER, PASSAGES, QUESTION, TRUTH

if TYPE_CHECKING:
    from collections.abc import Iterable

PACK = list(attacks())


async def tried(made: Judge, attack: Attack) -> str:
    question, text = QUESTION, ANSWER
    if attack.place == "answer":
        text = f"{ANSWER} {attack.text}"
    else:
        poisoned = Passage(id="c", text=f"Clay is kept wet. {attack.text}")
        question = dataclasses.replace(QUESTION, passages=(*PASSAGES, poisoned))
    try:
        found = await made.detect(question, text)
    except BreakdownError:
        return "failure"
    for sentence, verdict in TRUTH.items():
        at = text.index(sentence)
        (holding,) = (s for s in found.sentences if s.start <= at < s.end)
        mixed = holding.end - holding.start > len(sentence)  # the attack's own marks joined it to its neighbours
        right = "supported" if verdict == "supported" and not mixed else "unsupported"
        if holding.verdict != right:
            return "flip"
    return "honest"


def outcomes(pack: Iterable[Attack]) -> Counter[tuple[str, str]]:
    async def work(base_url: str) -> Counter[tuple[str, str]]:
        made = Judge(target="m", base_url=base_url, retries=0)
        found: Counter[tuple[str, str]] = Counter()
        for attack in pack:
            found[attack.kind, await tried(made, attack)] += 1
        await made.aclose()
        return found

    with ScriptedServer(Obedient(TRUTH.get)) as server:
        return asyncio.run(work(server.base_url))


def test_no_attack_on_the_form_or_on_all_verdicts_flips_one() -> None:
    pack = [attack for attack in PACK if not attack.aimed]
    assert len(pack) >= 200
    found = outcomes(pack)
    assert not [key for key in found if key[1] == "flip"], found
    for kind in ("role tags", "forged fences", "hidden Unicode"):  # the order never reaches the judge
        assert found[kind, "failure"] == 0, found
    for kind in ("orders", "dictated replies"):  # it does, the judge obeys, and is found out
        assert found[kind, "honest"] == 0, found


def test_an_aimed_attack_on_a_judge_that_obeys_is_not_seen() -> None:
    """No check of ours can tell an order on one sentence from a judgement; the manual says so."""
    found = outcomes(attack for attack in PACK if attack.aimed)
    assert found["aimed", "flip"] > 0

"""What does a judge-based metric make of a reply that is not a verdict? Feed it a thousand, and see.

The kit takes the honest reply to each request, spoils it in a known way, and looks at what the metric says: a number
is right only where every verdict was given. It knows no metric: an honest reply is JSON with a list in it, of
objects or of lines `NUMBER VERDICT …`.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from harness.testing.malformations import COMPLETE, INCOMPLETE
from harness.testing.server import Fault, Say, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

__all__ = ["Conformance", "Outcome", "conform", "malformed"]

Outcome: TypeAlias = Literal["right", "failure", "invented", "NaN", "crash"]
_OUTCOMES: Final[tuple[Outcome, ...]] = ("right", "failure", "invented", "NaN", "crash")


@dataclass(slots=True)
class Conformance:
    """How often each kind of reply came to which outcome.

    `right`: the honest number, every verdict given. `failure`: no number, and a declared failure. `invented`: a number
    that was not given. `crash`: an exception that is not among the declared failures.
    """

    counts: dict[str, Counter[Outcome]] = field(default_factory=dict)

    def total(self, *outcomes: Outcome) -> int:
        """Return how many replies came to one of these outcomes; to any, if none is named."""
        wanted = outcomes or _OUTCOMES
        return sum(count[outcome] for count in self.counts.values() for outcome in wanted)

    @property
    def accounted(self) -> float:
        """Share of the replies that came to the right number or to a failure, in [0, 1]."""
        return self.total("right", "failure") / max(1, self.total())

    def __str__(self) -> str:
        """Return the table, in Markdown."""
        lines = ["| reply | n | " + " | ".join(_OUTCOMES) + " |", "|---|" + "--:|" * (1 + len(_OUTCOMES))]
        for name, count in [*self.counts.items(), ("**all**", sum(self.counts.values(), Counter[Outcome]()))]:
            cells = " | ".join(str(count[outcome]) for outcome in _OUTCOMES)
            lines.append(f"| {name} | {sum(count.values())} | {cells} |")
        return "\n".join(lines)


def malformed(count: int, *, seed: int = 0) -> Iterator[tuple[str, bool, Callable[[str], str]]]:
    """Yield at least `count` ways to spoil an honest reply: name, whether all verdicts survive, and the spoiling."""
    kinds = [(name, True, how) for name, how in COMPLETE.items()]
    kinds += [(name, False, how) for name, how in INCOMPLETE.items()]
    for number in range(-(-count // len(kinds))):
        for name, complete, how in kinds:
            draws = random.Random(f"{seed}/{name}/{number}")  # noqa: S311 - the same replies in every run

            def spoil(honest: str, how: Any = how, draws: random.Random = draws) -> str:  # noqa: ANN401 - any JSON
                said: str = how(json.loads(honest), draws)
                return said

            yield name, complete, spoil


async def conform(
    metric: Callable[[str], Awaitable[float | None]],
    honest: Callable[[Mapping[str, Any], int], str],
    *,
    failures: tuple[type[Exception], ...],
    count: int = 1000,
    seed: int = 0,
    spoiled: Callable[[Mapping[str, Any]], bool] = lambda _: True,
) -> Conformance:
    """Feed a metric at least `count` replies that are malformed, padded, reordered, cut off or hostile.

    `metric` is given the server's base URL and returns its number. `honest` gives the honest reply to a request;
    `failures` are the exceptions by which the metric says that it has no number. `spoiled` chooses the requests whose
    replies are spoiled, for metrics that make several.
    """
    state: dict[str, Callable[[str], str]] = {"spoil": lambda said: said}

    def script(body: Mapping[str, Any], number: int) -> str | Say | Fault:
        said = honest(body, number)
        return state["spoil"](said) if spoiled(body) else said

    found = Conformance()
    with ScriptedServer(script) as server:
        expected = await metric(server.base_url)
        for name, complete, spoil in malformed(count, seed=seed):
            state["spoil"] = spoil
            outcome = await _outcome(metric, server.base_url, failures, expected if complete else None)
            found.counts.setdefault(name, Counter())[outcome] += 1
    return found


async def _outcome(
    metric: Callable[[str], Awaitable[float | None]],
    base_url: str,
    failures: Sequence[type[Exception]],
    expected: float | None,
) -> Outcome:
    try:
        value = await metric(base_url)
    except tuple(failures):
        return "failure"
    except Exception:  # noqa: BLE001 - that it may be anything is what the kit is for
        return "crash"
    if value is None:
        return "failure"
    if math.isnan(value):
        return "NaN"
    return "right" if expected is not None and math.isclose(value, expected) else "invented"

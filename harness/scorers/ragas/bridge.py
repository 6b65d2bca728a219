"""ragas, asked through our endpoint layer: its prompts, our limits, retries, cache, budget and accounts.

Importing this module imports ragas, which takes seconds, with its telemetry turned off before it can send anything.
"""

from __future__ import annotations

import os
import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from harness.chat import Form
from harness.errors import BreakdownError, SpecError
from harness.records import Call
from harness.scorers.ragas.reconciling import asked_of, empty, fault, judged
from harness.text.json_objects import json_objects, without_reasoning

os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # read once, at ragas' first event
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages that it imports
    from ragas import _analytics
    from ragas.llms.base import InstructorBaseRagasLLM
    from ragas.metrics import collections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.chat import Chat, Outputs
    from harness.records import Json

__all__ = ["Bridge", "metric_named"]

_analytics.do_not_track.cache_clear()
_TURNS: Final = 2
_MOST: Final = 300
_NO_METRICS: Final = frozenset({"BaseMetric", "DistanceMeasure"})


def metric_named(name: str) -> type[Any]:
    """Return ragas' metric of that name.

    Raises:
        SpecError: there is none, with those that there are.
    """
    known = {_snake(found): found for found in collections.__all__ if found not in _NO_METRICS}
    if name not in known:
        msg = f"ragas has no metric {name!r}. Known: {', '.join(sorted(known))}."
        raise SpecError(msg)
    found: type[Any] = getattr(collections, known[name])
    return found


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@dataclass(slots=True, eq=False)
class Bridge(InstructorBaseRagasLLM):  # type: ignore[misc]  # ragas is not there where types are checked
    """The model as ragas sees it, for one answer: `draw` tells it from others that are asked in the same words.

    `calls` is what was asked, `verdicts` the verdicts that came back, a list a reply, `nothing` the list that a reply
    left empty though nothing can be scored without it. ragas swallows errors and goes on with half of its judges: what
    broke down first is kept in `broken`, and nothing more is asked.
    """

    chat: Chat
    outputs: Outputs
    component: str
    draw: str
    parameters: Mapping[str, Json]
    calls: list[Call] = field(default_factory=list)
    verdicts: list[list[dict[str, Any]]] = field(default_factory=list)
    nothing: str | None = None
    broken: Exception | None = None
    _drawn: Counter[str] = field(default_factory=Counter)

    def generate(self, prompt: str, response_model: type[Any]) -> Any:  # noqa: ANN401 - ragas' signature
        """Refuse: nothing here blocks the loop."""
        raise NotImplementedError

    async def agenerate(self, prompt: str, response_model: type[Any]) -> Any:  # noqa: ANN401 - a model of that type
        """Ask what ragas wants to know, twice if the first reply does not add up.

        Raises:
            BreakdownError: no reply that adds up, or the endpoint broke down.
        """
        if self.broken is not None:
            raise self.broken
        try:
            return await self._asked(prompt, response_model)
        except Exception as error:
            self.broken = error
            raise

    async def _asked(self, prompt: str, model: type[Any]) -> Any:  # noqa: ANN401 - one of ragas' own models
        form = Form(model.__name__[:64], model.model_json_schema(), strict=False)
        messages = [{"role": "user", "content": prompt}]
        asked, why = asked_of(prompt), ""
        number = self._drawn[prompt]
        self._drawn[prompt] += 1
        for turn in range(_TURNS):
            said = await self._said(messages, form, f"{self.draw}/{number}/{turn}")
            reply, why = _read(said, model)
            data = {} if reply is None else reply.model_dump()
            why = why or fault(asked, data, model.__name__)
            if not why:
                self.nothing = self.nothing or empty(data)
                self.verdicts += [rows] if (rows := judged(data)) else []
                return reply
            messages += [
                {"role": "assistant", "content": said},
                {"role": "user", "content": f"That does not add up: {why}. Reply again, with the JSON object alone."},
            ]
        msg = f"{self.component}: no reply that adds up: {why}"
        raise BreakdownError(msg, code="verdict_missing", attempts=_TURNS)

    async def _said(self, messages: list[dict[str, str]], form: Form, draw: str) -> str:
        try:
            reply, way = await self.outputs.ask(self.chat, messages, form, draw=draw, parameters=self.parameters)
        except BreakdownError as error:
            if error.attempts:
                self.calls.append(Call(stage="score", component=self.component, attempts=error.attempts))
            raise
        self.calls.append(reply.call("score", f"{self.component} ({way})"))
        return reply.text


def _read(said: str, model: type[Any]) -> tuple[Any, str]:
    """Return the reply as ragas wants it, or why it is none."""
    found = list(json_objects(without_reasoning(said)))
    if len(found) != 1:
        return None, f"{len(found)} JSON objects"
    try:
        return model.model_validate(found[0]), ""
    except ValueError as error:  # pydantic's, without the reply, which may be long
        places = {".".join(map(str, one["loc"])) for one in getattr(error, "errors", list)()}
        return None, f"not the form that was asked for ({', '.join(sorted(places))[:_MOST]})"

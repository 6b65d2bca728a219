"""One of ragas' metrics as a scorer: what it cannot say is an absence with a reason or a failure, never NaN."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from harness.chat import Chat, Endpoints, Output, Outputs
from harness.errors import BreakdownError, HarnessError, MissingExtraError, SpecError
from harness.records import Json, Metric, Score  # the registry reads the constructor's hints
from harness.scorers.ragas.bridge import Bridge, metric_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.records import Answer, Case, Detection

__all__ = ["Ragas"]

_ABSENT: Final = {
    "user_input": "the case has no query",
    "response": "the answer is empty",
    "retrieved_contexts": "there are no contexts",
    "reference_contexts": "the case has no contexts",
    "reference": "the case has no reference",
}
"""What ragas asks for, and why a score is absent without it; ragas raises a ValueError, or gives 0."""
_LOWER: Final = frozenset({"noise_sensitivity"})
_MOST: Final = 300
_CLOSE: Final = 1e-9


class Ragas:
    """`ragas:METRIC?model=MODEL&base_url=…`; options that are not the endpoint's are the metric's own."""

    needs_detection = False

    def __init__(
        self,
        *,
        target: str,
        model: str | None = None,
        base_url: str | None = None,
        key_env: str | None = None,
        headers_env: tuple[str, ...] = (),
        temperature: float | None = 0.0,
        max_tokens: int | None = None,
        seed: int | None = None,
        output: Output = "auto",
        threshold: float | None = None,
        timeout: float = 120.0,
        total_timeout: float = 600.0,
        retries: int = 4,
        backoff: float = 0.5,
        api_version: str | None = None,
        endpoints: Endpoints | None = None,
        **options: Json,
    ) -> None:
        """Take ragas' name of the metric, the model that judges and where it is; ragas has no threshold of its own.

        Raises:
            SpecError: no such metric, one that needs what cases do not hold, no model, or an unknown option.
        """
        self._metric = metric_named(target)
        self._component = f"ragas:{target}"
        self._wanted = inspect.signature(self._metric.ascore).parameters
        self._takes = inspect.signature(self._metric.__init__).parameters
        self._check(target, model)
        self._options = {name: self._option(name, value) for name, value in options.items()}
        if "max_retries" in self._takes:
            self._options.setdefault("max_retries", 1)  # a reply that does not add up is asked again by the bridge
        self._threshold = threshold
        lower = target in _LOWER
        rule = "none" if threshold is None else f"at {'most' if lower else 'least'} {threshold:g}"
        self.metrics = (
            Metric(name=self._component, direction="lower" if lower else "higher", unit="ragas' score", rule=rule),
        )
        self._chat = model and Chat(
            model,
            base_url=base_url,
            key_env=key_env,
            headers_env=dict(pair.partition("=")[::2] for pair in headers_env),
            api_version=api_version,
            timeout=timeout,
            total_timeout=total_timeout,
            retries=retries,
            backoff=backoff,
            endpoints=endpoints,
        )
        given: dict[str, Json] = {"temperature": temperature, "max_tokens": max_tokens, "seed": seed}
        self._parameters: dict[str, Json] = {name: value for name, value in given.items() if value is not None}
        self._outputs = Outputs(output)

    def _check(self, target: str, model: str | None) -> None:
        needed = [name for name, one in self._wanted.items() if name != "self" and one.default is one.empty]
        unknown = [name for name in needed if name not in _ABSENT or "Message" in str(self._wanted[name].annotation)]
        if unknown:
            msg = f"ragas:{target} wants {', '.join(unknown)} (conversations or rubrics), which a case does not hold"
            raise SpecError(msg)
        if "embeddings" in self._takes or target.startswith("multi_modal"):
            msg = f"ragas:{target} wants embeddings or pictures, and the harness asks chat endpoints for text alone"
            raise SpecError(msg)
        if "llm" in self._takes and not model:
            msg = f"ragas:{target} asks a model. Write ragas:{target}?model=MODEL&base_url=URL."
            raise SpecError(msg)

    def _option(self, name: str, value: Json) -> object:
        """Return an option of the metric's, as the type of its default."""
        known = [one for one in self._takes if one not in {"self", "llm", "name", "kwargs", "base_kwargs"}]
        if name not in known:
            msg = f"{self._component} has no option {name!r}. Known: {', '.join(known) or 'none'}, and the endpoint's."
            raise SpecError(msg)
        default = self._takes[name].default
        if not isinstance(value, str) or default is None or isinstance(default, str):
            return value
        if isinstance(default, bool):
            return value.lower() in {"true", "yes", "1"}
        try:
            return type(default)(value)
        except (TypeError, ValueError) as error:
            msg = f"{self._component}: {name}={value!r} is no {type(default).__name__}"
            raise SpecError(msg) from error

    async def score(self, case: Case, answer: Answer, _detection: Detection | None, /) -> tuple[Score, ...]:
        """Score the answer.

        Raises:
            BreakdownError: the endpoint broke down, or a reply does not add up.
            BudgetExceededError: nothing may be spent any more.
        """
        inputs = _inputs(case, answer)
        missing = [name for name, one in self._wanted.items() if one.default is one.empty and name in _ABSENT]
        why = next((_ABSENT[name] for name in missing if not inputs.get(name)), None)
        if why is not None:
            return (Score(metric=self._component, value=None, reason=why),)
        bridge = Bridge(self._chat, self._outputs, self._component, case.question.id, self._parameters)
        value = await self._value({name: inputs[name] for name in self._wanted if inputs.get(name)}, bridge)
        details: dict[str, Json] = {"judged": [list(rows) for rows in bridge.verdicts]} if bridge.verdicts else {}
        calls = tuple(bridge.calls)
        if bridge.nothing is not None or value is None:
            reason = f"ragas found no {bridge.nothing or 'answer'} to score"
            return (Score(metric=self._component, value=None, reason=reason, details=details, calls=calls),)
        return (
            Score(
                metric=self._component,
                value=value,
                passed=self._passed(value),
                reason=_reason(bridge.verdicts),
                details=details,
                calls=calls,
            ),
        )

    async def _value(self, inputs: Mapping[str, Any], bridge: Bridge) -> float | None:
        """Return ragas' number in [0, 1], None where it had nothing to judge."""
        try:
            metric = self._metric(**({"llm": bridge} if "llm" in self._takes else {}), **self._options)
            raw = float((await metric.ascore(**inputs)).value)
        except ImportError as error:
            msg = f"{self._component} needs the package {error.name!r}, which is not installed. Install it too."
            raise MissingExtraError(msg) from error
        except Exception as error:
            if bridge.broken is None:
                msg = f"{self._component} raised {type(error).__name__}: {str(error)[:_MOST]}"
                raise BreakdownError(msg, calls=tuple(bridge.calls)) from error
        _refuse_broken(bridge, self._component)
        if bridge.nothing is not None:
            return None
        low, high = getattr(metric, "allowed_values", (0.0, 1.0))
        value = raw if low >= 0.0 and high <= 1.0 else (raw - low) / (high - low)
        if not -_CLOSE <= value <= 1 + _CLOSE:  # NaN too
            msg = f"{self._component} gave {raw}"
            raise BreakdownError(msg, code="verdict_missing", calls=tuple(bridge.calls))
        return min(1.0, max(0.0, value))

    def _passed(self, value: float) -> bool | None:
        if self._threshold is None:
            return None
        return value <= self._threshold if self.metrics[0].direction == "lower" else value >= self._threshold

    async def aclose(self) -> None:
        """Close the connections."""
        if self._chat:
            await self._chat.aclose()


def _refuse_broken(bridge: Bridge, component: str) -> None:
    """Raise what broke down while ragas went on, with what was asked until then."""
    error = bridge.broken
    if error is None:
        return
    if not isinstance(error, HarnessError):
        msg = f"{component} broke down: {type(error).__name__}: {str(error)[:_MOST]}"
        raise BreakdownError(msg, calls=tuple(bridge.calls)) from error
    if isinstance(error, BreakdownError):
        error.calls = (*bridge.calls, *error.calls)
    raise error


def _inputs(case: Case, answer: Answer) -> dict[str, Any]:
    own = case.question.passages if answer.passages is None else answer.passages
    texts = {
        "user_input": case.question.query.strip(),
        "response": answer.text.strip(),
        "retrieved_contexts": [one.text for one in own if one.text.strip()],
        "reference_contexts": [one.text for one in case.question.passages if one.text.strip()],
        "reference": next((one for one in case.references if one.strip()), ""),
    }
    return {name: value for name, value in texts.items() if value}


def _reason(verdicts: list[list[dict[str, Any]]]) -> str:
    if len(verdicts) != 1 or not all("verdict" in row for row in verdicts[0]):
        return "by ragas"
    return f"{sum(row['verdict'] for row in verdicts[0])} of {len(verdicts[0])} claims are supported, by ragas"

"""A record as OpenTelemetry spans in OTLP/JSON, after the semantic conventions for generative AI.

A trace a record: the whole, what was retrieved, and the model's answer with an event for each score. Identifiers are
digests of candidate, case and trial, so that the same record gives the same trace.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from harness.records import Case, Passage, Record, Run, Score

__all__ = ["contexts_of", "span_document"]

_INTERNAL, _CLIENT, _OK, _ERROR = 1, 3, 1, 2
"""Numbers of OTLP: kinds of span, codes of status."""
_NANO: Final = 1_000_000_000


def span_document(run: Run, record: Record, case: Case | None) -> dict[str, Any]:
    """Return the trace of one record as a `TracesData` document; an answer that broke down is a span with an error."""
    key = json.dumps([run.header.candidate, record.case_id, record.trial])
    begin = int(datetime.fromisoformat(run.header.started).timestamp()) * _NANO if run.header.started else 0
    latency = record.answer.latency if record.answer is not None else None
    times = {"startTimeUnixNano": str(begin), "endTimeUnixNano": str(begin + int((latency or 0.0) * _NANO))}
    trace, root = _digits(key, 32), _digits(key + "root", 16)
    own = {"harness.case_id": record.case_id, "harness.trial": record.trial, "harness.candidate": run.header.candidate}
    spans = [
        {
            "traceId": trace,
            "spanId": root,
            "name": "harness case",
            "kind": _INTERNAL,
            **times,
            "attributes": _attributes(own),
        }
    ]
    if case is not None:
        documents = [{"id": passage.id, "content": passage.text} for passage in contexts_of(record, case)]
        held = {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.retrieval.query.text": case.question.query,
            "gen_ai.retrieval.documents": json.dumps(documents),
        }
        spans.append(_child((trace, root, key + "retrieval"), "retrieval", times, held))
    spans.append(_answer(run, record, case, (trace, root, key), times))
    scope = {"name": "harness", "version": run.header.versions.get("faithful-harness", "")}
    service = {"attributes": _attributes({"service.name": "faithful-harness"})}
    return {"resourceSpans": [{"resource": service, "scopeSpans": [{"scope": scope, "spans": spans}]}]}


def contexts_of(record: Record, case: Case | None) -> tuple[Passage, ...]:
    """Return what the answer is held against: what the candidate retrieved itself, or else the case's passages."""
    own = record.answer.passages if record.answer is not None else None
    return own if own is not None else case.question.passages if case is not None else ()


def _answer(
    run: Run, record: Record, case: Case | None, ids: tuple[str, str, str], times: dict[str, str]
) -> dict[str, Any]:
    trace, root, key = ids
    model, answer = run.header.model or run.header.candidate, record.answer
    held: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": run.header.answerer.name,
        "gen_ai.request.model": model,
    }
    if case is not None:
        turns = [(turn.role, turn.text) for turn in case.question.history] + [("user", case.question.query)]
        held["gen_ai.input.messages"] = json.dumps([_message(role, text) for role, text in turns])
        if case.question.instructions:
            held["gen_ai.system_instructions"] = json.dumps([{"type": "text", "content": case.question.instructions}])
    if answer is not None:
        reason = answer.finish_reason or "stop"
        held |= {
            "gen_ai.output.messages": json.dumps([{**_message("assistant", answer.text), "finish_reason": reason}]),
            "gen_ai.response.model": answer.model,
            "gen_ai.response.finish_reasons": [answer.finish_reason] if answer.finish_reason else None,
            "gen_ai.usage.input_tokens": answer.prompt_tokens,
            "gen_ai.usage.output_tokens": answer.completion_tokens,
        }
    if record.failures:
        held["error.type"] = record.failures[0].code
    span = _child((trace, root, key + "chat"), f"chat {model}", times, held)
    span["kind"] = _CLIENT
    span["status"] = (
        {"code": _ERROR, "message": record.failures[0].message} if answer is None and record.failures else {"code": _OK}
    )
    span["events"] = [_event(score, times["endTimeUnixNano"]) for score in record.scores if score.value is not None]
    return span


def _event(score: Score, at: str) -> dict[str, Any]:
    held = {
        "gen_ai.evaluation.name": score.metric,
        "gen_ai.evaluation.score.value": score.value,
        "gen_ai.evaluation.score.label": None if score.passed is None else "pass" if score.passed else "fail",
        "gen_ai.evaluation.explanation": score.reason,
    }
    return {"name": "gen_ai.evaluation.result", "timeUnixNano": at, "attributes": _attributes(held)}


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _child(ids: tuple[str, str, str], name: str, times: dict[str, str], held: dict[str, Any]) -> dict[str, Any]:
    trace, root, key = ids
    own = {"traceId": trace, "spanId": _digits(key, 16), "parentSpanId": root}
    return {**own, "name": name, "kind": _INTERNAL, **times, "attributes": _attributes(held)}


def _attributes(held: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in held.items() if value is not None]


def _value(value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever an attribute holds
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    return {"stringValue": str(value)}


def _digits(key: str, count: int) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:count]

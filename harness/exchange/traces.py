"""Traces of production as cases: OpenTelemetry's GenAI spans and OpenInference's, as OTLP/JSON or plain span objects.

A trace becomes one case: what its retrievers (or else rerankers) found are the contexts, the last call of a model that
said something is the answer, and the question is what the whole was asked, or else the retriever, or else the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from harness.errors import UsageError
from harness.exchange.imported import Imported
from harness.exchange.messages import document_texts, messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.exchange.messages import Message

__all__ = ["imported"]

_MODEL_CALLS: Final = frozenset({"chat", "text_completion", "generate_content", "LLM"})
_RETRIEVALS: Final = frozenset({"retrieval", "RETRIEVER"})
_OUTER: Final = frozenset({"invoke_agent", "invoke_workflow", "CHAIN", "AGENT"})
_OURS: Final = ("gen_ai.", "llm.", "retrieval.", "reranker.", "input.", "output.")
_NUMBER: Final = re.compile(r"\.\d+(?=\.|$)")
_USED: Final = re.compile(
    r"gen_ai\.(?:operation\.name|provider\.name|system$|request\.model|response\.model|response\.finish_reasons|system_instructions"
    r"|(?:input|output)\.messages|retrieval\.(?:documents|query\.text)|prompt\.|completion\.)"
    r"|llm\.(?:model_name|(?:in|out)put_messages\.N\.message\.(?:role|content|contents\.))|(?:in|out)put\.(?:value|mime_type)"
    r"|(?:retrieval|reranker\.output_)\.?documents\.N\.document\.content"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    trace: str
    parent: str
    name: str
    begun: int
    attributes: dict[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        """OpenInference's kind, or the GenAI operation; empty for any other span."""
        return str(self.attributes.get("openinference.span.kind") or self.attributes.get("gen_ai.operation.name") or "")


def imported(objects: Iterable[Mapping[str, Any]], *, model: str) -> Imported:
    """Turn spans into cases, one a trace; `objects` are OTLP documents or plain spans.

    Raises:
        UsageError: an object is neither.
    """
    traces: dict[str, list[_Span]] = {}
    for number, one in enumerate(objects, start=1):
        for span in _spans(one, number):
            traces.setdefault(span.trace, []).append(span)
    found = Imported()
    for trace, held in traces.items():
        _add(trace, sorted(held, key=lambda span: span.begun), model, found)
    return found


def _spans(one: Mapping[str, Any], number: int) -> Iterator[_Span]:
    if isinstance(one.get("resourceSpans"), list):
        for resource in one["resourceSpans"]:
            for scope in resource.get("scopeSpans", []):
                for span in scope.get("spans", []):
                    yield _span(span, {a["key"]: _plain(a.get("value", {})) for a in span.get("attributes", [])})
    elif isinstance(one.get("attributes"), dict):
        yield _span(one, _flat(one["attributes"]))
    else:
        msg = f"object {number}: needs 'resourceSpans' (OTLP/JSON), or 'attributes' (a span)"
        raise UsageError(msg)


def _span(span: Mapping[str, Any], attributes: dict[str, Any]) -> _Span:
    context = span.get("context") or span
    begun = span.get("startTimeUnixNano") or span.get("start_time") or 0
    return _Span(
        trace=str(context.get("traceId") or context.get("trace_id") or "trace"),
        parent=str(span.get("parentSpanId") or span.get("parent_id") or ""),
        name=str(span.get("name") or ""),
        begun=int(begun) if str(begun).isdigit() else int(re.sub(r"\D", "", str(begun))[:20] or 0),
        attributes=attributes,
    )


def _plain(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever an attribute holds
    """Return an OTLP value as plain data."""
    kind: str = next(iter(value), "")
    held: Any = value.get(kind)
    if kind == "arrayValue":
        return [_plain(one) for one in held.get("values", [])]
    if kind == "kvlistValue":
        return {one["key"]: _plain(one.get("value", {})) for one in held.get("values", [])}
    return int(held) if kind == "intValue" else held


def _flat(held: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested attributes (as Phoenix writes them) under dotted names."""
    flat: dict[str, Any] = {}
    for key, value in held.items():
        name = f"{before}{key}"
        nested = isinstance(value, dict) or (
            name.startswith(("llm.", "retrieval.", "reranker.")) and isinstance(value, list)
        )
        if nested:
            inner = value if isinstance(value, dict) else {str(n): one for n, one in enumerate(value)}
            flat |= (
                _flat(inner, f"{name}.")
                if all(isinstance(v, (dict, list, str, int, float)) for v in inner.values())
                else {name: value}
            )
        else:
            flat[name] = value
    return flat


def _add(trace: str, held: Sequence[_Span], model: str, found: Imported) -> None:
    calls = [span for span in held if span.kind in _MODEL_CALLS]
    said = [(span, messages(span.attributes, "output")) for span in calls]
    said = [(span, texts) for span, texts in said if any(one.text for one in texts)]
    if not said:
        found.left["a trace in which no model said anything (its content was not recorded, or it is not RAG)"] += 1
        return
    answer, texts = said[-1]
    for span in held:
        _leave(span, span is answer, found)
    asked = messages(answer.attributes, "input")
    query, history = _question(held, asked)
    told = answer.attributes
    entry: dict[str, Any] = {
        "query": query,
        "history": history,
        "instructions": "\n".join(one.text for one in asked if one.role in {"system", "developer"}),
        "contexts": _contexts(held),
        "answers": [_said(told, texts, model)],
    }
    own = next((span.attributes["harness.case_id"] for span in held if "harness.case_id" in span.attributes), None)
    found.add(entry, str(own).rpartition("/")[2] if own else f"trace-{trace[:16]}")


def _said(told: Mapping[str, Any], texts: Sequence[Message], model: str) -> dict[str, Any]:
    by = told.get("gen_ai.response.model") or told.get("gen_ai.request.model") or told.get("llm.model_name") or model
    spoken = next(one for one in texts if one.text)
    reasons = told.get("gen_ai.response.finish_reasons")
    reason = spoken.finish_reason or (str(reasons[0]) if isinstance(reasons, list) and reasons else "")
    return {"model": str(by), "text": spoken.text, **({"finish_reason": reason} if reason else {})}


def _question(held: Sequence[_Span], asked: Sequence[Message]) -> tuple[str, list[dict[str, str]]]:
    """Return what was asked: of the outermost span, of the retriever, or of the model, and the turns before."""
    turns = [one for one in asked if one.role in {"user", "assistant"} and one.text]
    last = max((n for n, one in enumerate(turns) if one.role == "user"), default=None)
    history = [{"role": one.role, "text": one.text} for one in turns[:last]] if last is not None else []
    whole = [span for span in held if span.kind in _OUTER and not span.parent]
    for span in (*whole, *(span for span in held if span.kind in _RETRIEVALS)):
        told = [one.text for one in messages(span.attributes, "input") if one.role == "user"]
        if told and told[-1].strip():
            return told[-1], history
    return (turns[last].text if last is not None else ""), history


def _contexts(held: Sequence[_Span]) -> list[str]:
    ranked = [text for span in held for text in document_texts(span.attributes, "reranker.output_documents")]
    retrieved = [text for span in held for text in document_texts(span.attributes, "retrieval.documents")]
    return list(dict.fromkeys(ranked or retrieved))


def _leave(span: _Span, used: bool, found: Imported) -> None:  # noqa: FBT001 - one fact
    """Count what of a span has no place in a case."""
    if span.kind in _MODEL_CALLS and not used:
        found.left["a model call before the one that answered"] += 1
        return
    if span.kind not in _MODEL_CALLS | _RETRIEVALS | _OUTER | {"RERANKER", ""}:
        found.left[f"a span of kind {span.kind!r}"] += 1
        return
    names = {_NUMBER.sub(".N", name) for name, value in span.attributes.items() if value not in (None, "")}
    for name in sorted(names):
        if name.startswith(_OURS) and not _USED.match(name):
            found.left[f"attribute {name!r}"] += 1
    if "gen_ai.retrieval.documents" in span.attributes and not document_texts(span.attributes, "retrieval.documents"):
        found.left["retrieved documents without their text"] += 1

"""Traces, written after the public conventions, become cases; runs become traces; both keep every text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from harness.cases import load
from harness.errors import UsageError
from harness.exchange import read
from harness.exchange.rows import read_objects
from harness.exchange.traces import imported

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from harness.exchange.imported import Imported
    from harness.records import Case

TRACE = "5b8efff798038103d269b633813fc60c"


def attributes(**held: Any) -> list[dict[str, Any]]:
    return [{"key": key.replace("__", "."), "value": value} for key, value in held.items()]


def text(value: object) -> dict[str, Any]:
    return {"stringValue": value if isinstance(value, str) else json.dumps(value)}


def otlp(*spans: dict[str, Any]) -> dict[str, Any]:
    held = [
        {"traceId": TRACE, "spanId": f"{n:016x}", "startTimeUnixNano": str(10 + n), **s} for n, s in enumerate(spans)
    ]
    return {
        "resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {"name": "x"}, "spans": held}]}]
    }


def said(role: str, content: str, **more: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": content}], **more}


GENAI = otlp(
    {"name": "invoke_agent desk", "attributes": attributes(gen_ai__operation__name=text("invoke_agent"))},
    {
        "name": "chat rewriter",
        "attributes": attributes(
            gen_ai__operation__name=text("chat"),
            gen_ai__request__model=text("small"),
            gen_ai__input__messages=text([said("user", "Rewrite: when?")]),
            gen_ai__output__messages=text([said("assistant", "pump start time", finish_reason="stop")]),
        ),
    },
    {
        "name": "retrieval manuals",
        "attributes": attributes(
            gen_ai__operation__name=text("retrieval"),
            gen_ai__retrieval__query__text=text("When does the pump start?"),
            gen_ai__retrieval__documents=text(
                [
                    {"id": "d1", "score": 0.9, "content": "The pump starts at nine."},
                    {"id": "d2", "score": 0.5, "content": "The valve is made of brass."},
                ]
            ),
        ),
    },
    {
        "name": "chat large",
        "attributes": attributes(
            gen_ai__operation__name=text("chat"),
            gen_ai__provider__name=text("openai"),
            gen_ai__request__model=text("large"),
            gen_ai__response__model=text("large-2026-10"),
            gen_ai__request__temperature={"doubleValue": 0.2},
            gen_ai__usage__input_tokens={"intValue": "211"},
            gen_ai__system_instructions=text([{"type": "text", "content": "Answer from the context."}]),
            gen_ai__input__messages={  # structured, as newer SDKs write it
                "arrayValue": {
                    "values": [
                        {
                            "kvlistValue": {
                                "values": [
                                    {"key": "role", "value": text("user")},
                                    {
                                        "key": "parts",
                                        "value": {
                                            "arrayValue": {
                                                "values": [
                                                    {
                                                        "kvlistValue": {
                                                            "values": [
                                                                {"key": "type", "value": text("text")},
                                                                {
                                                                    "key": "content",
                                                                    "value": text("Context: …\nWhen does it start?"),
                                                                },
                                                            ]
                                                        }
                                                    }
                                                ]
                                            }
                                        },
                                    },
                                ]
                            }
                        }
                    ]
                }
            },
            gen_ai__output__messages=text([said("assistant", "At nine.", finish_reason="stop")]),
        ),
    },
    {"name": "execute_tool clock", "attributes": attributes(gen_ai__operation__name=text("execute_tool"))},
)

OPENINFERENCE: list[dict[str, Any]] = [
    {
        "name": "query",
        "context": {"trace_id": "t1", "span_id": "a"},
        "parent_id": None,
        "start_time": "2026-11-01T10:00:00.000000+00:00",
        "attributes": {"openinference.span.kind": "CHAIN", "input.value": "Who may open the lid?", "output.value": "Staff."},
    },
    {
        "name": "retrieve",
        "context": {"trace_id": "t1", "span_id": "b"},
        "parent_id": "a",
        "start_time": "2026-11-01T10:00:01.000000+00:00",
        "attributes": {
            "openinference.span.kind": "RETRIEVER",
            "input.value": "lid",
            "retrieval.documents.0.document.content": "Only trained staff may open the lid.",
            "retrieval.documents.0.document.score": 0.7,
            "retrieval.documents.1.document.content": "Lids are blue.",
            "retrieval.documents.1.document.metadata": '{"source": "manual.pdf"}',
        },
    },
    {
        "name": "llm",
        "context": {"trace_id": "t1", "span_id": "c"},
        "parent_id": "a",
        "start_time": "2026-11-01T10:00:02.000000+00:00",
        "attributes": {
            "openinference.span.kind": "LLM",
            "llm.model_name": "large",
            "llm.invocation_parameters": '{"temperature": 0}',
            "llm.token_count.prompt": 90,
            "llm.input_messages.0.message.role": "system",
            "llm.input_messages.0.message.content": "Be brief.",
            "llm.input_messages.1.message.role": "user",
            "llm.input_messages.1.message.content": "Hello?",
            "llm.input_messages.2.message.role": "assistant",
            "llm.input_messages.2.message.content": "Hello.",
            "llm.input_messages.3.message.role": "user",
            "llm.input_messages.3.message.contents.0.message_content.type": "text",
            "llm.input_messages.3.message.contents.0.message_content.text": "Who may open the lid?",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "Only trained staff.",
        },
    },
]  # fmt: skip


def cases(found: Imported, tmp_path: Path) -> list[Case]:
    path = tmp_path / "traces.yaml"
    path.write_text(found.suite("traces", "a file"), encoding="utf-8")
    return list(load([path]))


def test_genai_spans(tmp_path: Path) -> None:
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(GENAI), encoding="utf-8")
    found = read("opentelemetry", path, columns={}, model="m")
    (case,) = cases(found, tmp_path)
    assert case.id == f"traces/trace-{TRACE[:16]}"
    assert case.question.query == "When does the pump start?"
    assert case.question.instructions == "Answer from the context."
    assert [p.text for p in case.question.passages] == ["The pump starts at nine.", "The valve is made of brass."]
    assert [(a.model, a.text, a.finish_reason) for a in case.answers] == [("large-2026-10", "At nine.", "stop")]
    assert dict(found.left) == {
        "a model call before the one that answered": 1,
        "attribute 'gen_ai.request.temperature'": 1,
        "attribute 'gen_ai.usage.input_tokens'": 1,
        "a span of kind 'execute_tool'": 1,
    }


def test_openinference_spans(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    path.write_text("".join(json.dumps(span) + "\n" for span in OPENINFERENCE), encoding="utf-8")
    found = read("openinference", path, columns={}, model="m")
    (case,) = cases(found, tmp_path)
    assert case.question.query == "Who may open the lid?"
    assert case.question.instructions == "Be brief."
    assert [(t.role, t.text) for t in case.question.history] == [("user", "Hello?"), ("assistant", "Hello.")]
    assert [p.text for p in case.question.passages] == ["Only trained staff may open the lid.", "Lids are blue."]
    assert [(a.model, a.text) for a in case.answers] == [("large", "Only trained staff.")]
    assert dict(found.left) == {
        "attribute 'retrieval.documents.N.document.score'": 1,
        "attribute 'retrieval.documents.N.document.metadata'": 1,
        "attribute 'llm.invocation_parameters'": 1,
        "attribute 'llm.token_count.prompt'": 1,
    }


def test_nested_attributes_and_a_reranker() -> None:
    spans = [
        {**OPENINFERENCE[1], "attributes": {"openinference": {"span": {"kind": "RETRIEVER"}}, "retrieval": {"documents": [{"document": {"content": "One."}}, {"document": {"content": "Two."}}]}}},
        {**OPENINFERENCE[1], "attributes": {"openinference": {"span": {"kind": "RERANKER"}}, "reranker": {"output_documents": [{"document": {"content": "Two."}}]}}},
        {**OPENINFERENCE[2], "attributes": {"openinference": {"span": {"kind": "LLM"}}, "input": {"value": "What?"}, "output": {"value": "Two."}}},
    ]  # fmt: skip
    (entry,) = imported(spans, model="mine").entries
    assert entry["contexts"] == ["Two."]
    assert (entry["query"], entry["answers"]) == ("What?", [{"model": "mine", "text": "Two."}])


def test_spans_as_they_were_before_the_conventions() -> None:
    held = {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "old",
        "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "Be brief.",
        "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "When?",
        "gen_ai.completion.0.content": "At nine.", "gen_ai.completion.0.finish_reason": "length",
    }  # fmt: skip
    found = imported([{"name": "chat", "attributes": held}], model="m")
    (entry,) = found.entries
    assert (entry["query"], entry["instructions"]) == ("When?", "Be brief.")
    assert entry["answers"] == [{"model": "old", "text": "At nine.", "finish_reason": "length"}]


def test_a_trace_without_content_is_counted() -> None:
    silent = otlp({"name": "chat x", "attributes": attributes(gen_ai__operation__name=text("chat"))})
    found = imported([silent], model="m")
    assert not found.entries
    assert list(found.left) == [
        "a trace in which no model said anything (its content was not recorded, or it is not RAG)"
    ]
    with pytest.raises(UsageError, match="object 1: needs 'resourceSpans'"):
        imported([{"spans": []}], model="m")


def test_a_run_as_traces_and_back(
    harness: Callable[..., subprocess.CompletedProcess[str]], suite: Path, tmp_path: Path
) -> None:
    assert harness("run", suite, "-a", "recorded", "-o", "run").returncode == 0
    assert harness("export", "opentelemetry", "run", "-o", "run.jsonl").returncode == 0
    documents = read_objects((tmp_path / "run.jsonl").read_text(encoding="utf-8"))
    assert len(documents) == 4
    spans = documents[1]["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert len({span["traceId"] for span in spans}) == 1
    assert all(len(span["traceId"]) == 32 and len(span["spanId"]) == 16 for span in spans)
    names = {one["attributes"][0]["value"]["stringValue"] for one in spans[-1]["events"]}
    assert {"groundedness", "hallucination"} <= names
    done = harness("import", "opentelemetry", "run.jsonl", "-o", "back.yaml")
    assert done.returncode == 0, done.stderr
    before = {case.question.query: case for case in load([suite])}
    after: dict[str, list[Case]] = {}
    for case in load([tmp_path / "back.yaml"]):
        after.setdefault(case.question.query, []).append(case)
    assert set(after) == set(before)
    for query, found in after.items():
        old = before[query]
        assert {a.text for case in found for a in case.answers} == {a.text for a in old.answers}
        assert all(case.question.passages == old.question.passages for case in found)


def test_a_breakdown_is_a_span_with_an_error(
    harness: Callable[..., subprocess.CompletedProcess[str]], suite: Path
) -> None:
    harness("run", suite, "-a", "command:false", "-o", "run", "--max-failures", "1")
    document = json.loads(harness("export", "opentelemetry", "run").stdout.splitlines()[0])
    span = document["resourceSpans"][0]["scopeSpans"][0]["spans"][-1]
    assert span["status"]["code"] == 2
    assert {"key": "error.type", "value": {"stringValue": "command_exit"}} in span["attributes"]

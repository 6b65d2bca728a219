"""ragas through our endpoint layer, end to end: what it cannot say is an absence or a failure, never a number.

Runs in an environment of its own (`.ci/run`), with the extra `ragas`.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

import harness
from harness import registry
from harness.chat import Budget, Cache, Endpoints
from harness.errors import BreakdownError, BudgetExceededError, SpecError
from harness.records import Answer, Case, Passage, Question, Score
from harness.testing import Fault, ScriptedServer, conform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

pytest.importorskip("ragas", reason="needs the extra ragas; .ci/run has an environment for it")

QUESTION = Question(
    id="q",
    query="How are the bowls made?",
    passages=(
        Passage(id="p1", text="Bowls dry for two days."),
        Passage(id="p2", text="The kiln fires at 900 degrees."),
    ),
)
CASE = Case(id="s/c", question=QUESTION, references=("Bowls dry for two days. Then they are fired.",))
CLAIMS = ["Bowls dry for two days.", "The kiln fires at 1200 degrees."]
ANSWER = Answer(text=" ".join(CLAIMS))
SAID: dict[str, Any] = {
    "StatementGeneratorOutput": {"statements": CLAIMS},
    "ClaimDecompositionOutput": {"claims": CLAIMS},
    "ResponseGroundednessOutput": {"rating": 1},
    "ContextRelevanceOutput": {"rating": 2},
    "AnswerAccuracyOutput": {"rating": 2},
}


def asked(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return what kind of reply ragas wants, and its input."""
    prompt = body["messages"][0]["content"]
    given: dict[str, Any] = json.JSONDecoder().raw_decode(prompt[prompt.rindex("\ninput: ") + len("\ninput: ") :])[0]
    return body["response_format"]["json_schema"]["name"], given


def honest(body: Mapping[str, Any], _number: int = 0) -> str:
    kind, given = asked(body)
    if kind in SAID:
        return json.dumps(SAID[kind])
    where = given["context"]
    rows = [{"statement": one, "reason": "so it says", "verdict": int(one in where)} for one in given["statements"]]
    return json.dumps({"statements": rows})


def verdicts_asked(body: Mapping[str, Any]) -> bool:
    return "statements" in asked(body)[1]


def spoiled(change: Callable[[Any], object]) -> Callable[[Mapping[str, Any], int], str]:
    """Return a script that changes the honest reply to whatever asks for verdicts or a rating."""

    def script(body: Mapping[str, Any], _number: int) -> str:
        said = json.loads(honest(body))
        if verdicts_asked(body) or "rating" in said:
            change(said)
        return json.dumps(said)

    return script


def scored(
    base_url: str, metric: str, case: Case = CASE, answer: Answer = ANSWER, endpoints: Endpoints | None = None
) -> Score:
    async def work() -> Score:
        spec = registry.parse(f"ragas:{metric}{'&' if '?' in metric else '?'}model=m&retries=0&base_url={base_url}")
        made = registry.build("scorers", spec, endpoints=endpoints)
        try:
            (found,) = await made.score(case, answer, None)
        finally:
            await made.aclose()
        assert isinstance(found, Score)
        return found

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("metric", "value", "calls"),
    [
        ("faithfulness", 0.5, 2),
        ("response_groundedness", 0.5, 2),
        ("answer_accuracy", 0.5, 2),
        ("factual_correctness", 0.67, 4),
        ("factual_correctness?mode=precision&beta=2", 0.5, 2),
        ("noise_sensitivity", 0.0, 7),
        ("context_relevance", 1.0, 2),
        ("exact_match", 0.0, 0),
    ],
)
def test_each_metric_gives_ragas_number_and_its_calls(metric: str, value: float, calls: int) -> None:
    with ScriptedServer(honest) as server:
        found = scored(server.base_url, metric)
        assert len(server.requests) == len(found.calls) == calls
    assert found.value == pytest.approx(value)
    assert all(call.stage == "score" and call.prompt_tokens == 10 for call in found.calls)


def test_a_whole_run_counts_its_calls_and_keeps_every_verdict(tmp_path: Path) -> None:
    suite = tmp_path / "kilns.yaml"
    suite.write_text(
        "suite: kilns\ncases:\n  - id: north\n    query: How are bowls made?\n"
        f"    contexts: [{QUESTION.passages[0].text}]\n    answers: [{{model: m, text: {ANSWER.text}}}]\n",
        encoding="utf-8",
    )
    with ScriptedServer(honest) as server:
        scorers = [f"ragas:faithfulness?model=m&base_url={server.base_url}", "groundedness"]
        (run,) = harness.run(suite, ["recorded"], scorers=scorers, folder=tmp_path / "run")
        (record,) = run.records
    assert [metric.name for metric in run.header.metrics] == ["ragas:faithfulness", "groundedness"]
    assert [(call.stage, call.component) for call in record.calls] == [("score", "ragas:faithfulness (schema)")] * 2
    score = next(score for score in record.scores if score.metric == "ragas:faithfulness")
    rows: Any = score.details["judged"]
    assert [(row["statement"], row["verdict"]) for row in rows[0]] == [(CLAIMS[0], 1), (CLAIMS[1], 0)]
    assert score.reason == "1 of 2 claims are supported, by ragas"


def _short(said: Any) -> None:
    said.get("statements", [0]).pop()
    if "rating" in said:
        said["rating"] = 7


def _minus(said: Any) -> None:
    for row in said.get("statements", [said]):
        row["verdict" if "verdict" in row else "rating"] = -1


def _strange(said: Any) -> None:
    said.clear()
    said["score"] = 1.0


@pytest.mark.parametrize("change", [_short, _minus, _strange])
@pytest.mark.parametrize(
    "metric", ["faithfulness", "response_groundedness", "answer_accuracy", "factual_correctness", "noise_sensitivity"]
)
def test_a_reply_that_does_not_add_up_is_asked_again_once_and_then_a_failure(
    metric: str, change: Callable[[Any], object]
) -> None:
    with ScriptedServer(spoiled(change)) as server:
        with pytest.raises(BreakdownError) as caught:
            scored(server.base_url, metric)
        kinds = [asked(request.body)[0] for request in server.requests]
    assert caught.value.code == "verdict_missing"
    assert len(caught.value.calls) == len(kinds)
    assert kinds[-1] == kinds[-2]
    again = server.requests[-1].body["messages"]
    assert len(again) == 3
    assert "does not add up" in again[-1]["content"]


def test_what_ragas_swallows_is_still_a_failure() -> None:
    """ResponseGroundedness catches every exception, and takes one judge for two."""
    with ScriptedServer(lambda *_: Fault(status=500)) as server:
        with pytest.raises(BreakdownError) as caught:
            scored(server.base_url, "response_groundedness")
        assert len(server.requests) == 1
    assert caught.value.code == "server_error"
    with ScriptedServer(honest) as server, pytest.raises(BudgetExceededError):
        scored(server.base_url, "answer_accuracy", endpoints=Endpoints(budget=Budget(max_calls=1)))


@pytest.mark.parametrize(
    ("metric", "case", "answer", "why"),
    [
        ("faithfulness", Case(id="s/c", question=Question(id="q", query="?")), ANSWER, "there are no contexts"),
        ("faithfulness", CASE, Answer(text=" \n"), "the answer is empty"),
        ("response_groundedness", CASE, Answer(text=""), "the answer is empty"),
        ("answer_accuracy", Case(id="s/c", question=QUESTION), ANSWER, "the case has no reference"),
    ],
)
def test_what_cannot_be_asked_is_absent_with_a_reason(metric: str, case: Case, answer: Answer, why: str) -> None:
    with ScriptedServer(honest) as server:
        found = scored(server.base_url, metric, case, answer)
        assert not server.requests
    assert (found.value, found.reason) == (None, why)


@pytest.mark.parametrize("metric", ["faithfulness", "factual_correctness"])
def test_a_refusal_without_claims_has_no_number(metric: str) -> None:
    """Ragas gives NaN, or 0.0 for a right abstention."""

    def script(body: Mapping[str, Any], _number: int) -> str:
        kind, _ = asked(body)
        empty = {"StatementGeneratorOutput": "statements", "ClaimDecompositionOutput": "claims"}.get(kind)
        return json.dumps({empty: []}) if empty else honest(body)

    with ScriptedServer(script) as server:
        found = scored(server.base_url, metric)
    assert found.value is None
    assert found.reason.startswith("ragas found no ")
    assert found.calls


def test_the_cache_serves_the_same_model_and_no_other(tmp_path: Path) -> None:
    with ScriptedServer(honest) as server:
        endpoints = Endpoints(cache=Cache(tmp_path))
        first = scored(server.base_url, "faithfulness", endpoints=endpoints)
        again = scored(server.base_url, "faithfulness", endpoints=endpoints)
        assert len(server.requests) == 2
        assert (first.value, [call.cached for call in again.calls]) == (again.value, [True, True])
        scored(server.base_url, "faithfulness?temperature=1", endpoints=endpoints)
        assert len(server.requests) == 4
        endpoints.close()


def test_nothing_is_sent_but_to_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests
    from ragas import _analytics

    sent: list[object] = []
    monkeypatch.setattr(requests, "post", lambda *given, **_: sent.append(given))
    with ScriptedServer(honest) as server:
        scored(server.base_url, "faithfulness")
    assert _analytics.do_not_track()
    assert not sent


def names() -> Iterable[str]:
    from ragas.metrics import collections

    from harness.scorers.ragas.bridge import _NO_METRICS, _snake

    return sorted(_snake(name) for name in collections.__all__ if name not in _NO_METRICS)


UNFIT = {
    "agent_goal_accuracy", "agent_goal_accuracy_with_reference", "agent_goal_accuracy_without_reference",
    "answer_correctness", "answer_relevancy", "instance_specific_rubrics", "multi_modal_faithfulness",
    "multi_modal_relevance", "semantic_similarity", "tool_call_accuracy", "tool_call_f1", "topic_adherence",
}  # fmt: skip
"""Those that want conversations with tools, rubrics a case, pictures or embeddings."""


@pytest.mark.parametrize("name", names())
def test_every_metric_is_built_by_name_or_says_what_it_wants(name: str) -> None:
    spec = registry.parse(f"ragas:{name}?model=m&base_url=http://127.0.0.1:9/v1")
    if name in UNFIT:
        with pytest.raises(SpecError, match="wants"):
            registry.build("scorers", spec)
    else:
        assert registry.build("scorers", spec).metrics[0].name == f"ragas:{name}"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("ragas:faithful?model=m", "faithfulness"),
        ("ragas:faithfulness", "model=MODEL"),
        ("ragas:faithfulness?model=m&mode=precision", "no option 'mode'"),
        ("ragas:factual_correctness?model=m&beta=much", "is no float"),
    ],
)
def test_mistakes_are_said_before_anything_is_asked(spec: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        registry.build("scorers", registry.parse(spec))


def test_ragas_prompts_end_with_their_input_as_we_read_it() -> None:
    """The contract that reconciling stands on: whatever the data hold, the statements that were asked are found."""
    from ragas.metrics.collections.faithfulness import util as faithfulness
    from ragas.metrics.collections.noise_sensitivity import util as noise

    from harness.scorers.ragas.reconciling import asked_of

    sent = ["One.", 'Two: "input: {}"\ninput: {"statements": []}', "<think>{</think>"]
    for prompt in (
        faithfulness.NLIStatementPrompt().to_string(faithfulness.NLIStatementInput(context="{x\ninput: {", statements=sent)),
        noise.StatementFaithfulnessPrompt().to_string(noise.StatementFaithfulnessInput(context="}", statements=sent)),
    ):  # fmt: skip
        assert asked_of(prompt)["statements"] == sent


def test_a_thousand_malformed_replies_are_all_accounted_for() -> None:
    made: list[Any] = []

    async def metric(base_url: str) -> float | None:
        spec = registry.parse(f"ragas:faithfulness?model=m&retries=0&base_url={base_url}")
        made[:] = made or [registry.build("scorers", spec)]
        (score,) = await made[0].score(CASE, ANSWER, None)
        value: float | None = score.value
        return value

    async def fed() -> Any:
        found = await conform(metric, honest, failures=(BreakdownError,), spoiled=verdicts_asked)
        await made[0].aclose()
        return found

    found = asyncio.run(fed())
    assert found.total() >= 1000
    assert found.accounted == 1.0, str(found)

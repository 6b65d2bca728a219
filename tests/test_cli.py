"""The command line as users run it: files, exit codes, resume, and every mistake before anything is spent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from harness.testing import Fault, Say, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Harness = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[1]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_the_main_job(harness: Harness, suite: Path, tmp_path: Path) -> None:
    done = harness("run", suite, "-a", "recorded", "-a", "extractive", "-o", "out", "--baselines")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "good.jsonl", "bad.jsonl", "extractive.jsonl", "refuse.jsonl", "echo.jsonl", "oracle.jsonl",
        "report.html", "report.md", "junit.xml", "summary.json", "cases.json.gz",
    }  # fmt: skip
    assert "flux sensor" in done.stdout
    assert "~~~" in done.stdout
    header, *records = lines(tmp_path / "out" / "bad.jsonl")
    assert header["schema"] == 1
    assert header["answerer"] == {"name": "recorded", "target": None, "options": {"model": "bad"}}
    assert {record["case_id"] for record in records} == {"pumps/start", "pumps/owner"}
    (start,) = [record for record in records if record["case_id"] == "pumps/start"]
    scores = {score["metric"]: score for score in start["scores"]}
    assert {"groundedness", "hallucination", "word_limit", "refusal", "format", "correctness"} <= set(scores)
    assert {"eligibility", "citation_precision", "finished", "said_once", "clean"} <= set(scores)
    assert scores["groundedness"]["value"] == 0.5
    (span,) = scores["hallucination"]["spans"]
    assert "flux sensor" in start["answer"]["text"][span["start"] : span["end"]]
    assert start["location"] == "pumps.yaml:7"


def test_a_correct_refusal_is_not_punished(harness: Harness, suite: Path, tmp_path: Path) -> None:
    harness("run", suite, "-a", "recorded", "-o", "out")
    (owner,) = [r for r in lines(tmp_path / "out" / "good.jsonl")[1:] if r["case_id"] == "pumps/owner"]
    scores = {score["metric"]: score for score in owner["scores"]}
    assert scores["groundedness"]["value"] is None
    assert scores["refusal"]["value"] == 1.0
    assert scores["refusal"]["details"]["response"] == "refused"


def test_a_run_is_not_mixed_with_another(harness: Harness, suite: Path) -> None:
    assert harness("run", suite, "-a", "recorded", "-o", "out").returncode == 0
    again = harness("run", suite, "-a", "recorded", "-o", "out")
    assert again.returncode == 2
    assert "--resume" in again.stderr
    assert harness("run", suite, "-a", "recorded", "-o", "out", "--resume").returncode == 0
    assert harness("run", suite, "-a", "recorded", "-o", "out", "--overwrite").returncode == 0
    other = harness("run", suite, "-a", "recorded", "-o", "out", "--resume", "-d", "lexical?mode=rules")
    assert other.returncode == 2
    assert "detector" in other.stderr


def test_resume_asks_only_what_is_missing(harness: Harness, suite: Path, tmp_path: Path) -> None:
    def script(_body: Mapping[str, Any], _n: int) -> str:
        return "The pump starts at nine."

    with ScriptedServer(script) as server:
        spec = f"openai:m?base_url={quote(server.base_url, safe='')}"
        assert harness("run", suite, "-a", spec, "-o", "out", "--no-cache").returncode == 0
        assert len(server.requests) == 2
        path = tmp_path / "out" / "m.jsonl"
        whole = path.read_bytes()
        path.write_bytes(whole[:-20])
        assert harness("run", suite, "-a", spec, "-o", "out", "--resume", "--no-cache").returncode == 0
        assert len(server.requests) == 3
        assert len(lines(path)) == 3


def test_a_paid_answer_is_scored_and_not_asked_again(harness: Harness, suite: Path, tmp_path: Path) -> None:
    with ScriptedServer(lambda _body, _n: "The pump starts at nine.") as server:
        spec = f"openai:m?base_url={quote(server.base_url, safe='')}"
        assert harness("run", suite, "-a", spec, "-o", "out").returncode == 0
        path = tmp_path / "out" / "m.jsonl"
        header, first, second = path.read_text().splitlines()
        path.write_text(f"{header}\n{first}\n")
        lost = json.loads(second)
        part = {"case_id": lost["case_id"], "trial": 0, "answer": lost["answer"], "calls": lost["calls"]}
        (tmp_path / "out" / "m.part").write_text(json.dumps(part) + "\n" + '{"torn')
        assert harness("run", suite, "-a", spec, "-o", "out", "--resume").returncode == 0
        assert len(server.requests) == 2
        assert path.read_text().splitlines() == [header, first, second]
        assert not (tmp_path / "out" / "m.part").exists()


def test_breakdowns_are_counted_beside_the_scores(harness: Harness, suite: Path, tmp_path: Path) -> None:
    with ScriptedServer(lambda _body, n: Fault(kind="truncate") if n == 0 else "At nine.") as server:
        spec = f"openai:m?base_url={quote(server.base_url, safe='')}&retries=0"
        done = harness("run", suite, "-a", spec, "-c", "1", "-o", "out")
        assert done.returncode == 3, done.stderr
        assert "1 of 2 broke down" in done.stderr
        broken = [record for record in lines(tmp_path / "out" / "m.jsonl")[1:] if record["answer"] is None]
        assert [r["failures"][0]["code"] for r in broken] == ["malformed"]
        assert broken[0]["scores"] == []
        again = harness("run", suite, "-a", spec, "-c", "1", "-o", "out2", "--max-failures", "0.5")
        assert again.returncode == 0


def test_a_refused_key_ends_that_candidate_and_the_others_finish(harness: Harness, suite: Path, tmp_path: Path) -> None:
    with ScriptedServer(lambda _body, _n: Fault(status=401, message="bad key sk-planted-4711")) as server:
        spec = f"openai:m?base_url={quote(server.base_url, safe='')}&key_env=SECRET_4711"
        done = harness("run", suite, "-a", spec, "-a", "extractive", "-o", "out", SECRET_4711="sk-planted-4711")
    assert done.returncode == 2
    assert "key_env" in done.stderr
    assert len(lines(tmp_path / "out" / "extractive.jsonl")) == 3
    for path in (tmp_path / "out").iterdir():
        assert b"sk-planted" not in path.read_bytes()
    assert "sk-planted" not in done.stdout + done.stderr


def test_drift_tokens_and_finish_reasons_are_kept(harness: Harness, suite: Path, tmp_path: Path) -> None:
    with ScriptedServer(
        lambda _b, _n: Say(text="Nine", model="m-2", system_fingerprint="f", finish_reason="length")
    ) as s:
        assert (
            harness("run", suite, "-a", f"openai:m?base_url={quote(s.base_url, safe='')}", "-o", "out").returncode == 0
        )
    header, record, _ = lines(tmp_path / "out" / "m.jsonl")
    assert (header["model"], header["system_fingerprint"]) == ("m-2", "f")
    assert record["answer"]["finish_reason"] == "length"
    assert record["calls"][0]["prompt_tokens"] == 10


def test_a_run_is_a_recorded_candidate(harness: Harness, suite: Path, tmp_path: Path) -> None:
    harness("run", suite, "-a", "recorded", "-o", "out")
    done = harness("run", suite, "-a", "recorded:out/bad.jsonl", "-o", "again")
    assert done.returncode == 0, done.stderr
    first, second = lines(tmp_path / "out" / "bad.jsonl"), lines(tmp_path / "again" / "bad.jsonl")
    assert second[0]["candidate"] == "bad"
    assert re.fullmatch("[0-9a-f]{64}", second[0]["source"])
    by_case = itemgetter("case_id")
    assert sorted(first[1:], key=by_case) == sorted(second[1:], key=by_case)


@pytest.mark.parametrize("paths", [(), ("traces.jsonl",)])
def test_cases_with_their_answers_are_a_suite(harness: Harness, tmp_path: Path, paths: tuple[str, ...]) -> None:
    rows = (
        {"id": f"c{n}", "query": "When?", "contexts": ["It starts at nine."], "answers": [{"model": m, "text": text}]}
        for n, m, text in ((0, "one", "It starts at nine."), (1, "two", "It starts at ten."))
    )
    (tmp_path / "traces.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = harness("run", *paths, "-a", "recorded:traces.jsonl", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").glob("*.jsonl")) == ["one.jsonl", "two.jsonl"]


def test_traces_beside_another_suite_are_said_to_be_one(harness: Harness, suite: Path, tmp_path: Path) -> None:
    (tmp_path / "traces.jsonl").write_text('{"id": "a", "query": "q", "contexts": [], "answers": []}\n')
    done = harness("run", suite, "-a", "recorded:traces.jsonl", "-o", "out")
    assert done.returncode == 2
    assert "it is a suite. harness run traces.jsonl -a recorded" in done.stderr


def test_two_runs_are_byte_identical(harness: Harness, suite: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert harness("run", suite, "-a", "recorded", "-o", name).returncode == 0
    for name in ("report.md", "junit.xml", "cases.json.gz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()

    def without_times(path: Path) -> str:
        return re.sub(r"20\d\d-\d\d-\d\dT[0-9:+]+", "", path.read_text())

    for name in ("report.html", "summary.json", "good.jsonl"):
        assert without_times(tmp_path / "a" / name) == without_times(tmp_path / "b" / name)


def test_compare_and_gate(harness: Harness, suite: Path, tmp_path: Path) -> None:
    harness("run", suite, "-a", "recorded", "-o", "out")
    compared = harness("compare", "out/good.jsonl", "out/bad.jsonl")
    assert compared.returncode == 0, compared.stderr
    assert "groundedness" in compared.stdout
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules:\n  - {metric: hallucination, at_most: 0.2, on: rate}\n")
    gated = harness("gate", "out", "--rules", rules)
    assert gated.returncode == 1, gated.stderr
    assert "unmet" in gated.stdout
    rules.write_text("rules:\n  - {metric: hallucination, at_most: 0.2, on: rate, candidate: good}\n")
    assert harness("gate", "out", "--rules", rules).returncode == 0
    assert harness("run", suite, "-a", "recorded", "-o", "out2", "--gate", rules).returncode == 0
    rules.write_text("rules:\n  - {metric: groundednes, at_least: 0.2}\n")
    undecided = harness("gate", "out", "--rules", rules)
    assert undecided.returncode == 2
    assert "groundedness" in undecided.stderr


def test_show_report_and_detect(harness: Harness, suite: Path, tmp_path: Path) -> None:
    harness("run", suite, "-a", "recorded", "-o", "out")
    shown = harness("show", "out/bad.jsonl", "start")
    assert "The pump starts at nine." in shown.stdout
    assert "supported" in shown.stdout
    assert harness("show", "out", "nothing").returncode == 2
    before = (tmp_path / "out" / "report.md").read_bytes()
    assert harness("report", "out").returncode == 0
    assert (tmp_path / "out" / "report.md").read_bytes() == before
    (tmp_path / "context.txt").write_text("The pump starts at nine.")
    found = harness("detect", "--context", "context.txt", "--json", stdin="The turbine stops on Friday in Lisbon.")
    assert json.loads(found.stdout)["spans"], found.stderr
    assert harness("detect", "--context", "nothing.txt", stdin="x").returncode == 2


def test_cases_commands(harness: Harness, suite: Path, tmp_path: Path) -> None:
    assert "2 cases in 1 suite" in harness("cases", "check", suite).stdout
    assert "pumps/owner" in harness("cases", "list", suite).stdout
    assert json.loads(harness("cases", "schema").stdout)["type"] == "object"
    assert harness("cases", "new", "mine.yaml").returncode == 0
    assert harness("cases", "check", "mine.yaml").returncode == 0
    assert harness("cases", "new", "mine.yaml").returncode == 2
    (tmp_path / "bad.yaml").write_text("suite: x\ncases:\n  - {id: a, qury: b, contexts: []}\n")
    bad = harness("run", "bad.yaml", "-a", "extractive", "-o", "out")
    assert bad.returncode == 2
    assert "bad.yaml:3:13: unknown key 'qury'. Did you mean 'query'?" in bad.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-a", "extractiv"], "Did you mean 'extractive'"),
        (["-a", "extractive?sentences=many"], "must be a number"),
        (["-a", "openai:m"], "'OPENAI_API_KEY' is not set"),
        (["-a", "recorded:nothing.jsonl"], "there is no file"),
        (["-a", "function:nowhere:f"], "no module 'nowhere'"),
        (["-a", "extractive", "-s", "groundednes"], "Did you mean 'groundedness'"),
        (["-a", "extractive", "-t", "0"], "at least 1"),
        (["-a", "extractive", "--gate", "nothing.yaml"], "nothing.yaml"),
    ],
)
def test_mistakes_end_with_2_before_anything_is_spent(
    harness: Harness, suite: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = harness("run", suite, "-o", "out", *arguments, OPENAI_API_KEY="")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_local_function_is_found_and_its_passages_count(harness: Harness, suite: Path, tmp_path: Path) -> None:
    (tmp_path / "rag_4711.py").write_text(
        "def answer(question):\n    return {'text': 'Maria Keller owns the pump.', "
        "'passages': ['Maria Keller owns the pump and the house.']}\n"
    )
    done = harness("run", suite, "-a", "function:rag_4711:answer", "-o", "out", PYTHONSAFEPATH="1")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "out").glob("*rag_4711*.jsonl")
    for record in lines(path)[1:]:
        scores = {score["metric"]: score["value"] for score in record["scores"]}
        assert scores["groundedness"] == 1.0
        assert record["answer"]["passages"][0]["text"].startswith("Maria")


def test_a_prompt_log_becomes_a_suite(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text(
        "Use the context.\n\nThe pump starts  at nine.\n\nLids are blue.\n\n"
        "Question: In at most 30 words: when does it start?\nHelpful Answer: At nine.\n"
    )
    assert harness("import", "prompt-log", "log.txt", "-o", "log.yaml").returncode == 0
    assert harness("run", "log.yaml", "-a", "recorded", "-o", "out").returncode == 0
    assert harness("import", "prompt-log", "log.yaml").returncode == 2


def test_killed_at_any_moment_the_run_goes_on(suite: Path, tmp_path: Path, harness: Harness) -> None:
    text = suite.read_text()
    suite.write_text(text + "".join(f"  - {{id: c{n}, query: When?, answerable: yes}}\n" for n in range(10)))
    running: list[subprocess.Popen[bytes]] = []

    def script(_body: Mapping[str, Any], n: int) -> str:
        if n == 6:
            running[0].kill()
        return "The pump starts at nine."

    with ScriptedServer(script) as server:
        arguments = [
            "run",
            suite.name,
            "-a",
            f"openai:m?base_url={quote(server.base_url, safe='')}",
            "-c",
            "2",
            "-o",
            "out",
        ]
        command = [sys.executable, "-m", "harness", *arguments]
        with subprocess.Popen(
            command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
        ) as process:
            running.append(process)
            assert process.wait() != 0
        asked = len(server.requests)
        done = harness(*arguments, "--resume")
        assert done.returncode == 0, done.stderr
        assert len(server.requests) <= 12 + 2 + (asked - 7)
    _, *records = lines(tmp_path / "out" / "m.jsonl")
    assert len(records) == len({record["case_id"] for record in records}) == 12

"""The plug-in in pytest processes of their own, beside xdist, asyncio, timeout and randomly."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import api
from harness.encoding import encode
from harness.testing import ScriptedServer

ROOT = Path(__file__).parents[2]


def asked(project: Path) -> list[str]:
    log = project / "calls.log"
    return sorted(log.read_text().splitlines()) if log.exists() else []


def run(project: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "harness.pytest_plugin", *arguments],
        cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT), **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("dist", ["load", "loadscope", "loadfile", "loadgroup", "worksteal"])
def test_workers_ask_once(project: Path, dist: str) -> None:
    done = run(project, "cases", "-p", "xdist", "-n", "2", "--dist", dist)
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("Leaderboard") == 1
    assert asked(project) == ["Which is door one?", "Which is door two?", "Who made the fox?"]


def test_a_worker_that_dies_loses_nothing(project: Path) -> None:
    done = run(project, "cases", "-p", "xdist", "-n", "2", BOT_CRASHES="1", HARNESS_CONCURRENCY="1")
    assert (project / "crashed").exists()
    assert "crashed while running" in done.stdout  # xdist blames the item that it had sent there
    assert len(asked(project)) == 4  # two answers were on disk, and only what was in flight is asked again
    assert "3/3" in done.stdout


def test_the_other_plugins_change_nothing(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.harness]\nanswerers = ["function:bot:answer"]\n'
        '[tool.pytest.ini_options]\nasyncio_default_fixture_loop_scope = "function"\n'
    )
    (project / "test_own.py").write_text(
        "import pytest\n"
        "@pytest.mark.asyncio\n"
        "async def test_in_a_loop(faithful, harness):\n"
        "    faithful('The door is green.', ['The door is green.']).check()\n"
        "    harness.ask('Which door?', ['The door is green.']).check_each()\n"
    )
    beside = (
        "-p",
        "xdist",
        "-p",
        "pytest_asyncio.plugin",
        "-p",
        "pytest_timeout",
        "-p",
        "randomly",
        "-p",
        "no:cacheprovider",
    )
    done = run(project, "cases", "test_own.py", *beside, "--timeout=60", "-n", "2", "--junitxml=j.xml")
    assert "1 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert '<property name="groundedness" value="0.0"' in (project / "j.xml").read_text()
    assert len(asked(project)) == 4


def test_every_way_of_running_gives_the_same_scores(project: Path) -> None:
    """Command line, pytest, pytest -n 2 and Python: the same to the last digit."""
    suite, candidate = "cases/doors.yaml", "function:bot:answer"
    command = [sys.executable, "-m", "harness", "run", suite, "-a", candidate, "-o", "cli"]
    subprocess.run(command, cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    run(project, "cases", "--harness-output=one")
    run(project, "cases", "-p", "xdist", "-n", "2", "--harness-output=two")

    def scores(folder: str) -> list[list[Any]]:
        lines = (project / folder / "bot-answer.jsonl").read_text().splitlines()[1:]
        return sorted([record["case_id"], record["scores"]] for record in map(json.loads, lines))

    (ran,) = api.run(project / suite, [candidate])
    in_python = sorted([record.case_id, encode(record.scores)] for record in ran.records)
    assert scores("cli") == scores("one") == scores("two") == in_python


def test_offline_replays_a_cache_with_the_endpoint_gone(project: Path) -> None:
    (project / "test_own.py").write_text(
        "def test_own(harness):\n"
        "    assert harness.run('cases/doors.yaml', tags=['plain']).texts == ['The first door is green.'] * 2\n"
    )
    with ScriptedServer(lambda _body, _number: "The first door is green.") as server:
        spec = f"openai:m?base_url={server.base_url}&retries=0"
        arguments = ("cases", "test_own.py", f"--harness-answerer={spec}", "--junitxml=j.xml", "-rs")
        bare = run(project, *arguments, "--harness-offline")
        assert "4 skipped" in bare.stdout
        assert "no `cache` is named to replay it from" in bare.stdout
        assert len(server.requests) == 0
        first = run(project, *arguments, HARNESS_CACHE="kept")
        told = (project / "j.xml").read_text()
        assert len(server.requests) == 3  # the fixture's two are in the cache already
    assert "2 failed, 2 passed" in first.stdout, first.stdout + first.stderr
    again = run(project, *arguments, "--harness-offline", HARNESS_CACHE="kept")
    assert "2 failed, 2 passed" in again.stdout, again.stdout + again.stderr
    assert properties((project / "j.xml").read_text()) == properties(told)
    missing = run(
        project, "cases", "-k", "one", f"--harness-answerer={spec}&seed=1", "--harness-offline", HARNESS_CACHE="kept"
    )
    assert "no such reply in the cache" in missing.stdout


def properties(page: str) -> list[str]:
    return re.findall(r"<property [^>]*>", page)


def test_an_endpoint_is_asked_once_a_session_and_its_refusal_is_said(project: Path) -> None:
    with ScriptedServer(lambda _body, _number: "The first door is green.") as server:
        spec = f"openai:m?base_url={server.base_url}"
        done = run(project, "cases", "-p", "xdist", "-n", "2", "-k", "one", f"--harness-answerer={spec}")
        assert "1 passed" in done.stdout, done.stdout + done.stderr
        assert len(server.requests) == 1
        done = run(project, "cases", "--harness-offline", f"--harness-answerer={spec}")
        assert "3 skipped" in done.stdout
        assert len(server.requests) == 1
    assert "1 failed" in run(project, "cases", "-k", "one", f"--harness-answerer={spec}").stdout

"""Runs against endpoints as users start them: what they may spend, replay, retry, vendors and the cache's commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from harness.settings import load
from harness.testing import Fault, Say, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Harness = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[1]
TEXT = "The pump starts at nine."


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def answering(_body: Mapping[str, Any], _n: int) -> str:
    return TEXT


def spec_of(server: ScriptedServer, **options: object) -> str:
    given = "".join(f"&{name}={value}" for name, value in options.items())
    return f"openai:m?base_url={quote(server.base_url, safe='')}{given}"


@pytest.fixture
def twelve(suite: Path) -> Path:
    """Make the small suite one of twelve cases."""
    text = suite.read_text()
    suite.write_text(text + "".join(f"  - {{id: c{n}, query: When {n}?, answerable: yes}}\n" for n in range(10)))
    return suite


def prices(folder: Path) -> Path:
    path = folder / "prices.yaml"
    path.write_text("as_of: 2026-11-01\nmodels:\n  m: {input: 1000, output: 2000}\n")
    return path


def test_a_dry_run_asks_nothing_and_says_what_it_would_cost(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    with ScriptedServer(answering) as server:
        arguments = ["run", twelve, "-a", spec_of(server, max_tokens=10), "-t", "2", "--dry-run", "-o", "out"]
        unpriced = harness(*arguments)
        priced = harness(*arguments, "--prices", prices(tmp_path))
        assert not server.requests
    assert unpriced.returncode == priced.returncode == 0, unpriced.stderr + priced.stderr
    assert "unknown" in unpriced.stdout
    row = re.search(r"^ *m +(\d+) +~(\d+) +~(\d+) +\$([\d.]+)", priced.stdout, re.MULTILINE)
    assert row is not None, priced.stdout
    requests, prompt, completion, cost = (float(part) for part in row.groups())
    assert (requests, completion) == (24, 240)
    assert cost == pytest.approx((prompt * 1000 + completion * 2000) / 1e6)
    assert "2026-11-01" in priced.stdout
    assert not (tmp_path / "out").exists()


def test_a_budget_of_requests_stops_cleanly_and_the_rest_is_asked_later(
    harness: Harness, twelve: Path, tmp_path: Path
) -> None:
    with ScriptedServer(answering) as server:
        arguments = ["run", twelve, "-a", spec_of(server), "-c", "4", "-o", "out"]
        first = harness(*arguments, "--max-calls", "5")
        assert first.returncode == 4, first.stderr
        assert "the budget of 5 requests is spent" in first.stderr
        assert len(server.requests) == 5
        assert len(lines(tmp_path / "out" / "m.jsonl")) == 1 + 5
        assert "7 of 12 answers are missing" in first.stdout
        second = harness(*arguments, "--resume")
        assert second.returncode == 0, second.stderr
        assert len(server.requests) == 12
    assert len(lines(tmp_path / "out" / "m.jsonl")) == 1 + 12


def test_a_budget_of_dollars_or_time_stops_too(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    with ScriptedServer(answering) as server:
        arguments = ["run", twelve, "-a", spec_of(server), "-c", "1", "--prices", prices(tmp_path)]
        cost = harness(*arguments, "-o", "cost", "--max-cost", "0.05")
        assert cost.returncode == 4, cost.stderr
        assert len(server.requests) == 3, "10 x $0.001 + 5 x $0.002 a reply: the third reaches 5 cents"
        assert "$0.0600" in (tmp_path / "cost" / "report.md").read_text().replace("\\", "")
        time = harness(*arguments, "-o", "time", "--max-time", "0")
        assert time.returncode == 4, time.stderr
        assert len(server.requests) == 3


def test_a_run_is_replayed_without_network(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    with ScriptedServer(lambda _body, n: Say(text=f"{TEXT} Number {n}.", system_fingerprint="fp")) as server:
        spec = spec_of(server, key_env="KEY_4711")
        arguments = ["run", twelve, "-a", spec, "-t", "2", "--cache", "shared"]
        first = harness(*arguments, "-o", "first", KEY_4711="sk-planted-4711")
        assert first.returncode == 0, first.stderr
        assert len(server.requests) == 24, "trials never collapse into one entry"
    for name in ("a", "b"):
        again = harness(*arguments, "-o", name, "--offline")
        assert again.returncode == 0, again.stderr

    def content(folder: str, *, cached: bool) -> list[str]:
        text = re.sub(r'"started":"[^"]+"', "", (tmp_path / folder / "m.jsonl").read_text())
        text = text if cached else text.replace('"cached":true', '"cached":false')
        return sorted(text.splitlines())

    assert (tmp_path / "a" / "m.jsonl").stat().st_size == (tmp_path / "b" / "m.jsonl").stat().st_size
    assert content("a", cached=True) == content("b", cached=True)
    assert content("a", cached=False) == content("first", cached=False)
    missing = harness("run", twelve, "-a", spec, "-t", "3", "--cache", "shared", "-o", "c", "--offline")
    assert missing.returncode == 3
    codes = [record["failures"][0]["code"] for record in lines(tmp_path / "c" / "m.jsonl")[1:] if record["failures"]]
    assert codes == ["not_recorded"] * 12
    assert b"sk-planted" not in (tmp_path / "shared" / "cache.sqlite").read_bytes()
    stats = harness("cache", "stats", "shared")
    assert "24 replies" in stats.stdout
    assert "0 replies forgotten" in harness("cache", "clear", "shared", "--older-than", "1").stdout
    assert "24 replies forgotten" in harness("cache", "clear", "shared").stdout
    assert harness("cache", "stats").returncode == 2
    assert harness("run", twelve, "-a", spec, "--offline", "--no-cache", "-o", "d").returncode == 2


def test_failures_are_tried_again_and_nothing_else(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    def script(_body: Mapping[str, Any], n: int) -> str | Fault:
        return Fault(status=500) if n in {2, 5} else TEXT

    with ScriptedServer(script) as server:
        arguments = ["run", twelve, "-a", spec_of(server, retries=0), "-c", "1", "-o", "out"]
        assert harness(*arguments).returncode == 3
        before = {record["case_id"]: record for record in lines(tmp_path / "out" / "m.jsonl")[1:]}
        assert harness(*arguments, "--resume").returncode == 3, "without being told, what broke down stays so"
        assert len(server.requests) == 12
        done = harness(*arguments, "--retry-failures")
        assert done.returncode == 0, done.stderr
        assert len(server.requests) == 14
    after = {record["case_id"]: record for record in lines(tmp_path / "out" / "m.jsonl")[1:]}
    assert len(after) == 12
    assert all(record["answer"] for record in after.values())
    assert all(after[case] == record for case, record in before.items() if record["answer"])


def test_a_full_disk_is_said_and_nothing_is_lost(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: the same write fails in the same way."""
    with ScriptedServer(answering) as server:
        arguments = ["run", twelve.name, "-a", spec_of(server), "-c", "1", "-o", "out", "--no-cache"]
        command = [sys.executable, "-m", "harness", *arguments]
        full = subprocess.run(
            ["bash", "-c", f"ulimit -f 10; exec {shlex.join(command)}"],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert full.returncode == 2, full.stderr
        assert "cannot be written: File too large" in full.stderr
        assert "--resume" in full.stderr
        assert "Traceback" not in full.stderr
        asked = len(server.requests)
        assert 2 < asked < 12
        done = harness(*arguments, "--resume")
        assert done.returncode == 0, done.stderr
        assert len(server.requests) <= 12 + 1, "only the one in flight is asked again"
    records = lines(tmp_path / "out" / "m.jsonl")[1:]
    assert len(records) == len({record["case_id"] for record in records}) == 12


def test_a_folder_that_may_not_be_written_is_said_before_anything_is_asked(twelve: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    (locked / "run").mkdir(parents=True)
    obeying: list[str] = []
    if os.geteuid() == 0:  # root may write everywhere, unless it lets go of that
        if shutil.which("setpriv") is None:
            pytest.skip("root obeys no permissions, and there is no setpriv to make it")
        obeying = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    for folder in (locked / "run", locked):
        folder.chmod(0o555)
    with ScriptedServer(answering) as server:
        for output in (locked / "new", locked / "run"):
            arguments = ["run", str(twelve), "-a", spec_of(server), "-o", str(output)]
            done = subprocess.run(
                [*obeying, sys.executable, "-m", "harness", *arguments],
                cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 2, done.stderr
            assert f"{output}: cannot be " in done.stderr
            assert "Permission denied" in done.stderr
            assert "Name another folder with -o." in done.stderr
            assert "Traceback" not in done.stderr
        assert server.requests == [], "nothing was spent"


VENDORS = """\
defaults: {{temperature: 0.0, retries: 0}}
vendors:
  small:
    model: small-1
    base_url: {url}
    key: ${{SMALL_KEY}}
    headers: {{X-Team: "${{TEAM}}"}}
    parameters: {{seed: 7}}
    limits: {{concurrency: 2, requests_per_minute: 600}}
    price: {{input: 1.0, output: 2.0}}
  plain: {{use: "extractive?sentences=1", temperature: null}}
"""


def test_a_vendors_file_names_the_candidates(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    with ScriptedServer(answering) as server:
        text = VENDORS.format(url=server.base_url).split("  plain:")[0]
        (tmp_path / "vendors.yaml").write_text(text)
        secrets = {"SMALL_KEY": "sk-planted-4711", "TEAM": "blue"}
        done = harness("run", twelve, "--vendors", "vendors.yaml", "-o", "out", **secrets)
        assert done.returncode == 0, done.stderr
        (request, *_) = server.requests
        assert len(server.requests) == 12
    assert request.headers["Authorization"] == "Bearer sk-planted-4711"
    assert request.headers["X-Team"] == "blue"
    assert (request.body["model"], request.body["temperature"], request.body["seed"]) == ("small-1", 0.0, 7)
    header, *records = lines(tmp_path / "out" / "small.jsonl")
    assert header["candidate"] == "small"
    assert "limits" not in header["answerer"]["options"]
    assert records[0]["calls"][0]["cost"] == pytest.approx((10 * 1.0 + 5 * 2.0) / 1e6)
    for path in (tmp_path / "out").iterdir():
        assert b"sk-planted" not in path.read_bytes()


def test_a_judge_may_be_named_by_a_vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALL_KEY", "sk-planted")
    monkeypatch.setenv("TEAM", "blue")
    file = tmp_path / "vendors.yaml"
    file.write_text(VENDORS.format(url="http://127.0.0.1:1/v1"), encoding="utf-8")
    for given, target in (
        ("judge:small?retries=2", "small-1"),
        ("cascade:lexical,judge:small", "lexical,judge:small-1"),
    ):
        spec = load({"vendors": str(file), "answerers": ("recorded",), "detector": given}, start=tmp_path).detector
        assert spec.target == target
        assert spec.options["base_url"] == "http://127.0.0.1:1/v1"
        assert spec.options["key_env"] == "SMALL_KEY"
        assert str(spec.options["retries"]) == ("2" if "?" in given else "0"), "what is said with the judge goes first"
        assert {"temperature", "prompt"}.isdisjoint(spec.options), "how a candidate is asked is not the judge's"
    for given in ("judge:plain", "judge:large", "lexical"):
        named = load({"vendors": str(file), "detector": given}, start=tmp_path).detector
        assert (named.target or "lexical") == given.removeprefix("judge:"), "no vendor with an endpoint: as it stands"


def test_vendors_check_says_what_each_supports(harness: Harness, tmp_path: Path) -> None:
    def script(body: Mapping[str, Any], _n: int) -> str | Fault:
        kind = body.get("response_format", {}).get("type")
        if kind == "json_schema" or "logprobs" in body:
            return Fault(status=400, message="not supported")
        return "{"

    with ScriptedServer(script) as server:
        (tmp_path / "vendors.yaml").write_text(VENDORS.format(url=server.base_url).split("  plain:")[0])
        done = harness("vendors", "check", "--vendors", "vendors.yaml", SMALL_KEY="sk-planted-4711", TEAM="blue")
        assert len(server.requests) == 6
        assert all(request.body["max_tokens"] == 1 for request in server.requests)
    assert done.returncode == 0, done.stderr
    (row,) = [line.split() for line in done.stdout.splitlines() if line.split()[:1] == ["small"]]
    assert row == ["small", "yes", "no", "yes", "yes", "yes", "no"]
    away = harness("vendors", "check", "--vendors", "vendors.yaml", SMALL_KEY="sk-planted-4711", TEAM="blue")
    assert away.returncode == 2
    assert "connection" in away.stdout
    assert "sk-planted" not in done.stdout + done.stderr + away.stdout + away.stderr
    assert harness("vendors", "check").returncode == 2


def test_the_vendors_and_prices_of_the_manual_load(tmp_path: Path) -> None:
    (vendors,) = re.findall(r"```yaml\n(defaults:.*?)```", (ROOT / "docs" / "candidates.md").read_text(), re.DOTALL)
    (tmp_path / "vendors.yaml").write_text(vendors)
    chosen = load({"vendors": str(tmp_path / "vendors.yaml")}, start=tmp_path)
    assert [spec.target for spec in chosen.answerers] == ["small-model"]
    assert chosen.limits["https://llm.example.com/v1"].requests_per_minute == 600
    price = chosen.prices.of("https://llm.example.com/v1", "small-model")
    assert price is not None
    assert price.output == 0.6
    (prices,) = re.findall(r"^    as_of:.*?\n\n", (ROOT / "docs" / "running.md").read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "prices.yaml").write_text(textwrap.dedent(prices))
    assert load({"prices": str(tmp_path / "prices.yaml")}, start=tmp_path).prices.as_of == "2026-11-01"


def test_cases_in_the_same_words_are_each_asked(harness: Harness, suite: Path) -> None:
    suite.write_text(suite.read_text() + "".join(f"  - {{id: c{n}, query: When?}}\n" for n in range(5)))
    with ScriptedServer(answering) as server:
        assert harness("run", suite, "-a", spec_of(server), "-c", "1", "-o", "out").returncode == 0
        assert len(server.requests) == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vendors: []", "must have 'vendors'"),
        ("vendors: {a: {base_url: http://x}}", "needs use"),
        ("vendors: {a: {model: m, key: sk-4711}}", "must name a variable"),
        ("vendors: {a: {model: m, base_url: '${HOST}'}}", "stands for secrets alone"),
        ("vendors: {a: {model: m, limits: {rpm: 3}}}", "'limits' may have"),
        ("vendors: {a: {model: m, limits: {concurrency: 0}}}", "at least 1"),
        ("vendors: {a: {model: m, price: {input: -1, output: 2}}}", "dollars for a million tokens"),
        ("vendors: {a: {model: m, pirce: 3}}", "unknown option 'pirce'"),
    ],
)
def test_mistakes_in_a_vendors_file_are_said(
    harness: Harness, suite: Path, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "vendors.yaml").write_text(text)
    done = harness("run", suite, "--vendors", "vendors.yaml", "-o", "out")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text",
    ["models: {m: {input: 1, output: 2}}", "as_of: soon\nmodels: {}", "as_of: [", "as_of: 2026-01-01\nmodels: {m: 3}"],
)
def test_mistakes_in_a_prices_file_are_said(harness: Harness, suite: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "prices.yaml").write_text(text)
    done = harness("run", suite, "-a", "extractive", "--prices", "prices.yaml", "-o", "out")
    assert done.returncode == 2
    assert "prices.yaml" in done.stderr


def test_another_model_in_the_midst_of_a_run_is_a_note(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    def script(_body: Mapping[str, Any], n: int) -> Say:
        return Say(text=TEXT, model="m-2026-01" if n < 6 else "m-2026-02", system_fingerprint="fp1" if n < 9 else "fp2")

    with ScriptedServer(script) as server:
        done = harness("run", twelve, "-a", spec_of(server), "-c", "1", "-o", "out")
    assert "m-2026-01, m-2026-02" in done.stdout
    assert "fp1, fp2" in done.stdout
    assert "m-2026-02" in (tmp_path / "out" / "report.md").read_text().replace("\\", "")


def test_scores_are_the_same_wherever_they_are_computed(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    for workers in ("0", "2"):
        done = harness("run", twelve, "-a", "extractive", "-o", f"out{workers}", "--workers", workers)
        assert done.returncode == 0, done.stderr
    first, second = (
        sorted((r["case_id"], json.dumps(r["scores"])) for r in lines(tmp_path / f"out{n}" / "extractive.jsonl")[1:])
        for n in (0, 2)
    )
    assert first == second


def test_a_scorer_that_ends_its_process_costs_one_answer_its_scores(
    harness: Harness, twelve: Path, tmp_path: Path
) -> None:
    package = tmp_path / "deadly-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: deadly\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[harness.scorers]\ndeadly = deadly_4711:Deadly\n")
    (tmp_path / "deadly_4711.py").write_text(
        "import os\nfrom harness.records import Metric, Score\n"
        "class Deadly:\n"
        "    needs_detection = False\n"
        "    metrics = (Metric(name='deadly', direction='higher', unit='x', rule='y'),)\n"
        "    async def score(self, case, answer, detection, /):\n"
        "        if case.id == 'pumps/c3':\n"
        "            os._exit(9)\n"
        "        print('noise on standard output')\n"
        "        return (Score(metric='deadly', value=1.0, passed=True),)\n"
    )
    done = harness(
        "run", twelve, "-a", "extractive", "-s", "deadly", "-o", "out", "--workers", "1",
        PYTHONPATH=f"{tmp_path}:{ROOT}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    records = {record["case_id"]: record for record in lines(tmp_path / "out" / "extractive.jsonl")[1:]}
    assert len(records) == 12
    broken = [case for case, record in records.items() if record["failures"]]
    assert broken == ["pumps/c3"]
    assert "died twice" in records["pumps/c3"]["failures"][0]["message"]
    assert records["pumps/c3"]["scores"] == []


def test_a_batch_is_submitted_left_and_collected(harness: Harness, twelve: Path, tmp_path: Path) -> None:
    def script(_body: Mapping[str, Any], n: int) -> Say | Fault:
        return {3: Fault(status=500), 7: Fault(kind="drop")}.get(n, Say(text=TEXT, model="m-2026"))

    with ScriptedServer(script) as server:
        arguments = [
            "run",
            twelve,
            "-a",
            spec_of(server),
            "-a",
            "extractive",
            "-o",
            "out",
            "--prices",
            prices(tmp_path),
        ]
        submitted = harness(*arguments, "--batch")
        assert submitted.returncode == 4, submitted.stderr
        assert "12 requests were submitted as a batch" in submitted.stderr
        assert len(lines(tmp_path / "out" / "extractive.jsonl")) == 1 + 12
        assert [len(batch) for batch in server.batches.values()] == [12]
        pending = harness(*arguments, "--resume")
        assert pending.returncode == 4, pending.stderr
        assert "pending" in pending.stderr
        assert not server.requests, "nothing is asked beside the batch"
        server.batch_status = "expired"
        collected = harness(*arguments, "--resume", "--max-failures", "0.5")
        assert collected.returncode == 0, collected.stderr
        header, *records = lines(tmp_path / "out" / "m.jsonl")
        assert header["model"] == "m-2026"
        assert len(records) == len({record["case_id"] for record in records}) == 12
        codes = sorted(record["failures"][0]["code"] for record in records if record["answer"] is None)
        assert codes == ["batch_expired", "server_error"]
        (call,) = next(record["calls"] for record in records if record["answer"])
        assert call["cost"] == pytest.approx(0.5 * (10 * 1000 + 5 * 2000) / 1e6), "half price"
        assert not (tmp_path / "out" / "m.batch.json").exists()
        retried = harness(*arguments, "--retry-failures")
        assert retried.returncode == 0, retried.stderr
        assert len(server.requests) == 14
    assert all(record["answer"] for record in lines(tmp_path / "out" / "m.jsonl")[1:])


def test_an_endpoint_without_batches_says_so(harness: Harness, twelve: Path) -> None:
    with ScriptedServer(answering) as server:
        url = server.base_url.removesuffix("/v1")
        done = harness("run", twelve, "-a", f"openai:m?base_url={quote(url, safe='')}", "-o", "out", "--batch")
    assert done.returncode == 2
    assert "took no batch" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_number_in_flight_may_find_its_own_height(harness: Harness, twelve: Path) -> None:
    def script(_body: Mapping[str, Any], n: int) -> Say | Fault:
        return Fault(status=429, headers={"retry-after": "0"}) if n % 5 == 0 else Say(text=TEXT)

    with ScriptedServer(script) as server:
        done = harness("run", twelve, "-a", spec_of(server), "-c", "auto", "-t", "3", "-o", "out")
        assert done.returncode == 0, done.stderr
        assert len(server.requests) == 36 + sum(n % 5 == 0 for n in range(len(server.requests)))
        wrong = harness("run", twelve, "-a", spec_of(server), "-c", "many", "-o", "other")
    assert wrong.returncode == 2
    assert "concurrency must be a number, not 'many'" in wrong.stderr


def test_a_script_of_the_users_is_not_run_again_by_the_processes_that_score(tmp_path: Path) -> None:
    cases = [{"id": f"c{n}", "query": "When?", "contexts": [TEXT]} for n in range(20)]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    (tmp_path / "mine.py").write_text(
        "import harness\nprint('started')\n"
        "(run,) = harness.run('cases.jsonl', ['extractive'], folder='out', workers=2)\n"
        "print(len(list(run.records)))\n"
    )
    done = subprocess.run(
        [sys.executable, "mine.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["started", "20"], done.stderr

"""What `pip install .` puts into an empty environment runs every command, the endpoint candidate included."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from urllib.parse import quote

import pytest

from harness.testing import ScriptedServer

pytestmark = pytest.mark.xdist_group("wheel")  # it is built once
ROOT = Path(__file__).parents[2]
SUITE = "suite: s\ncases:\n  - {id: a, query: When?, contexts: [The pump starts at nine.], answerable: yes}\n"


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it, with its dependencies alone, into an empty environment."""
    folder = tmp_path_factory.mktemp("wheel")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    built = subprocess.run(build, env=env, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"the wheel cannot be built here: {built.stderr[-300:]}")
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    found = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    installed = subprocess.run(
        [found / "python", "-m", "pip", "install", "--quiet", wheel],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        pytest.skip(f"no package index can be reached: {installed.stderr[-300:]}")
    return found


def run(bin_folder: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "OPENAI_API_KEY"}}
    return subprocess.run(
        [bin_folder / "harness", *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def test_the_installed_command_runs_the_main_job(bin_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SUITE)
    (tmp_path / "mine_4711.py").write_text("def answer(question):\n    return 'The pump starts at nine.'\n")
    with ScriptedServer(lambda _body, _n: "The pump starts at nine.") as server:
        spec = f"openai:m?base_url={quote(server.base_url, safe='')}"
        candidates = ["-a", spec, "-a", "extractive", "-a", "function:mine_4711:answer"]
        done = run(bin_folder, tmp_path, "run", "s.yaml", *candidates, "-o", "out", "--baselines")
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(server.requests) == 1
    assert (tmp_path / "out" / "report.html").stat().st_size > 1000
    for arguments in (
        ["report", "out"],
        ["show", "out", "a"],
        ["compare", "out/m.jsonl", "out/extractive.jsonl"],
        ["cases", "check", "s.yaml"],
        ["cases", "schema"],
        ["--version"],
    ):
        done = run(bin_folder, tmp_path, *arguments)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        assert done.stdout


def test_the_installed_package_is_whole(bin_folder: Path) -> None:
    code = (
        "import harness.detectors.model as m; m.shipped(); import importlib.resources as r; "
        "assert (r.files('harness') / 'py.typed').is_file(); "
        "assert (r.files('harness.report') / 'templates' / 'report.html.jinja').is_file(); print('whole')"
    )
    done = subprocess.run([bin_folder / "python", "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "whole", done.stderr

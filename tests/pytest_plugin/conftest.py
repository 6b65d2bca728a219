"""A small project with suites and a candidate of its own, run by pytest in this process or in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import harness.detectors.lexical
import harness.pytest_plugin.fixtures  # noqa: F401 - pytester forgets what is first imported in a run inside

if TYPE_CHECKING:
    from pathlib import Path

BOT = '''\
"""Says the first passage; about the fox it makes something up, each second trial."""
import os
import pathlib

HERE = pathlib.Path(__file__).parent


def answer(question, trial=0):
    log = HERE / "calls.log"
    with log.open("a") as file:
        file.write(question.query + "\\n")
    if os.environ.get("BOT_CRASHES") and len(log.read_text().splitlines()) == 3 and not (HERE / "crashed").exists():
        (HERE / "crashed").write_text("")
        os._exit(9)
    if "fox" in question.query and trial % 2 == 0:
        return "The fox was repainted by Maria Keller of Hamburg in 1987."
    if "broken" in question.query:
        raise RuntimeError("no such door")
    return question.passages[0].text
'''
DOORS = """\
suite: doors
cases:
  - {id: one, query: Which is door one?, contexts: [The first door is green.], answerable: yes, tags: [plain]}
  - {id: two, query: Which is door two?, contexts: [The second door is red.], answerable: yes, tags: [plain]}
  - {id: fox, query: Who made the fox?, contexts: [The fox stands beside the second door.], tags: [odd],
     limits: {max_words: 8}}
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out a project and go there; a run inside loads the plug-ins that it names, and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(bot=BOT)
    (pytester.path / "cases").mkdir()
    (pytester.path / "cases" / "doors.yaml").write_text(DOORS, encoding="utf-8")
    pytester.makepyprojecttoml('[tool.harness]\nanswerers = ["function:bot:answer"]\n[tool.pytest.ini_options]\n')
    return pytester.path

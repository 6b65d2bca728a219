"""What many tests share: a small suite, and the command line run as users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

settings.register_profile("untimed", deadline=None)  # a busy machine is no finding
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]
SUITE = """\
suite: pumps
defaults:
  contexts:
    - The pump starts at nine. The valve is made of brass.
    - Service is due every 500 hours. Only trained staff may open the lid.
cases:
  - id: start
    query: When does the pump start?
    answerable: yes
    references: [At nine.]
    group: manual
    answers:
      - {model: good, text: The pump starts at nine., labels: {faithful: yes, refusal: no}}
      - {model: bad, text: "The pump starts at nine. Then calibrate the flux sensor with the vendor's mobile app."}
  - id: owner
    query: Who owns the pump?
    answerable: no
    group: manual
    limits: {max_words: 20}
    answers:
      - {model: good, text: I don't know., labels: {refusal: yes}}
      - {model: bad, text: The pump is owned by Maria Keller of Hamburg.}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Write the small suite and return its path."""
    path = tmp_path / "pumps.yaml"
    path.write_text(SUITE, encoding="utf-8")
    return path


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what runs `python -m harness …` in the temporary folder."""

    def run(*arguments: object, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "harness", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", **env},
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run

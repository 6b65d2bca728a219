"""Labelling by hand: blind, resumable, and what the labels say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import harness
from harness.cli import main
from harness.errors import RunFolderError
from harness.studies import labelling

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """\
suite: kilns
cases:
  - id: north
    query: How hot does the north kiln fire?
    contexts: [The north kiln fires at 900 degrees. Glaze is added on Fridays.]
    answers:
      - {model: m, text: The north kiln fires at 900 degrees. Glaze is added on Fridays. It was built in Delft by monks.}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    suite = tmp_path / "kilns.yaml"
    suite.write_text(SUITE, encoding="utf-8")
    harness.run(suite, ["recorded"], folder=tmp_path / "run")
    return tmp_path / "run"


def labelled(folder: Path, keys: str, *options: str) -> str:
    done = CliRunner().invoke(main, ["label", str(folder), *options], input=keys)
    assert done.exit_code == 0, done.output
    return done.output


def test_labels_are_asked_for_blind_kept_and_not_asked_for_again(folder: Path) -> None:
    first = labelled(folder, "xsq")
    asked = first.partition("Unsupported claims")[0]
    assert ">>> " in asked
    assert not any(word in asked for word in ("probability", "groundedness", "0."))
    assert len(labelling.read(folder)) == 1
    second = labelled(folder, "ku")
    assert second.count(">>> ") == 2
    assert sorted(labelling.read(folder).values()) == ["supported", "unsupported"]
    assert labelled(folder, "", "--report").count(">>> ") == 0
    assert labelled(folder, "", "--most", "2").count(">>> ") == 0


def test_the_report_compares_detector_and_labels(folder: Path) -> None:
    found = labelling.items(folder)
    for item in found:
        labelling.append(
            folder, item, "unsupported" if "Delft" in item.answer[item.key.start : item.end] else "supported"
        )
    (row,) = labelling.table(found, labelling.read(folder)).rows
    cells = dict(zip(labelling.table(found, {}).columns, row, strict=True))
    assert cells["labels"] == "3 of 3"
    assert cells["rate by the detector"].startswith("0.333 [")
    assert cells["rate by the labels"] == cells["rate by the detector"]
    assert cells["corrected (PPI)"].endswith("too few labels to help")
    assert cells["κ"] == cells["AC1"] == "1.000"
    assert cells["missed"].startswith("0.000 [")
    (bare,) = labelling.table(found, {}).rows
    assert bare[1] == "0 of 3"
    assert bare[3:] == ("n/a",) * 8


def test_a_damaged_label_and_a_folder_without_a_run_are_said(folder: Path, tmp_path: Path) -> None:
    (folder / labelling.FILE).write_text(json.dumps({"label": "supported"}) + "\n", encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"labels\.ndjson:1"):
        labelling.read(folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(RunFolderError):
        labelling.items(empty)

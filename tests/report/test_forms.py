"""SARIF, CSV, Parquet, annotations, the step summary, the schema and redaction, through the command line."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from harness.report import github, tables
from harness.report.schema import summary_schema

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Harness = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
SECRETS = ["flux sensor", "Maria Keller", "brass", "trained staff", "The pump starts at nine"]


@pytest.fixture
def folder(tmp_path: Path, suite: Path, harness: Harness) -> Path:
    done = harness("run", suite.name, "-a", "recorded", "-o", "out")
    assert done.returncode == 0, done.stderr
    return tmp_path / "out"


def unpacked(page: str) -> str:
    """Return the page with the cases that it holds packed."""
    (packed,) = re.findall(r'id="records">([^<]*)', page)
    return page + gzip.decompress(base64.b64decode(packed)).decode("unicode_escape")


def same(name: str, text: str, tmp_path: Path) -> None:
    text = text.replace(str(tmp_path), "FOLDER")
    path = GOLDEN / name
    if os.environ.get("HARNESS_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_form_is_written_and_the_same_twice(folder: Path, harness: Harness, tmp_path: Path) -> None:
    also = [x for form in ("sarif", "csv", "annotations") for x in ("--also", form)]
    done = harness("report", "out", *also)
    assert done.returncode == 0, done.stderr
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert harness("report", "out", *also).stdout == done.stdout
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    same("findings.sarif", first["findings.sarif"].decode(), tmp_path)
    same("scores.csv", first["scores.csv"].decode(), tmp_path)
    commands = "".join(line + "\n" for line in done.stdout.splitlines() if line.startswith("::"))
    same("annotations.txt", commands, tmp_path)
    assert "file=pumps.yaml,line=" in commands


def test_sarif_names_the_line_of_the_case_and_the_run_file(folder: Path, harness: Harness) -> None:
    harness("report", "out", "--also", "sarif")
    log = json.loads((folder / "findings.sarif").read_text())
    (run,) = log["runs"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= {r["ruleId"] for r in run["results"]}
    for result in run["results"]:
        case, file = (place["physicalLocation"] for place in result["locations"])
        assert case["artifactLocation"]["uri"] == "pumps.yaml"
        assert case["region"]["startLine"] > 1
        assert file["artifactLocation"]["uri"] == "out/bad.jsonl"


def test_parquet_holds_what_csv_holds(folder: Path, harness: Harness) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="no pyarrow: pip install '.[parquet]'")
    done = harness("report", "out", "--also", "parquet", "--also", "csv")
    assert done.returncode == 0, done.stderr
    table = parquet.read_table(folder / "scores.parquet").to_pylist()
    with (folder / "scores.csv").open(newline="") as file:
        listed = list(csv.DictReader(file))
    assert len(table) == len(listed) > 4
    for row, other in zip(table, listed, strict=True):
        assert {name: "" if value is None else str(value) for name, value in row.items()} == other


def test_the_step_summary_is_added_to(folder: Path, harness: Harness, tmp_path: Path) -> None:
    path = tmp_path / "step.md"
    path.write_text("before\n")
    done = harness("report", "out", "--also", "step-summary", GITHUB_STEP_SUMMARY=str(path))
    assert done.returncode == 0, done.stderr
    assert path.read_text() == "before\n" + (folder / "report.md").read_text()


def test_the_summary_fits_its_schema_which_is_fresh(folder: Path, harness: Harness) -> None:
    schema = json.loads(summary_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    found = json.loads((folder / "summary.json").read_text())
    jsonschema.validate(found, schema)
    del found["decision"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schema)
    assert (ROOT / "docs" / "summary.schema.json").read_text() == summary_schema()
    assert harness("report", "out", "--schema").stdout == summary_schema()


def test_redaction_withholds_texts_and_keeps_figures(folder: Path, harness: Harness) -> None:
    before = json.loads((folder / "summary.json").read_text())
    plain = (folder / "report.html").read_text()
    forms = [x for form in ("sarif", "csv", "annotations", "step-summary") for x in ("--also", form)]
    done = harness("report", "out", "--redact", *forms, GITHUB_STEP_SUMMARY="")
    assert done.returncode == 0, done.stderr
    written = {path.name: path.read_text() for path in folder.iterdir() if path.suffix not in {".jsonl", ".gz"}}
    written["report.html"] = unpacked(written["report.html"])
    written["terminal"] = done.stdout
    for name, text in written.items():
        for secret in SECRETS:
            assert secret not in text, f"{name}: {secret}"
    assert any(secret in unpacked(plain) for secret in SECRETS)
    after = json.loads(written["summary.json"])
    assert after["decision"] == before["decision"]
    assert [c["metrics"] for c in after["candidates"]] == [c["metrics"] for c in before["candidates"]]
    places = [[(f["case_id"], f["span"]["start"], f["span"]["end"]) for f in s["findings"]] for s in (before, after)]
    assert places[0] == places[1]


def test_the_setting_redacts_as_the_flag_does(tmp_path: Path, suite: Path, harness: Harness) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\nredact = true\n")
    done = harness("run", suite.name, "-a", "recorded", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert "flux sensor" not in done.stdout + (tmp_path / "out" / "report.md").read_text()
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\nredact = 'perhaps'\n")
    assert "redact must be true or false" in harness("run", suite.name).stderr


def test_a_cell_is_no_formula() -> None:
    row = tables.Row("=1+1", "s/1", 0, "@x", "-2", None, "m", -1.0, None, 0, "", None, None, None, None)
    stream = io.StringIO()
    tables.write_csv(stream, [row])
    assert stream.getvalue().splitlines()[1].startswith("'=1+1,s/1,0,'@x,'-2,,m,-1.0")


def test_an_annotation_is_one_line_whatever_it_says() -> None:
    said = github._command("warning", "a\n::error::b% \x00", title="x:,y", file="f.yaml", line="3")
    assert said == "::warning file=f.yaml,line=3,title=x%3A%2Cy::a%0A::error::b%25 ⟨U+0000⟩"
    assert not re.search("[\n\r]", said)

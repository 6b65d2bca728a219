"""The stored baseline, and a gate that proves itself, through the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Harness = Callable[..., subprocess.CompletedProcess[str]]

THINGS = "pump valve tank filter motor signal station lid brass seal hose gauge".split()
RULES = """\
rules:
  - {metric: groundedness, against: baseline, min_effect: 0.01}
  - {metric: refusal, at_least: 0.9}
  - {metric: word_limit, at_least: 0.95}
baseline: base
"""


def suite(count: int = 40) -> str:
    """Return cases that one model answers well, and another with inventions in the first ten."""
    lines = ["suite: plant", "cases:"]
    for n in range(count):
        thing, other = THINGS[n % 12], THINGS[(n + 5) % 12]
        said = f"The {thing} of unit {n} opens at {n % 12 + 1} in the morning."
        asked = f"When does the {thing} of unit {n} open?"
        worse = said + " Then ask Maria Keller in Hamburg for the blue permit." if n < 10 else said
        lines += [
            f"  - id: c{n}",
            f"    query: {asked if n % 4 else f'Who sells the {other} of unit {n}?'}",
            f"    answerable: {'yes' if n % 4 else 'no'}",
            "    limits: {max_words: 60}",
            f"    contexts: ['{said} The {other} closes again when the tank is full of clean water.']",
            "    answers:",
            f'      - {{model: m, text: "{said if n % 4 else "I do not know."}"}}',
            f'      - {{model: w, text: "{worse if n % 4 else "I do not know."}"}}',
        ]
    return "\n".join(lines) + "\n"


def prepared(folder: Path, harness: Harness, count: int = 40) -> None:
    (folder / "plant.yaml").write_text(suite(count), encoding="utf-8")
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    for name in ("good", "bad"):
        done = harness("run", "plant.yaml", "-a", "recorded", "-o", name)
        assert done.returncode == 0, done.stderr
    (folder / "good" / "w.jsonl").unlink()
    (folder / "bad" / "m.jsonl").unlink()
    text = (folder / "bad" / "w.jsonl").read_text().replace('"candidate":"w"', '"candidate":"m"', 1)
    (folder / "bad" / "m.jsonl").write_text(text)
    (folder / "bad" / "w.jsonl").unlink()


def test_a_baseline_is_kept_held_against_and_scored_again(tmp_path: Path, harness: Harness) -> None:
    prepared(tmp_path, harness)
    done = harness("gate", "good", "--rules", "rules.yaml")
    assert done.returncode == 2
    assert "base" in done.stderr
    done = harness("gate", "good", "--rules", "rules.yaml", "--update-baseline")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "base").iterdir()) == ["cases.json.gz", "m.jsonl"]
    assert harness("gate", "good", "--rules", "rules.yaml").returncode == 0
    done = harness("gate", "bad", "--rules", "rules.yaml", "--annotations")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "worse than the baseline" in done.stdout
    assert "::error title=m%3A gate::groundedness" in done.stdout

    path = tmp_path / "base" / "m.jsonl"  # as an older detector left it: with lower figures
    header, rest = path.read_text().split("\n", 1)
    data = json.loads(header)
    data["versions"]["detector"] = "older"
    path.write_text(
        json.dumps(data)
        + "\n"
        + rest.replace('"metric":"groundedness","value":1.0', '"metric":"groundedness","value":0.0')
    )
    done = harness("gate", "bad", "--rules", "rules.yaml")
    assert done.returncode == 1, done.stderr
    assert "scored again: another version of detector (older, now" in done.stderr
    data["versions"] = json.loads((tmp_path / "bad" / "m.jsonl").read_text().split("\n", 1)[0])["versions"]
    data["detector_digest"] = "0" * 16
    path.write_text(json.dumps(data) + "\n" + rest)
    done = harness("gate", "bad", "--rules", "rules.yaml")
    assert done.returncode == 1, done.stderr
    assert f"scored again: another digest of the detector ({'0' * 16}, now None)" in done.stderr
    (tmp_path / "base" / "cases.json.gz").unlink()
    done = harness("gate", "bad", "--rules", "rules.yaml")
    assert done.returncode == 2
    assert "cases.json.gz with its cases is not there" in done.stderr

    done = harness("gate", "bad", "--rules", "rules.yaml", "--update-baseline")
    assert "m against m" in done.stdout
    assert harness("gate", "base", "--rules", "rules.yaml", "--update-baseline").returncode == 2


def test_the_gate_proves_itself(tmp_path: Path, harness: Harness) -> None:
    prepared(tmp_path, harness)
    harness("gate", "good", "--rules", "rules.yaml", "--update-baseline")
    done = harness("gate", "good", "--rules", "rules.yaml", "--self-test", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    by_kind = {(row["kind"], row["share"]): list(row["caught"].values()) for row in found["planted"]}
    grounded, refusal, limit = by_kind["hallucinations inserted", 0.5]
    assert grounded == 1.0
    assert by_kind["facts changed", 0.5][0] == 1.0
    assert by_kind["refusals flipped", 0.5][1] == 1.0
    assert by_kind["word limits broken", 0.2][2] == 1.0
    assert by_kind["hallucinations inserted", 0.01][0] == 0.0
    assert (refusal, limit) != (1.0, 1.0)
    assert set(found["alarms"].values()) == {0.0}


def test_the_proof_is_shown(tmp_path: Path, harness: Harness) -> None:
    prepared(tmp_path, harness, count=12)
    (tmp_path / "rules.yaml").write_text(RULES + "min_cases: 12\n", encoding="utf-8")
    harness("gate", "good", "--rules", "rules.yaml", "--update-baseline")
    shown = harness("gate", "good", "--rules", "rules.yaml", "--self-test")
    assert shown.returncode == 0, shown.stderr
    assert "cries wolf" in shown.stdout
    assert "hallucinations inserted, 50%" in shown.stdout

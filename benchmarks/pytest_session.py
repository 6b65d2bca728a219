"""What the plug-in adds to a pytest session that has no case, in milliseconds of processor time.

`python benchmarks/pytest_session.py` runs an empty test with and without it, in turn, and prints the difference of
the least times: the least is what the work costs, all else is the machine.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 20
BOUND = 5.0


def cost(folder: Path, *arguments: str) -> float:
    """Return the processor milliseconds of one session."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run(command, cwd=folder, env=env, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Measure, print, and fail above the bound."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
        (folder / "other.yaml").write_text("key: value\n", encoding="utf-8")
        plain, ours = [], []
        for _ in range(ROUNDS):
            plain.append(cost(folder))
            ours.append(cost(folder, "-p", "harness.pytest_plugin"))
    added = min(ours) - min(plain)
    print(f"without {min(plain):.1f} ms, with {min(ours):.1f} ms: {added:+.1f} ms of processor time (bound {BOUND} ms)")
    sys.exit(added > BOUND)


if __name__ == "__main__":
    main()

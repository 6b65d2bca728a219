"""What the plug-in adds to a pytest session that has no case, in milliseconds of processor time.

`python benchmarks/pytest_session.py` runs an empty test with an empty plug-in and with ours (pytest looks through all
installed packages for whatever it is told to load: no part of our cost). Where valgrind is installed it counts the
instructions of both, which no busy machine disturbs, and turns them into time by the quickest plain session. Elsewhere
it runs pairs in a drawn order, until the 95% interval of their median difference (order statistics) is narrower than a
millisecond, or for as long as is allowed.
"""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BOUND = 5.0
WIDE = 1.0
FEWEST, MOST = 30, 120
EMPTY, PLUGIN = "empty_plugin", "harness.pytest_plugin"


def session(plugin: str) -> list[str]:
    """Return the command of a session with a plug-in."""
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", plugin]


def environment(folder: Path) -> dict[str, str]:
    """Return variables with which nothing else is loaded, and what is compiled is kept."""
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONHASHSEED": "0",
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).parents[1])]),
    }


def cost(folder: Path, plugin: str) -> float:
    """Return the processor milliseconds of one session with a plug-in."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(session(plugin), cwd=folder, env=environment(folder), capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def paired(folder: Path, drawn: random.Random) -> float:
    """Return the difference of one pair of sessions, which of them comes first being drawn."""
    if drawn.random() < 0.5:  # noqa: PLR2004 - a coin
        with_it = cost(folder, PLUGIN)
        return with_it - cost(folder, EMPTY)
    without = cost(folder, EMPTY)
    return cost(folder, PLUGIN) - without


def interval(differences: list[float]) -> tuple[float, float]:
    """Return a 95% interval of the median: the order statistics n/2 ± 0.98 √n."""
    ordered, half = sorted(differences), len(differences) / 2
    reach = 0.98 * len(differences) ** 0.5
    return ordered[max(0, int(half - reach))], ordered[min(len(ordered) - 1, int(half + reach))]


def instructions(folder: Path, plugin: str) -> int:
    """Return how many instructions one session takes."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *session(plugin)]
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=True)
    (count,) = re.findall(r"I\s+refs:\s+([\d,]+)", done.stderr)
    return int(count.replace(",", ""))


def counted(folder: Path) -> float:
    """Return the milliseconds that the plug-in's instructions take, print them, and whether they keep the bound."""
    plain, ours = instructions(folder, EMPTY), instructions(folder, PLUGIN)
    quickest = min(cost(folder, EMPTY) for _ in range(FEWEST // 2))
    added = (ours - plain) / plain * quickest
    print(f"{(ours - plain) / 1e6:+.2f} of {plain / 1e6:.0f} million instructions: {added:+.2f} ms (bound {BOUND} ms)")
    return added


def timed(folder: Path) -> float:
    """Return the lower end of the interval of the pairs' differences, and print it all."""
    drawn = random.Random(0)  # noqa: S311 - an order, not a secret
    differences: list[float] = []
    low, high = float("-inf"), float("inf")
    while len(differences) < FEWEST or (high - low > WIDE and len(differences) < MOST):
        differences.append(paired(folder, drawn))
        low, high = interval(differences)
    spread = f"95% {low:+.2f} to {high:+.2f}, {len(differences)} pairs"
    print(f"{statistics.median(differences):+.2f} ms of processor time ({spread}; bound {BOUND} ms)")
    return low


def main() -> None:
    """Measure, print, and fail above the bound."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
        (folder / "other.yaml").write_text("key: value\n", encoding="utf-8")
        (folder / f"{EMPTY}.py").write_text("", encoding="utf-8")
        for plugin in (EMPTY, PLUGIN, EMPTY, PLUGIN):  # compile, fill the caches
            cost(folder, plugin)
        added = counted(folder) if shutil.which("valgrind") else timed(folder)
    sys.exit(added > BOUND)


if __name__ == "__main__":
    main()

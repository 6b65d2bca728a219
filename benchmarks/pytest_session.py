"""What the plug-in adds to a pytest session that has no case, in milliseconds of processor time.

`python benchmarks/pytest_session.py` runs an empty test without and with it, in pairs whose order is drawn, and prints
the median of the pairs' differences with its 95% interval (order statistics: no assumption about the noise). A machine
that is busy makes both of a pair slower, so the pairs' differences hold still where the times do not. Pairs are added
until the interval is narrower than a millisecond, or for as long as is allowed.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BOUND = 5.0
WIDE = 1.0
FEWEST, MOST = 40, 200
PLUGIN = ("-p", "harness.pytest_plugin")


def cost(folder: Path, *arguments: str) -> float:
    """Return the processor milliseconds of one session."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run(command, cwd=folder, env=env, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def paired(folder: Path, drawn: random.Random) -> float:
    """Return the difference of one pair of sessions, which of them comes first being drawn."""
    if drawn.random() < 0.5:  # noqa: PLR2004 - a coin
        with_it = cost(folder, *PLUGIN)
        return with_it - cost(folder)
    without = cost(folder)
    return cost(folder, *PLUGIN) - without


def interval(differences: list[float]) -> tuple[float, float]:
    """Return a 95% interval of the median: the order statistics n/2 ± 0.98 √n."""
    ordered, half = sorted(differences), len(differences) / 2
    reach = 0.98 * len(differences) ** 0.5
    return ordered[max(0, int(half - reach))], ordered[min(len(ordered) - 1, int(half + reach))]


def main() -> None:
    """Measure, print, and fail where the interval lies above the bound."""
    drawn = random.Random(0)  # noqa: S311 - an order, not a secret
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
        (folder / "other.yaml").write_text("key: value\n", encoding="utf-8")
        cost(folder, *PLUGIN)  # compiles, fills the caches
        differences: list[float] = []
        low, high = float("-inf"), float("inf")
        while len(differences) < FEWEST or (high - low > WIDE and len(differences) < MOST):
            differences.append(paired(folder, drawn))
            low, high = interval(differences)
    median = statistics.median(differences)
    spread = f"95% {low:+.2f} to {high:+.2f}, {len(differences)} pairs"
    print(f"{median:+.2f} ms of processor time ({spread}; bound {BOUND} ms)")
    sys.exit(low > BOUND)


if __name__ == "__main__":
    main()

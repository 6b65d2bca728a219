"""Print the CPU time of `import harness` and `harness --help` beside a bare interpreter; medians of nine runs."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import harness": ["-c", "import harness"],
    "harness --help": ["-m", "harness", "--help"],
    "harness cases schema": ["-m", "harness", "cases", "schema"],
}


def cpu(arguments: list[str]) -> float:
    """Return user + system seconds of one child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


for name, arguments in COMMANDS.items():
    cpu(arguments)  # fill the caches
    print(f"{name:<24} {statistics.median(cpu(arguments) for _ in range(9)):.3f} s CPU")

"""Install the package without extras into an empty environment and print its size in MB, largest parts first."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def size(path: Path) -> int:
    """Return the bytes below a path."""
    return (
        sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size
    )


with tempfile.TemporaryDirectory() as folder:
    venv.create(folder, with_pip=True)
    python = Path(folder) / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(ROOT)], check=True, stderr=subprocess.DEVNULL)
    (packages,) = Path(folder).glob("lib/python*/site-packages")
    parts = sorted(((size(part), part.name) for part in packages.iterdir()), reverse=True)
    own = [(bytes_, name) for bytes_, name in parts if not name.startswith(("pip", "setuptools", "_distutils"))]
    print(f"{sum(bytes_ for bytes_, _ in own) / 1e6:.0f} MB without pip and setuptools")
    for bytes_, name in own[:12]:
        print(f"{bytes_ / 1e6:6.1f} MB  {name}")
    sys.exit(0)

"""Headless Chromium, and pages as a run leaves them.

Without Chromium or selenium the tests are skipped; with HARNESS_BROWSER=required, as `.ci/run` sets it, they fail.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from harness import api, summary
from harness.cases import load
from harness.report import html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1200,900")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a Chromium that logs its console and its requests."""
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

    except ImportError:
        _absent("selenium: pip install '.[browser]'")
    if CHROMIUM is None or DRIVER is None:
        _absent("chromium: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def _absent(what: str) -> NoReturn:
    if os.environ.get("HARNESS_BROWSER") == "required":
        pytest.fail(f"no {what}")
    pytest.skip(f"no {what}")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return what runs the recorded answers of a suite and writes the report."""

    def written(suite: str) -> Path:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "suite.yaml").write_text(suite, encoding="utf-8")
        cases = load(["suite.yaml"])
        runs = api.run(cases, ["recorded"])
        found = summary.summarise(runs, title="pumps")
        path = tmp_path / "report.html"
        path.write_text(html.render(found, {case.id: case for case in cases}, runs), encoding="utf-8")
        return path

    return written

"""Make the manual's pictures again: `python docs/pictures/make.py [FOLDER]`.

The suite is the one of the quick start. Terminals are rich's own SVG, without the fonts that it would fetch from afar;
the report is what headless Chromium shows.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from contextlib import chdir
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from harness import job, store
from harness.report import terminal
from harness.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
SVG = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def suite() -> str:
    """Return the suite that the quick start shows."""
    page = (HERE.parent / "quick-start.md").read_text(encoding="utf-8")
    found = re.search(r"^`first\.yaml`:\n\n```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def pictured(path: Path, command: str, draw: Callable[[Console], None], *, width: int = 104) -> None:
    """Write what a command prints as an SVG."""
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(f"$ {command}", highlight=False)
    draw(console)
    svg = console.export_svg(title="", theme=DEFAULT_TERMINAL_THEME, code_format=SVG, unique_id=path.stem)
    path.write_text("\n".join(map(str.rstrip, svg.splitlines())) + "\n", encoding="utf-8")


def photographed(page: Path, target: Path) -> None:
    """Write what a browser shows of a report: its top, and one case with a sentence's evidence."""
    options = webdriver.ChromeOptions()
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--window-size=1250,720",
    ):
        options.add_argument(flag)
    options.binary_location = next(filter(None, map(shutil.which, BROWSERS)), "")
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        browser.get(page.resolve().as_uri())
        browser.save_screenshot(str(target / "report.png"))
        browser.get(page.resolve().as_uri() + "#case=first/opening")
        browser.refresh()
        browser.find_element("css selector", "#case-list [tabindex]").click()
        browser.find_element("id", "case-list").screenshot(str(target / "case.png"))
    finally:
        browser.quit()


def main() -> None:
    """Run the suite and take the pictures."""
    target = (Path(sys.argv[1]) if len(sys.argv) > 1 else HERE).resolve()
    with tempfile.TemporaryDirectory() as name, chdir(name):
        Path("first.yaml").write_text(suite(), encoding="utf-8")
        chosen, out = load({"paths": ("first.yaml",), "answerers": ("recorded",)}), Path("run")
        outcome = job.execute(job.planned(chosen, folder=out), chosen, folder=out)
        cases = job.shown_cases(out, outcome.summary)
        command = "harness run first.yaml -a recorded -o reports/first"
        pictured(target / "run.svg", command, lambda c: terminal.leaderboard(outcome.summary, c, cases=cases))
        run = store.read(out / "hasty.jsonl")
        (record,) = (one for one in run.records if one.case_id == "first/opening")
        command = "harness show reports/first/hasty.jsonl opening"
        pictured(target / "show.svg", command, lambda c: terminal.show(record, cases[record.case_id], c), width=140)
        photographed(out / "report.html", target)


if __name__ == "__main__":
    main()

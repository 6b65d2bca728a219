"""Each recipe of the manual, its quick start and its list of errors are followed to their end, from the page's own blocks, against servers on 127.0.0.1.

A line "`NAME`:" before a fence makes that file; `sh` blocks are run; a `text` block is what the commands before it print.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from harness.testing import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT: Final = Path(__file__).parents[2]
RECIPES: Final = sorted(path for path in (ROOT / "docs" / "recipes").glob("*.md") if path.stem != "index")
PAGES: Final = [*RECIPES, ROOT / "docs" / "quick-start.md", ROOT / "docs" / "faq.md"]
_FENCE: Final = re.compile(
    r"(?:^`(?P<file>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
_COMMANDS: Final = 'harness() { "$PYTHON" -m harness "$@"; }\npytest() { "$PYTHON" -m pytest "$@"; }\nset -e\n'


@dataclass(frozen=True)
class Block:
    """A fenced block: a file, commands, or the lines that the commands before it print."""

    file: str | None
    kind: str
    code: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield a page's blocks in order; a line "`NAME`:" before a fence makes it that file."""
    for found in _FENCE.finditer(page.read_text(encoding="utf-8")):
        yield Block(found["file"], found["kind"], found["code"])


def follow(page: Path, folder: Path, addresses: Mapping[str, str], **env: str) -> None:
    """Do a page's work in an empty folder; addresses in it are exchanged for local servers'."""
    printed = ""
    for block in blocks(page):
        code = block.code
        for name, address in addresses.items():
            code = code.replace(name, address)
        if block.file is not None:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code, encoding="utf-8")
        elif block.kind == "sh":
            printed = run(code, folder, env)
        else:
            assert block.kind == "text", f"{page.name}: a block that is neither file, commands nor output: {block}"
            compare(block.code, printed, page.name)


def run(script: str, folder: Path, env: Mapping[str, str]) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "HARNESS_"))}
    whole = {**own, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1", **env}
    done = subprocess.run(
        ["bash", "-c", _COMMANDS + script], cwd=folder, env=whole, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
    )  # fmt: skip
    if dump := os.environ.get("RECIPES_DUMP"):
        with Path(dump).open("a", encoding="utf-8") as file:
            file.write(f"$ {script}\n{done.stdout}\n[{done.returncode}]\n\n")
    assert done.returncode == 0, f"{script}\n{done.stdout}"
    return done.stdout


def compare(expected: str, printed: str, page: str) -> None:
    """Each expected line must be printed, in this order; "…" stands for anything."""
    at = 0
    for line in filter(None, map(str.strip, expected.splitlines())):
        pattern = r"\s+".join(map(re.escape, line.split())).replace("…", r".*?")
        found = re.compile(pattern).search(printed, at)
        assert found is not None, f"{page}: {line!r} is not printed (any more):\n{printed}"
        at = found.end()


RIGHT: Final = {
    "How many days of leave may be carried over?": "Up to five days of leave may be carried over until 31 March.",
    "When do carried-over days lapse?": "Days that are carried over lapse on 1 April.",
    "Who approves leave?": "The team lead approves leave.",
    "When is a sick note due?": "A sick note is due on the third day of absence.",
    "From when on is overtime paid?": "Overtime is paid from the second hour on.",
}
WRONG: Final = {
    "When is a sick note due?": "A sick note is due on the third day of absence. Send two copies to your insurance company.",
    "How long may a sabbatical last?": "A sabbatical may last up to twelve months.",
}
HARBOUR: Final = {
    "What is the fee for one night?": "The fee is 12 euros a night.",
    "May dogs run free?": "Dogs must be kept on a lead.",
}
NO_ANSWER: Final = "I don't know; the passages do not say."


def says(table: Mapping[str, str]) -> Callable[[Mapping[str, Any], int], str]:
    def script(body: Mapping[str, Any], _number: int) -> str:
        asked = "\n".join(str(message["content"]) for message in body["messages"])
        return next((text for query, text in table.items() if query in asked), NO_ANSWER)

    return script


SERVERS: Final = {
    "https://api.first.example/v1": {**RIGHT, **HARBOUR},
    "https://api.second.example/v1": {**RIGHT, **WRONG},
}


LONG: Final = frozenset({"nightly-gate", "pytest-in-a-rag-repository"})


def marked(page: Path) -> Any:
    return pytest.param(page, id=page.stem, marks=[pytest.mark.slow] if page.stem in LONG else [])


def test_there_are_the_eight() -> None:
    assert len(RECIPES) == 8
    index = (RECIPES[0].parent / "index.md").read_text(encoding="utf-8")
    assert all(page.name in index for page in RECIPES)


@pytest.mark.parametrize("page", [marked(page) for page in PAGES])
def test_a_recipe_works_as_it_stands(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    with ExitStack() as stack:
        wanted = {name: table for name, table in SERVERS.items() if name in text}
        servers = {name: stack.enter_context(ScriptedServer(says(table))) for name, table in wanted.items()}
        addresses = {name: server.base_url for name, server in servers.items()}
        follow(page, tmp_path, addresses, FIRST_KEY="k1", SECOND_KEY="k2")
        assert all(server.requests for server in servers.values())

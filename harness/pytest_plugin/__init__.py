"""`pytest cases/` collects suites: an item for each case and candidate. Silent, and without cost, where there is none.

Nothing of the harness is imported before the first suite is collected. What the selected items need is asked once, all
at once, before the first of them runs; under xdist by the first worker that takes a lock, while the others wait.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from harness.pytest_plugin.asking import Asking
    from harness.pytest_plugin.fixtures import Faithful, Harness

__all__: list[str] = []

_SUITE: Final = re.compile(rb"^suite[ \t]*:", re.MULTILINE)
_CASES: Final = re.compile(rb"^cases[ \t]*:", re.MULTILINE)
_HEAD: Final = 64 * 1024
_ASKING: Final = pytest.StashKey["Asking"]()
_FOLDER: Final = pytest.StashKey[str]()

# ----------------------------------------------------------------------------------------------- options and collecting


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; each stands above the same setting of `[tool.harness]`."""
    group = parser.getgroup("harness", "faithfulness of RAG answers (harness)")
    add = group.addoption
    add("--harness-answerer", action="append", default=[], metavar="SPEC", help="A candidate to ask (repeatable).")
    add("--harness-rules", metavar="FILE", help="Gate rules: they decide over all answers, not each answer.")
    add("--harness-offline", action="store_true", help="Ask nobody: replay the `cache`, skip what can't be replayed.")
    add("--harness-trials", type=int, metavar="N", help="How often each case is asked.")
    add("--harness-output", metavar="DIR", help="Keep the run files and the reports in DIR.")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "rag_cases(*paths, tags=()): give the test's `case` the cases of suites in turn")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a YAML file that holds a suite, below a path that was given or configured."""
    if file_path.suffix not in {".yaml", ".yml"} or not _asked_for(file_path, parent.config):
        return None
    try:
        with file_path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    if _SUITE.search(head) is None or (_CASES.search(head) is None and len(head) < _HEAD):
        return None
    from harness.pytest_plugin.items import SuiteFile

    return SuiteFile.from_parent(parent, path=file_path, asking=_asking(parent.config))


def _asked_for(path: Path, config: pytest.Config) -> bool:
    """Say whether a file lies below a path of the command line (or of `testpaths`, if none was given)."""
    given = [arg.split("::")[0] for arg in config.invocation_params.args if not arg.startswith("-")]
    roots = [config.invocation_params.dir / arg for arg in given if (config.invocation_params.dir / arg).exists()]
    roots = roots or [config.rootpath / str(name) for name in config.getini("testpaths")]
    return any(path.is_relative_to(root.resolve()) for root in roots if root != config.rootpath)


def _asking(config: pytest.Config) -> Asking:
    """Return what the session asks, made with its first suite."""
    if _ASKING not in config.stash:
        from harness.pytest_plugin.asking import Asking

        config.stash[_ASKING] = Asking(config, _folder(config))
    return config.stash[_ASKING]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise a test that is marked `rag_cases` with the cases of its suites."""
    marker = metafunc.definition.get_closest_marker("rag_cases")
    if marker is None:
        return
    from harness.pytest_plugin.fixtures import parametrise

    parametrise(metafunc, marker)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add an item for each gate rule where there are suites."""
    if _ASKING in config.stash:
        from harness.pytest_plugin.items import rule_items

        items.extend(rule_items(session, config.stash[_ASKING], items))


# ------------------------------------------------------------------------------------------------------ asking, at once


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Ask what the selected items need, before the first of them (and outside of any test's time limit)."""
    config = session.config
    if _ASKING not in config.stash or config.option.collectonly:
        return
    if session.testsfailed and not config.option.continue_on_collection_errors:
        return
    from harness.pytest_plugin.items import CaseItem, RuleItem, everything

    items = session.items
    rules = any(isinstance(item, RuleItem) for item in items)
    wanted = everything(items) if rules else [item for item in items if isinstance(item, CaseItem) and item.asked]
    if wanted:
        config.stash[_ASKING].ask([(item.case, item.contender) for item in wanted])


def _folder(config: pytest.Config) -> Path:
    """Return the session's own folder, the same on every worker; it is not made before something is asked."""
    import secrets
    import tempfile
    from pathlib import Path

    given: dict[str, Any] = getattr(config, "workerinput", {})
    if "harness_folder" in given:
        return Path(given["harness_folder"])
    if _FOLDER not in config.stash:
        config.stash[_FOLDER] = str(Path(tempfile.gettempdir()) / f"harness-pytest-{secrets.token_hex(8)}")
    return Path(config.stash[_FOLDER])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist's
    """Tell a worker of xdist the session's folder."""
    node.workerinput["harness_folder"] = str(_folder(node.config))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the leaderboard and write the reports, if anything was asked."""
    if _FOLDER in config.stash and _folder(config).exists():
        from harness.pytest_plugin.asking import conclude

        conclude(_folder(config), config, terminalreporter)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the session's folder."""
    if _FOLDER in config.stash:
        import shutil

        shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


# ------------------------------------------------------------------------------------------------ for tests of your own


@pytest.fixture(scope="session")
def harness(pytestconfig: pytest.Config) -> Harness:
    """Run one question or whole suites, and hold the answers against shares with confidence."""
    from harness.pytest_plugin.fixtures import Harness

    return Harness.of(pytestconfig)


@pytest.fixture(scope="session")
def faithful(pytestconfig: pytest.Config) -> Faithful:
    """Hold an answer against its contexts: `faithful(answer, contexts).check()`."""
    from harness.pytest_plugin.fixtures import Faithful

    return Faithful.of(pytestconfig)

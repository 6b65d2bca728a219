"""The cache: content-addressed, never a key in it, safe under many processes, mended where it is damaged."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.chat import Cache, Reply
from harness.errors import UsageError

ROOT = Path(__file__).parents[2]


def reply(text: str = "Five.") -> Reply:
    return Reply(text=text, model="m", prompt_tokens=3, completion_tokens=2, latency=0.5, cost=0.25, attempts=2)


def test_what_was_stored_is_found_as_it_was(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.find("k") is None
    assert not cache.path.exists(), "a run that asks nothing makes no file"
    cache.store("k", reply("\ud800 lone"))
    cache.close()
    with closing(Cache(tmp_path)) as again:
        found = again.find("k")
    assert found is not None
    assert (found.text, found.latency, found.cost, found.attempts, found.cached) == ("\ud800 lone", 0.5, 0.25, 2, True)


ASKED: dict[str, Any] = {
    "endpoint": "http://127.0.0.1/v1",
    "body": {"model": "m", "messages": [{"role": "user", "content": "Why?"}], "temperature": 0.0},
    "draw": "q/0",
}


def test_a_key_is_of_all_that_was_asked() -> None:
    body = ASKED["body"]
    others = [
        {**ASKED, "endpoint": "http://127.0.0.2/v1"},
        {**ASKED, "draw": "q/1"},
        {**ASKED, "body": {**body, "model": "n"}},
        {**ASKED, "body": {**body, "temperature": 0.5}},
        {**ASKED, "body": {**body, "messages": [{"role": "user", "content": "Why? "}]}},
        {**ASKED, "body": {**body, "response_format": {"type": "json_object"}}},
    ]
    assert len({Cache.key(asked) for asked in [ASKED, *others]}) == 7
    assert Cache.key(dict(reversed(ASKED.items()))) == Cache.key(ASKED)


def test_two_processes_share_one_cache(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom harness.chat import Cache, Reply\ncache = Cache(sys.argv[1])\n"
        "for n in range(200):\n"
        "    key = str(n)\n"
        "    found = cache.find(key)\n"
        "    assert found is None or found.text == key\n"
        "    cache.store(key, Reply(text=key))\n"
        "cache.close()\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    cache = Cache(tmp_path)
    assert cache.stats().entries == 200
    assert all((found := cache.find(str(n))) is not None and found.text == str(n) for n in range(200))
    cache.close()


def test_many_may_begin_one_cache_at_the_same_moment(tmp_path: Path) -> None:
    folders = [tmp_path / str(n) for n in range(20)]
    together = threading.Barrier(4, timeout=60)  # one that fails must not leave the others waiting

    def begin(mine: int) -> None:
        for folder in folders:
            together.wait()
            cache = Cache(folder)
            cache.store(str(mine), Reply(text="kept"))
            cache.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(begin, range(4)))
    for folder in folders:
        with closing(Cache(folder)) as cache:
            assert cache.stats().entries == 4


def test_old_and_many_entries_are_forgotten(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_megabytes=0.002)
    for n in range(20):
        cache.store(str(n), reply("x" * 200))
    cache.close()
    again = Cache(tmp_path, max_days=1)
    kept = [n for n in range(20) if again.find(str(n)) is not None]
    assert kept == list(range(20 - len(kept), 20)), "the newest stay"
    assert 0 < len(kept) < 20
    with sqlite3.connect(again.path) as database:
        database.execute("UPDATE replies SET stored = stored - 100000 WHERE key = '19'")
    database.close()
    again.close()
    with closing(Cache(tmp_path)) as last:
        assert last.find("19") is None
        assert last.clear() == len(kept) - 1
        assert last.stats().entries == 0


@pytest.mark.parametrize("damage", [b"this is no database at all " * 50, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_damaged_cache_is_put_aside(tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cache.sqlite").write_bytes(damage)
    cache = Cache(tmp_path)
    assert cache.find("k") is None
    cache.store("k", reply())
    assert cache.find("k") is not None
    cache.close()
    assert "put aside" in caplog.text
    assert [path for path in tmp_path.iterdir() if "damaged" in path.name]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--no-cache"):
        Cache(tmp_path / "file" / "below").store("k", reply())


def test_a_full_disk_stops_the_cache_and_not_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = Cache(tmp_path)
    cache.store("k", reply())
    assert cache._open is not None
    cache._open.execute("PRAGMA max_page_count = 3")
    for n in range(50):
        cache.store(str(n), reply("x" * 1000))
    assert caplog.text.count("without caching") == 1
    assert cache.find("k") is not None
    cache.close()

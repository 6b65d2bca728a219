"""Replies that were paid for, by everything that was asked: SQLite in WAL mode, safe under many processes.

A key is the digest of endpoint, model, messages, parameters, case and trial; a value is the endpoint's reply as JSON.
Keys of users, headers and errors are never stored.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.chat.replies import Reply
from harness.encoding import decode, line
from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CACHE_FILE", "Cache", "CacheStats"]

log = logging.getLogger("harness.chat")
CACHE_FILE: Final = "cache.sqlite"
_DAY: Final = 86400.0
_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, stored REAL NOT NULL, body TEXT NOT NULL)"
_BUSY: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """What a cache holds: `bytes` on disk, the oldest and newest entry in seconds since 1970."""

    entries: int
    bytes: int
    oldest: float | None
    newest: float | None


class Cache:
    """A folder's cache. The file is made with the first reply; a damaged one is put aside and begun anew."""

    def __init__(
        self, folder: str | Path, *, max_days: float | None = None, max_megabytes: float | None = None
    ) -> None:
        """Take the folder and how old and how large the cache may become; the oldest entries go first."""
        self.path = Path(folder) / CACHE_FILE
        self._max_days, self._max_megabytes = max_days, max_megabytes
        self._open: sqlite3.Connection | None = None
        self._writable = True

    @staticmethod
    def key(asked: Mapping[str, Any]) -> str:
        """Return the key of all that was asked."""
        text = json.dumps(asked, allow_nan=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def find(self, key: str) -> Reply | None:
        """Return the reply that was stored under a key."""
        if self._open is None and not self.path.exists():
            return None
        try:
            row = self._connection().execute("SELECT body FROM replies WHERE key = ?", (key,)).fetchone()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:  # damage that shows only on some page
            self._put_aside(error)
            return None
        return None if row is None else decode(Reply, {**json.loads(row[0]), "cached": True})

    def store(self, key: str, reply: Reply) -> None:
        """Keep a reply; where the disk is full the run goes on without, and says so once."""
        if not self._writable:
            return
        try:
            self._connection().execute(
                "INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", (key, time.time(), line(reply))
            )
        except sqlite3.OperationalError as error:
            self._writable = False
            log.warning("%s: cannot be written (%s): this run goes on without caching", self.path, error)

    def stats(self) -> CacheStats:
        """Count what is there."""
        if not self.path.exists():
            return CacheStats(entries=0, bytes=0, oldest=None, newest=None)
        count, oldest, newest = (
            self._connection().execute("SELECT count(*), min(stored), max(stored) FROM replies").fetchone()
        )
        size = sum(file.stat().st_size for file in self.path.parent.glob(f"{CACHE_FILE}*"))
        return CacheStats(entries=count, bytes=size, oldest=oldest, newest=newest)

    def clear(self, *, older_than_days: float = 0.0) -> int:
        """Forget the entries older than that, and return how many."""
        if not self.path.exists():
            return 0
        database = self._connection()
        gone = database.execute(
            "DELETE FROM replies WHERE stored <= ?", (time.time() - older_than_days * _DAY,)
        ).rowcount
        database.execute("VACUUM")
        return gone

    def close(self) -> None:
        """Write everything into the one file, keep the limits and close it."""
        if self._open is None:
            return
        try:
            self._prune(self._open)
        except sqlite3.OperationalError as error:
            log.warning("%s: cannot be pruned (%s)", self.path, error)
        self._open.close()
        self._open = None

    def _prune(self, database: sqlite3.Connection) -> None:
        if self._max_days is not None:
            database.execute("DELETE FROM replies WHERE stored <= ?", (time.time() - self._max_days * _DAY,))
        if self._max_megabytes is not None:
            database.execute(
                "DELETE FROM replies WHERE key IN (SELECT key FROM (SELECT key, sum(length(body)) OVER "
                "(ORDER BY stored DESC, key) AS held FROM replies) WHERE held > ?)",
                (self._max_megabytes * 1_000_000,),
            )

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            try:
                self._open = self._opened()
            except sqlite3.OperationalError as error:
                msg = f"{self.path}: the cache cannot be opened: {error}. Name another with --cache, or say --no-cache."
                raise UsageError(msg) from error
            except sqlite3.DatabaseError as error:
                self._put_aside(error)
                self._open = self._opened()
        return self._open

    def _put_aside(self, error: sqlite3.DatabaseError) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
        aside = self.path.with_name(f"{CACHE_FILE}.damaged-{int(time.time())}")
        self.path.replace(aside)
        for rest in ("-wal", "-shm"):
            self.path.with_name(f"{CACHE_FILE}{rest}").unlink(missing_ok=True)
        log.warning("%s: damaged (%s); put aside as %s and begun anew", self.path, error, aside.name)

    def _opened(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sqlite3.OperationalError(error.strerror) from error
        database = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        try:
            _shared(database)
            database.execute("PRAGMA synchronous = OFF")  # handed to the system at once; only a power cut can damage it
            if self.path.stat().st_size:
                database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            database.execute(_SCHEMA)
        except BaseException:
            database.close()
            raise
        return database


def _shared(database: sqlite3.Connection) -> None:
    """Switch to WAL, waiting for whoever else has just begun the same file.

    The switch turns a reader's lock into the only lock, and there SQLite answers "locked" at once, without the wait
    that it keeps elsewhere: two that begin a file together would else see one of them fail.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random  # noqa: PLC0415 - only when opened

    def busy(error: BaseException) -> bool:
        return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY

    waits = Retrying(
        retry=retry_if_exception(busy), stop=stop_after_delay(_BUSY), wait=wait_random(0, 0.02), reraise=True
    )
    waits(database.execute, "PRAGMA journal_mode = WAL")

"""Send a candidate's requests to its vendor's batch endpoint, leave, and collect them at --resume.

`<candidate>.batch.json` in the run's folder says what was submitted; it is gone when everything has its record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness import store
from harness.chat.batch import MOST_REQUESTS
from harness.errors import BreakdownError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.records import Answer
    from harness.runner.asking import Asking
    from harness.runner.plan import Job

__all__ = ["Batches"]


@dataclass(slots=True)
class Batches:
    """The batches of one candidate: what is submitted, and what came of it by (case id, trial)."""

    path: Path
    asking: Asking
    found: dict[tuple[str, int], Answer | BreakdownError] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether something was submitted that has not all its records yet."""
        return self.path.exists()

    async def submit(self, jobs: Iterable[Job]) -> int:
        """Submit the jobs, and note what was; return how many. A candidate that has no batch endpoint submits none."""
        answerer: Any = self.asking.answerer(None)
        if not hasattr(answerer, "submit"):
            return 0
        noted: list[dict[str, Any]] = []
        part: list[tuple[str, Any]] = []
        keys: dict[str, list[object]] = {}
        count = 0

        async def send() -> None:
            noted.append({"batch": await answerer.submit(part), "jobs": dict(keys)})
            store.write_json(self.path, {"batches": noted})
            part.clear()
            keys.clear()

        for job in jobs:
            name = f"r{count}"
            asked: Any = self.asking.answerer(job.case.prompt)
            part.append((name, asked.body(job.case.question)))
            keys[name] = [job.case.id, job.trial]
            count += 1
            if len(part) == MOST_REQUESTS:
                await send()
        if part:
            await send()
        return count

    async def collect(self) -> bool:
        """Collect what was submitted; False while the vendor is still at any of it."""
        answerer: Any = self.asking.answerer(None)
        for noted in json.loads(self.path.read_text(encoding="utf-8"))["batches"]:
            came = await answerer.collect(noted["batch"])
            if came is None:
                return False
            status, answers = came
            for name, (case_id, trial) in noted["jobs"].items():
                missing = BreakdownError(f"the batch ended ({status}) before it answered this", code="batch_expired")
                self.found[case_id, trial] = answers.get(name, missing)
        return True

    def close(self) -> None:
        """Forget the batches: everything has its record."""
        self.path.unlink(missing_ok=True)

"""Plan what to ask, ask it, score it and stream the records: the upper half of the design."""

from __future__ import annotations

from harness.runner.plan import Candidate, Job, Options, Plan, plan
from harness.runner.stream import Event, failed_candidates, stream
from harness.runner.work import Tools, evaluate, tools

__all__ = [
    "Candidate",
    "Event",
    "Job",
    "Options",
    "Plan",
    "Tools",
    "evaluate",
    "failed_candidates",
    "plan",
    "stream",
    "tools",
]

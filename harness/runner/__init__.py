"""Plan what to ask, ask it, score it and stream the records: the upper half of the design."""

from __future__ import annotations

from harness.runner.asking import Asking, ask
from harness.runner.plan import Candidate, Job, Options, Plan, plan
from harness.runner.scoring import Scoring, score, scoring
from harness.runner.stream import Event, failed_candidates, stream

__all__ = [
    "Asking",
    "Candidate",
    "Event",
    "Job",
    "Options",
    "Plan",
    "Scoring",
    "ask",
    "failed_candidates",
    "plan",
    "score",
    "scoring",
    "stream",
]

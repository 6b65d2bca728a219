"""Help for tests: a scripted OpenAI-compatible server, a scripted judge, and a conformance kit for judges."""

from __future__ import annotations

from harness.testing.conformance import Conformance, conform, malformed
from harness.testing.judging import JudgeRequest, ScriptedJudge, judge_request, written
from harness.testing.server import Fault, Say, ScriptedServer

__all__ = [
    "Conformance",
    "Fault",
    "JudgeRequest",
    "Say",
    "ScriptedJudge",
    "ScriptedServer",
    "conform",
    "judge_request",
    "malformed",
    "written",
]

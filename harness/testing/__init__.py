"""Help for tests: a scripted OpenAI-compatible server on the loopback interface."""

from __future__ import annotations

from harness.testing.server import Fault, Say, ScriptedServer

__all__ = ["Fault", "Say", "ScriptedServer"]

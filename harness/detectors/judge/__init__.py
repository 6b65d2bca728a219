"""A language model as a detector: one call an answer, every verdict accounted for, every quote checked."""

from __future__ import annotations

from harness.detectors.judge.detector import Judge

__all__ = ["Judge"]

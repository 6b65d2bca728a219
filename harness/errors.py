"""Every exception that the harness raises, and every code a breakdown may carry.

::

    HarnessError                      exit code
    ├── UsageError                    2   the user's mistake, said before anything is spent
    │   ├── CaseFileError             2   every mistake of every case file at once
    │   ├── SpecError                 2   unknown component, option or target
    │   ├── MissingExtraError         2   an optional package is not installed
    │   ├── RunFolderError            2   a run's folder or file does not fit what was asked
    │   ├── EndpointRefusedError      2   401, 404 or a bad parameter: ends one candidate, is never retried
    │   └── GateError                 2   a gate that cannot be decided
    ├── BreakdownError                -   one answer or judgement broke down; becomes a `Failure` in the record
    ├── TooManyFailuresError          3   more failures than `max_failures` allows: the run is invalid
    └── BudgetExceededError           4   stopped by a budget; the run is valid and resumable

Three things are never mixed: the user's mistake is an exception before the first request, the candidate's or
judge's breakdown is a `Failure` in a record, and a missed threshold is a result of the gate (exit code 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.records import Call

__all__ = [
    "FAILURE_CODES",
    "BreakdownError",
    "BudgetExceededError",
    "CaseFileError",
    "EndpointRefusedError",
    "GateError",
    "HarnessError",
    "MissingExtraError",
    "RunFolderError",
    "SpecError",
    "TooManyFailuresError",
    "UsageError",
]

FAILURE_CODES: Final[dict[str, str]] = {
    "timeout": "no complete reply within the time limit",
    "rate_limited": "the endpoint still said 429 when the retries were used up",
    "connection": "the connection was refused, reset or lost",
    "server_error": "the endpoint answered with a 5xx status",
    "client_error": "the endpoint answered with a 4xx status that is not worth a retry",
    "auth": "the endpoint refused the key (401 or 403)",
    "not_found": "the endpoint knows no such model or path (404)",
    "malformed": "the body is not what the protocol promises (truncated or invalid JSON, no choices)",
    "command_exit": "the command ended, or could not be started",
    "command_output": "the command wrote something that is not an answer",
    "function_error": "the function raised",
    "function_output": "the function returned something that is not an answer",
    "not_recorded": "no recorded answer for this case and trial",
    "batch_expired": "the vendor's batch ended before it answered",
    "verdict_missing": "a judge left out, doubled or invented a verdict",
    "control_failed": "a judge gave a wrong verdict on a sentence whose verdict is known",
    "internal": "an unexpected error in a component",
}


class HarnessError(Exception):
    """Be the root of all errors of the harness; `exit_code` is what the command line ends with."""

    exit_code: int = 2


class UsageError(HarnessError):
    """Report the user's mistake: what is wrong, where, why, and what to do."""


class CaseFileError(UsageError):
    """Carry every problem of every case file; each is one printable `file:line:column: …` sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems in reading order."""
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__("\n".join([*self.problems, f"{count} mistake{'s' if count != 1 else ''} in the case files"]))


class SpecError(UsageError):
    """Report a component name, target or option that does not exist or does not fit."""


class MissingExtraError(UsageError):
    """Report an optional package that is needed and not installed, with the `pip install` line that mends it."""


class RunFolderError(UsageError):
    """Report a run's folder or file that is missing, damaged, in use, or made by another configuration."""


class GateError(UsageError):
    """Report a gate that cannot be decided: missing metric, empty run, other judge, too few cases."""


class EndpointRefusedError(UsageError):
    """Report that an endpoint refuses this candidate altogether; nothing more is spent on it."""

    def __init__(self, message: str, *, code: str = "client_error", status: int | None = None) -> None:
        """Keep the failure code and the HTTP status, if there was one."""
        super().__init__(message)
        self.code = code
        self.status = status


class BreakdownError(HarnessError):
    """Report that one answer or judgement broke down; the runner records it as a `Failure`."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "internal",
        attempts: int = 1,
        status: int | None = None,
        calls: tuple[Call, ...] = (),
    ) -> None:
        """Keep the code (a key of `FAILURE_CODES`), how often it was tried, and the calls already made."""
        if code not in FAILURE_CODES:
            known = ", ".join(FAILURE_CODES)
            msg = f"unknown failure code {code!r}; known: {known}"
            raise ValueError(msg)
        super().__init__(message)
        self.code = code
        self.attempts = attempts
        self.status = status
        self.calls = calls


class TooManyFailuresError(HarnessError):
    """Report that more answers broke down than `max_failures` allows: the run is invalid."""

    exit_code = 3


class BudgetExceededError(HarnessError):
    """Report that a budget (cost, calls, time) stopped the run, which is valid and resumable."""

    exit_code = 4

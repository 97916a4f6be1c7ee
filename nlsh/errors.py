"""The error tree. Every error says what happened, to what, and what to do next.

NlshError
├── UsageError           the request cannot be taken as it stands                      exit 2
├── NotUnderstood        no plan, or too doubtful a one                                exit 3
├── NothingMatched       the selector fits no process                                  exit 4
├── NeedsConfirmation    nobody is there to say yes                                    exit 5
├── Denied               the policy, or the person asked, said no                      exit 6
├── ModelError           no usable model                                               exit 7
└── OperationFailed      the system refused or the thing vanished                      exit 1
    ├── SandboxError     a worker cannot be confined as it has to be, so it does not run
    ├── PluginError      a plugin cannot be used: its manifest is wrong, or it failed
    ├── AuditError       the audit log cannot be written, so nothing may act
    └── PolicyFileError  a policy file cannot be read; everything is asked for
"""

from __future__ import annotations


class NlshError(Exception):
    """Base of all errors that a person sees.

    `message` is one sentence without a trailing newline; `hint` is the next step, empty where there is none.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(NlshError):
    """The request cannot be taken as it stands: too long, not text, or an impossible combination."""

    exit_code = 2


class NotUnderstood(NlshError):
    """There is no plan for the utterance, or only one too doubtful to act on."""

    exit_code = 3


class NothingMatched(NlshError):
    """The selector fits no process that exists now."""

    exit_code = 4


class NeedsConfirmation(NlshError):
    """The policy wants a yes, and neither a terminal nor `--yes` can give it."""

    exit_code = 5


class Denied(NlshError):
    """The policy, or the person who was asked, said no. `rule` is the id of the deciding rule."""

    exit_code = 6

    def __init__(self, message: str, *, hint: str = "", rule: str = "") -> None:
        super().__init__(message, hint=hint)
        self.rule = rule


class ModelError(NlshError):
    """There is no usable model: none installed, a damaged file, too little memory, or a worker that died."""

    exit_code = 7


class OperationFailed(NlshError):
    """The system refused the operation, or its target vanished."""


class SandboxError(OperationFailed):
    """A worker cannot be confined as it has to be, so it does not run; or it did not survive its confinement."""


class PluginError(OperationFailed):
    """A plugin cannot be used: its manifest is wrong, its declarations are, or it failed at its work."""


class AuditError(OperationFailed):
    """The audit log cannot be written or does not verify."""


class PolicyFileError(OperationFailed):
    """A policy file has an error. `path` and `line` (1-based, 0 where unknown) say where."""

    def __init__(self, message: str, *, path: str, line: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line

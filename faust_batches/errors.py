"""The errors that this library raises, and the one-line text of an error."""

from __future__ import annotations


class StateError(RuntimeError):
    """The state cannot be read or written. No record is the cause."""


class FoldError(RuntimeError):
    """A fold returned an invalid step, which is a defect of the fold."""


class UnreachableError(RuntimeError):
    """Kafka does not answer. The message names the address and says what to do."""


class MissingTopicError(RuntimeError):
    """A topic does not exist, or this user may not see it. The message names it and says what to do."""


def reason(error: BaseException) -> str:
    """Return the message of an error, or the name of its type if it has no message."""
    return str(error) or type(error).__name__

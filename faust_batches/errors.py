"""The errors that this library raises, and how an error reads in one line."""

from __future__ import annotations


class StateError(RuntimeError):
    """The state cannot be read or written: no record is at fault."""


class UnreachableError(RuntimeError):
    """Kafka does not answer. The message names the address and says what to do."""


class MissingTopicError(RuntimeError):
    """A topic does not exist, or this user may not see it. The message names it and says what to do."""


def reason(error: BaseException) -> str:
    """Return why something failed: the message of the error, or its type when it has no message."""
    return str(error) or type(error).__name__

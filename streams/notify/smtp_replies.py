"""What a reply of a mail server means for a mail: sent, to be tried again, or rejected. Pure.

Codes: RFC 5321, section 4.2, and RFC 3463 for the enhanced ones, such as 5.1.1.
"""

from __future__ import annotations

import re
from typing import Literal

from streams.notify.outcomes import NotSent, Outcome, Rejected, Sent

Command = Literal["MAIL", "RCPT", "DATA", "end of DATA"]

MAILBOX_UNAVAILABLE = "mailbox_unavailable"
"""Error when the server says that the address does not exist or takes no mail."""

_ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})\b")
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})


def outcome_of_reply(command: Command, code: int, text: str) -> Outcome | None:
    """Return the outcome of a reply; None: the server accepts the command, and the next may follow.

    A permanent refusal of the recipient suspends it. A refusal of the sender, or one by policy (5.7), such as a relay
    that wants a password, is for the operator to fix: the mail waits.
    """
    error = f"smtp_{code} after {command}"
    if code // 100 == 2:
        return Sent("", "") if command == "end of DATA" else None
    if code == 354 and command == "DATA":
        return None
    enhanced = _ENHANCED.match(text)
    if code // 100 != 5 or command == "MAIL":
        return NotSent(error)
    if command == "RCPT":
        if enhanced and enhanced[1] == "7":
            return NotSent(error)
        if (enhanced and enhanced[1] == "1") or code in _NO_SUCH_MAILBOX:
            return Rejected(MAILBOX_UNAVAILABLE)
    return Rejected(error)

"""Accepts requests that Slack signed in the last five minutes, each of them once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cachetools import TTLCache
from slack_sdk.signature import SignatureVerifier

from streams.io.clock import monotonic

_REMEMBERED_SECONDS = 660.0
"""A signature is accepted from five minutes before its time to five minutes after it, so a repeat is possible for ten
minutes."""

_TIME = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class SignatureCheck:
    """Checks signatures with Slack's secret, and remembers them as long as they could be accepted again."""

    def __init__(self, secret: str) -> None:
        self._verifier = SignatureVerifier(secret)
        self._accepted: TTLCache[str, None] = TTLCache(float("inf"), _REMEMBERED_SECONDS, timer=monotonic)

    def accepts(self, times: Sequence[str], signatures: Sequence[str], body: bytes) -> bool:
        """Whether Slack signed a body, and it has not been accepted before.

        ``times`` and ``signatures`` have the values of the two headers: one value each.
        """
        if len(times) != 1 or len(signatures) != 1:
            return False
        [time], [signature] = times, signatures
        if not _TIME.fullmatch(time) or not _SIGNATURE.fullmatch(signature):  # the verifier raises for some of these
            return False
        if signature in self._accepted or not self._verifier.is_valid(body, time, signature):
            return False
        self._accepted[signature] = None
        return True

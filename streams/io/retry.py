"""The one retry loop for all channels: send until done, as :mod:`streams.notify.ledger` decides."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from streams.io.throttled_log import ThrottledLog
from streams.notify.ledger import Done, Form, Retry, RetryAsPlainText, next_step, wait_seconds
from streams.notify.outcomes import LookupDenied, LookupResult, NotFound, NotSent, Outcome, Sent

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
Send = Callable[[Form], Awaitable[Outcome]]
Lookup = Callable[[], Awaitable[LookupResult]]


async def _at_once() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Ownership:
    """What concerns a message about the owners of its partition."""

    confirm: Callable[[], Awaitable[None]]
    """Raises an error if another process may own the partition by now. A process that was suspended would otherwise
    repeat an outdated message, or undo a later correction."""
    may_exist: bool = False
    """A previous owner may have sent the message."""


class Retrier:
    """Repeats a request until it succeeds or is rejected. Logs a repeated failure at most once a minute."""

    def __init__(self, sleep: Sleep) -> None:
        self._sleep = sleep
        self._throttled = ThrottledLog(log)

    async def until_done(
        self,
        name: str,
        send: Send,
        form: Form,
        ownership: Ownership,
        lookup: Lookup | None = None,
        wait_for_turn: Callable[[], Awaitable[None]] = _at_once,
    ) -> Done:
        """Send until done; ``name`` is the destination for the log.

        ``lookup`` finds a message whose attempt ended without a clear response, or that a previous owner may have sent.
        ``wait_for_turn`` is awaited before each attempt.
        """
        attempts, ambiguous = 0, 0
        may_exist = ownership.may_exist
        while True:
            if may_exist and lookup:
                found = await self._find(name, lookup)
                if isinstance(found, Sent):
                    return Done("sent", found.channel, found.ts, form, attempts=attempts, ambiguous=ambiguous)
                ambiguous += 1  # it may still be on its way
            await wait_for_turn()
            await ownership.confirm()
            attempts += 1
            match next_step(await send(form), attempts, form):
                case Done() as done:
                    if done.error:
                        log.warning("%s rejected a message: %s", name, done.error)
                    return replace(done, ambiguous=ambiguous)
                case RetryAsPlainText(error):
                    log.warning("%s rejected the blocks of a message (%s); sending it as plain text", name, error)
                    form = "plain"
                case Retry(seconds, error, may_exist):
                    self._throttled.warning(
                        f"send {name}",
                        "Message to %s not sent (attempt %d, retry in %g s): %s", name, attempts, seconds, error,
                    )  # fmt: skip
                    await self._sleep(seconds)

    async def _find(self, name: str, lookup: Lookup) -> Sent | NotFound | LookupDenied:
        attempts = 0
        while True:
            result = await lookup()
            match result:
                case NotSent(error):
                    attempts += 1
                    seconds = wait_seconds(result, attempts)
                    self._throttled.warning(
                        f"lookup {name}",
                        "Lookup in %s failed (attempt %d, retry in %g s): %s", name, attempts, seconds, error,
                    )  # fmt: skip
                    await self._sleep(seconds)
                case LookupDenied(error):
                    self._throttled.warning(
                        f"denied {name}",
                        "A message to %s may be posted twice: the lookup is not permitted (%s)", name, error,
                    )  # fmt: skip
                    return result
                case _:
                    return result

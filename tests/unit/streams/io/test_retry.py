"""The retry loop: how long it waits between attempts and lookups, and how much it logs."""

from __future__ import annotations

import pytest

from streams.io.retry import Ownership, Retrier
from streams.notify.ledger import Done, Form
from streams.notify.outcomes import Ambiguous, LookupDenied, LookupResult, NotFound, NotSent, Outcome, Rejected, Sent
from tests.support.tables import each_row

SENT = Sent("1.0", "C1")


async def repeat(
    outcomes: list[Outcome], lookups: list[LookupResult] | None = None, *, may_exist: bool = False
) -> tuple[Done, list[float], list[Form]]:
    """Return the result, the waits in seconds and the form of each attempt."""
    waits: list[float] = []
    forms: list[Form] = []
    outcome, result = iter(outcomes), iter(lookups or [])

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def send(form: Form) -> Outcome:
        forms.append(form)
        return next(outcome)

    async def lookup() -> LookupResult:
        return next(result)

    async def confirm() -> None:
        pass

    done = await Retrier(sleep).until_done("C1", send, "full", Ownership(confirm, may_exist), lookup)
    return done, waits, forms


async def test_lookups_back_off_as_attempts_do() -> None:
    lookups: list[LookupResult] = [NotSent("http_500")] * 8
    _, waits, _ = await repeat([SENT], [*lookups, NotFound()], may_exist=True)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_lookups_wait_as_long_as_slack_asks() -> None:
    lookups: list[LookupResult] = [NotSent("ratelimited", 30.0), NotSent("ratelimited", 0.0), NotFound()]
    _, waits, _ = await repeat([SENT], lookups, may_exist=True)
    assert waits == [30, 1]


async def test_a_message_that_exists_is_not_sent_again() -> None:
    done, _, forms = await repeat([], [SENT], may_exist=True)
    assert (done.state, done.message_ts, forms) == ("sent", "1.0", [])


@each_row("result", [NotFound(), LookupDenied("missing_scope")])
async def test_an_attempt_after_an_unclear_one_counts_as_ambiguous(result: LookupResult) -> None:
    done, _, _ = await repeat([Ambiguous("http_500"), SENT], [result])
    assert (done.state, done.ambiguous, done.attempts) == ("sent", 1, 2)


async def test_rejected_blocks_are_sent_as_plain_text_at_once() -> None:
    done, waits, forms = await repeat([Rejected("invalid_blocks"), SENT])
    assert (done.form, waits, forms) == ("plain", [], ["full", "plain"])


async def test_a_rejection_ends_the_loop() -> None:
    done, waits, _ = await repeat([Rejected("is_archived")])
    assert (done.state, done.error, waits) == ("dead", "is_archived", [])


async def test_a_repeated_failure_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    await repeat([*[NotSent("ratelimited")] * 20, SENT])
    assert caplog.messages == ["Message to C1 not sent (attempt 1, retry in 1 s): ratelimited"]


async def test_failing_attempts_and_failing_lookups_have_a_line_each(caplog: pytest.LogCaptureFixture) -> None:
    lookups: list[LookupResult] = [NotSent("http_500"), NotSent("http_500"), NotFound()] * 5
    await repeat([*[Ambiguous("http_500")] * 5, SENT], lookups)
    assert [line.partition(" C1")[0] for line in caplog.messages] == ["Message to", "Lookup in"]

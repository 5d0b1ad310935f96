"""Exports of the running system."""

from dataclasses import asdict

from firstseen.topic_exports import account
from schemas.intake_tables import Accounting
from schemas.rejection import Reason


def test_the_accounting_adds_up_the_partitions_and_sorts_the_reasons():
    first = Accounting(accepted=3, duplicate=1, rejected={Reason.MALFORMED: 1})
    second = Accounting(accepted=1, stale=1, rejected={Reason.BAD_DAYS: 1, Reason.MALFORMED: 1})
    assert asdict(account([first, second])) == {
        "records": 9, "accepted": 4, "retracted": 0, "test": 0, "duplicate": 1, "stale": 1, "quarantined": 0,
        "rejected": {"bad_days": 1, "malformed": 2},
    }  # fmt: skip
    assert list(account([first, second]).rejected) == ["bad_days", "malformed"]

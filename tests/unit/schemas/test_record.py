from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from schemas.alert import AlertEvent
from schemas.evidence import Evidence
from schemas.intake_tables import Accounting, Version
from schemas.presence import Activity
from tests.support.builders import alert_event, evidence


def test_a_record_made_of_checked_values_is_the_record_made_by_checking_them() -> None:
    checked = evidence(title="A report", doubt="near a border")
    made = Evidence.model_construct(**dict(checked))
    assert made == checked
    assert made.to_bytes() == checked.to_bytes()
    assert made.model_fields_set == checked.model_fields_set | set(Evidence.model_fields)
    assert hash(made) == hash(checked)


def test_absent_fields_have_defaults_and_fields_keep_their_order() -> None:
    made = Version.model_construct(evidence=None, revision=3)
    assert made == Version(revision=3)
    assert made.to_bytes() == b'{"revision":3,"retracted":false}'
    assert made.model_fields_set == {"evidence", "revision"}


def test_a_copy_of_a_made_record_is_a_record_of_its_own() -> None:
    made = Activity.model_construct(group="JNIM", country="ML", region="Western Africa", day=date.min, sightings=())
    other = made.model_copy(update={"day": date.max})
    assert (made.day, other.day) == (date.min, date.max)
    assert other == Activity.from_bytes(other.to_bytes())


def test_a_list_by_default_is_never_shared() -> None:
    assert Accounting().rejected is not Accounting().rejected


def test_a_number_that_our_own_json_cannot_write_is_not_read() -> None:
    good = alert_event().to_bytes()
    assert AlertEvent.from_bytes(good).revision == 1
    with pytest.raises(ValidationError, match="revision"):
        AlertEvent.from_bytes(good.replace(b'"revision":1,', b'"revision":%d,' % 2**70))

"""What became known between two instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from history.changes import NewEpisode, changes
from history.database import History, instant_text
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import alert_event, change, evidence
from tests.support.pages import add_evidence, add_to_log, alert_log

AT = datetime(2026, 5, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return AT + timedelta(hours=hours)


def test_a_briefing_has_what_arrived_from_one_time_until_before_another() -> None:
    log = alert_log()
    history: History = log._queries.history
    old, known = evidence("2026-01-01", id="old"), evidence("2026-04-01", id="known", country="NE")
    add_evidence(history, change(old, arrived=at(0)), change(known, arrived=at(0)))
    corrected = evidence("2026-04-02", id="known", country="NE", revision=2)
    news = evidence("2026-04-20", id="new", group="IS", country="BE")
    later = evidence("2026-04-21", id="later", group="IS", country="FR")
    add_evidence(
        history, change(corrected, remove=known, arrived=at(1)), change(news, arrived=at(1)),
        change(remove=old, arrived=at(2)), EvidenceChange(arrived=at(2), groups=GroupsChange(put=(Group(id="IS"),))),
        change(later, arrived=at(3)),
    )  # fmt: skip
    add_to_log(log, [
        alert_event("a", arrived=at(0)), alert_event("b", arrived=at(1)), alert_event("a", 2, arrived=at(2)),
        alert_event("c", arrived=at(2), status="candidate"), alert_event("d", arrived=at(3)),
        alert_event("e", arrived=at(2), kind="first_in_area", area="box"),
    ])  # fmt: skip

    found = history.ask(lambda asked: changes(asked, instant_text(at(1)), instant_text(at(3)), Policy()))

    assert [(event.alert_id, event.revision) for event in found.alerts] == [("b", 1), ("a", 2)]
    day = date(2026, 4, 20)
    assert found.episodes == (NewEpisode("IS", "BE", "first_ever", day, day),)  # the other only moved by a day
    assert (found.reported, found.corrected, found.withdrawn) == (1, 1, 1)
    assert [revision.groups for revision in found.groups] == [("IS",)]
    nothing = history.ask(lambda asked: changes(asked, instant_text(at(5)), instant_text(at(9)), Policy()))
    assert (nothing.alerts, nothing.episodes, nothing.reported, nothing.groups) == ((), (), 0, ())

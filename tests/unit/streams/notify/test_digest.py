"""Several alerts in one message, within Slack's limits for any text."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertEvidence
from schemas.delivery import MAX_LINES, Delivery, Digest, DigestLine
from streams.notify.digest import build_digest, render_digest, with_correction
from streams.notify.message import Message, as_plain_text
from tests.support.builders import alert_event
from tests.support.slack_emulator.limits import message_problem


def delivery(name: str, **alert: Any) -> Delivery:
    return Delivery(delivery_id=name, destination="C12345678", alert=alert_event(alert_id=f"{name}-alert", **alert))


def rows(*deliveries: Delivery) -> dict[str, Delivery]:
    return {f"{number:04d}": row for number, row in enumerate(deliveries)}


def withdrawn(name: str) -> Delivery:
    return delivery(name, revision=2, status="retracted", type="retraction", why=AlertEvidence(sightings=(), origins=0))


def listed(message: Message) -> dict[str, list[str]]:
    """Return the lines of each kind."""
    found = {}
    for block in message.blocks[1:]:
        heading, bullets = block["elements"]
        texts = ["".join(part["text"] for part in item["elements"]) for item in bullets["elements"]]
        found[heading["elements"][0]["text"]] = texts
    return found


def test_each_confirmed_alert_has_a_line_and_a_withdrawn_one_has_none() -> None:
    digest = build_digest(
        "id", rows(delivery("a"), delivery("b", country="NE"), withdrawn("a"), delivery("c", country="BF"))
    )
    message = render_digest(digest)
    assert message.text == "2 alerts: JNIM in Niger, JNIM in Burkina Faso"
    assert message.blocks[0]["text"]["text"] == message.text
    assert listed(message) == {
        "First appearances": [
            "JNIM appeared in Niger for the first time · 31 Oct 2017 · 1 origin",
            "JNIM appeared in Burkina Faso for the first time · 31 Oct 2017 · 1 origin",
        ]
    }


def test_a_line_names_the_factions_that_were_seen() -> None:
    parent = delivery("a", group="Al-Qaida", by_affiliation=("JNIM",))
    crowded = delivery("b", by_affiliation=tuple(f"Faction {'of ' * 20}{number}" for number in range(8)))
    lines = listed(render_digest(build_digest("id", rows(parent, crowded, delivery("c", group="X")))))[
        "First appearances"
    ]
    assert lines[0].endswith(" · 1 origin · by affiliation: JNIM")
    assert len(lines[1]) < 200


def test_lines_are_links_grouped_by_kind_and_the_title_names_the_first_three() -> None:
    kinds = ("returned", "first_ever", "spread", "first_ever")
    digest = build_digest(
        "id", rows(*(delivery(str(number), kind=kind) for number, kind in enumerate(kinds))), "https://map.example.org"
    )
    message = render_digest(digest)
    assert [*listed(message)] == ["First appearances", "Returns", "Spreads"]
    assert message.text.endswith("and 1 more")
    assert str(message.blocks).count("https://map.example.org/alert/") == 4


def test_lines_of_an_earlier_version_are_shown_as_they_were_written() -> None:
    old = DigestLine(delivery_id="z", text="• *FIRST SEEN* · JNIM · Chad")
    digest = build_digest("id", rows(delivery("a")))
    digest = digest.replace(lines=(*digest.lines, old))
    message = render_digest(digest)
    assert message.blocks[-1]["text"]["text"] == old.text
    assert message.text == "2 alerts: JNIM in Mali and 1 more"
    assert Digest.from_bytes(digest.to_bytes()) == digest
    corrected = with_correction(digest, withdrawn("z"))
    assert "Alert withdrawn" in str(render_digest(corrected).blocks[1])
    row = b'{"digest_id":"d","destination":"C12345678","lines":[{"delivery_id":"z","text":"* x"}]}'
    assert render_digest(Digest.from_bytes(row)).text == "1 alert"


def test_a_line_changes_with_its_alert() -> None:
    digest = with_correction(build_digest("id", rows(delivery("a"), delivery("b"))), withdrawn("b"))
    message = render_digest(digest)
    assert listed(message)["First appearances"] == [
        "JNIM appeared in Mali for the first time · 31 Oct 2017 · 1 origin",
        "Alert withdrawn: JNIM appeared in Mali for the first time · 31 Oct 2017",
    ]
    assert "*Alert withdrawn:* ~JNIM appeared in Mali for the first time~" in as_plain_text(message).text


@given(st.text(max_size=400), st.integers(1, MAX_LINES))
def test_no_text_and_no_number_of_alerts_breaks_slacks_limits(text: str, count: int) -> None:
    group = text.strip() or "x"
    deliveries = [delivery(str(number)) for number in range(count)]
    hostile = [row.replace(alert=row.alert.replace(group=group * 3)) for row in deliveries]
    message = render_digest(build_digest("id", rows(*hostile)))
    assert message_problem(message) is None
    assert "<!" not in message.text

"""A mail says what the card says, in text and HTML, and no text of a producer becomes a header or mark-up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertEvidence
from streams.notify.cards import alert_card, lines_of
from streams.notify.mail import MAILBOX_UNAVAILABLE, Command, Envelope, Thread, mail, outcome_of_reply
from streams.notify.outcomes import NotSent, Rejected, Sent
from streams.notify.spans import words
from tests.support.builders import alert_event, evidence
from tests.support.tables import each_row

ENVELOPE = Envelope("alerts@example.org", "analyst@example.org", datetime(2026, 1, 1, tzinfo=UTC))
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "List-Unsubscribe",
    "MIME-Version", "Content-Type",
]  # fmt: skip
HOSTILE = st.text(
    st.one_of(st.sampled_from("\r\n\0<>&\"'=?_-. :"), st.characters(exclude_categories=["Cs"])), min_size=1, max_size=60
)


def parsed(content: bytes) -> EmailMessage:
    found = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(found, EmailMessage)
    return found


def text(content: EmailMessage, kind: str = "plain") -> str:
    part = content.get_body((kind,))
    assert part
    return str(part.get_content())


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"style", "href", "lang", "charset"}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_becomes_a_header_or_mark_up(group: str, title: str, doubt: str) -> None:
    why = AlertEvidence(sightings=(evidence("2017-10-31", title=title),), origins=1)
    content = mail(
        alert_card(alert_event(group=group, why=why, doubts=(doubt,))), Thread("d-1.2", first="d-1"), ENVELOPE
    )
    found = parsed(content)
    assert found.keys() == HEADERS
    assert not found.defects
    assert found["To"].addresses[0].addr_spec == "analyst@example.org"
    assert "\n" not in found["Subject"]
    html = _Seen()
    html.feed(text(found, "html"))
    assert html.tags <= {"html", "head", "meta", "title", "body", "div", "h1", "p", "br", "strong", "del", "a", "code"}


def test_an_encoded_word_of_a_producer_is_not_decoded() -> None:
    group = "=?utf-8?q?=E2=80=AEevil=0D=0ABcc=3A_x=40y?="
    content = mail(alert_card(alert_event(group=group)), Thread("d-1"), ENVELOPE)
    assert group in str(parsed(content)["Subject"])


@given(HOSTILE)
def test_every_line_is_ascii_of_a_permitted_length(group: str) -> None:
    content = mail(alert_card(alert_event(group=group)), Thread("d-1"), ENVELOPE)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)


def test_text_and_html_have_the_lines_of_the_message() -> None:
    card = alert_card(alert_event(group="A & <b>"), page="https://page.example")
    found = parsed(mail(card, Thread("d-1"), ENVELOPE))
    html = _Seen()
    html.feed(text(found, "html"))
    for line in lines_of(card):
        assert words(line) in text(found)
        assert words(line) in html.text
    assert card.headline[0].url
    assert f"<{card.headline[0].url}>" in text(found)


def test_a_mail_loads_nothing_from_elsewhere() -> None:
    content = text(parsed(mail(alert_card(alert_event()), Thread("d-1"), ENVELOPE)), "html")
    assert not re.search(r"<(img|link|script|iframe)|url\(|src=", content)


def test_a_repetition_has_the_same_id_and_a_first_mail_answers_none() -> None:
    first = parsed(mail(alert_card(alert_event()), Thread("d-1"), ENVELOPE))
    later = Envelope("alerts@example.org", "analyst@example.org", datetime(2026, 1, 2, tzinfo=UTC))
    again = parsed(mail(alert_card(alert_event()), Thread("d-1"), later))
    assert first["Message-ID"] == again["Message-ID"] == "<d-1@example.org>"
    assert first["In-Reply-To"] is None


@each_row("scheme", ["http", "https"])
def test_the_link_to_unsubscribe_is_one_line_as_mail_programs_read_it(scheme: str) -> None:
    link = f"{scheme}://page.example/unsubscribe/{'a' * 120}.{'b' * 43}"
    envelope = Envelope("alerts@example.org", "analyst@example.org", ENVELOPE.at, link)
    content = mail(alert_card(alert_event()), Thread("d-1"), envelope)
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in content
    assert (b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content) == (scheme == "https")


def test_without_a_page_the_recipient_unsubscribes_by_mail() -> None:
    found = parsed(mail(alert_card(alert_event()), Thread("d-1"), ENVELOPE))
    assert found["List-Unsubscribe"] == "<mailto:alerts@example.org?subject=unsubscribe>"
    assert "To unsubscribe, write to alerts@example.org." in text(found)


@each_row(
    ("command", "code", "said", "outcome"),
    [
        ("MAIL", 250, "", None),
        ("RCPT", 251, "will forward", None),
        ("DATA", 354, "go on", None),
        ("end of DATA", 250, "queued", Sent("", "")),
        ("MAIL", 550, "5.1.8 unknown sender", NotSent("smtp_550 after MAIL")),
        ("RCPT", 421, "closing", NotSent("smtp_421 after RCPT")),
        ("RCPT", 550, "no", Rejected(MAILBOX_UNAVAILABLE)),
        ("RCPT", 554, "5.1.1 no", Rejected(MAILBOX_UNAVAILABLE)),
        ("RCPT", 550, "5.7.1 log in first", NotSent("smtp_550 after RCPT")),
        ("RCPT", 552, "5.2.2 full", Rejected("smtp_552 after RCPT")),
        ("DATA", 503, "bad order", Rejected("smtp_503 after DATA")),
        ("end of DATA", 451, "later", NotSent("smtp_451 after end of DATA")),
        ("end of DATA", 552, "too long", Rejected("smtp_552 after end of DATA")),
    ],
)
def test_each_reply_means_one_outcome(command: Command, code: int, said: str, outcome: object) -> None:
    assert outcome_of_reply(command, code, said) == outcome


def test_a_server_that_does_not_ask_for_the_mail_does_not_get_it() -> None:
    assert outcome_of_reply("DATA", 250, "ok") == NotSent("smtp_250 after DATA")
    assert outcome_of_reply("DATA", 354, "go ahead") is None


@each_row("code", [-1, 100, 354])
def test_any_other_reply_after_the_mail_does_not_say_whether_it_was_sent(code: int) -> None:
    assert outcome_of_reply("end of DATA", code, "") is None

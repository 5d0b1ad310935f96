"""Several alerts in one message, by kind, a line for each. A correction of an alert edits its line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from schemas.alert import AlertEvent
from schemas.codes import AlertKind
from schemas.delivery import LONGEST_ADDRESS, LONGEST_LINE, Delivery, Digest, DigestLine
from schemas.labels import KINDS, STATUSES, counted, join_first, origins_in_words
from schemas.limits import shorten
from streams.notify.cards import Card
from streams.notify.families import faction_of
from streams.notify.ledger import kept_map
from streams.notify.message import EVENT_TYPE, LONGEST_HEADER, Block, Message, render_family
from streams.notify.phrases import alert_address, news, some_day, subject
from streams.notify.spans import Line, Span, bullets, line, mrkdwn, section
from streams.notify.untrusted_text import escape, plain, units, visible

_SECTION_UNITS = 2800
"""Slack accepts 3,000 in a section."""
_NEWS, _SUBJECT, _IN_TITLE, _FACTIONS = 200, 60, 3, 2


def build_digest(digest_id: str, rows: Mapping[str, Delivery], page: str | None = None) -> Digest:
    """Return the digest of outbox rows of one destination, by key in their order; each delivery as in its last row.

    ``page``: address of the web page, for the links of the lines.
    """
    last = {delivery.delivery_id: delivery for delivery in rows.values()}
    confirmed = [delivery for delivery in last.values() if delivery.alert.status == "confirmed"]
    destination = next(iter(last.values())).destination
    lines = tuple(_digest_line(delivery, page) for delivery in confirmed)
    return Digest(
        digest_id=digest_id, destination=destination, lines=lines, full=faction_of(confirmed), keys=tuple(rows)
    )


def with_correction(digest: Digest, delivery: Delivery, page: str | None = None) -> Digest:
    """Return the digest with the line of one delivery in its current state."""
    lines = tuple(
        _corrected(old, _digest_line(delivery, page)) if old.delivery_id == delivery.delivery_id else old
        for old in digest.lines
    )
    digest = digest.replace(lines=lines)
    if digest.full is None or digest.full.delivery_id != delivery.delivery_id:
        return digest
    return digest.replace(full=delivery, map_file=kept_map(digest.map_file, delivery.alert))


def render_digest(digest: Digest, *, interactive: bool = False, page: str | None = None) -> Message:
    """Return the message of a digest. Its maximum number of lines fits Slack's limits.

    ``interactive`` and ``page`` are as in :func:`streams.notify.message.render`, for the alert of a faction.
    """
    if digest.full:
        parents = [_spans(each)[:-1] for each in digest.lines if each.delivery_id != digest.full.delivery_id]
        faction = digest.full.replace(delivery_id=digest.digest_id)
        return render_family(faction, parents, interactive=interactive, page=page, map_file=digest.map_file)
    title = _title(digest.lines)
    by_kind = {kind: [each for each in digest.lines if each.kind == kind] for kind in KINDS}
    blocks: list[Block] = [{"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}]
    for kind, lines in by_kind.items():
        if lines:
            listed = [section([_heading(kind)]), bullets(map(_spans, lines))]
            blocks.append({"type": "rich_text", "elements": listed})
    blocks += [
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
        for text in _sections([each.text for each in digest.lines if each.kind is None])
    ]
    payload = {"part": "root", "delivery_id": digest.digest_id, "alert_id": "", "revision": 0}
    return Message(
        text=escape(title, LONGEST_HEADER),
        blocks=tuple(blocks),
        metadata={"event_type": EVENT_TYPE, "event_payload": payload},
        card=Card(line(Span(title, bold=True)), tuple(_paragraphs(by_kind)), ()),
    )


def _paragraphs(by_kind: Mapping[AlertKind, Sequence[DigestLine]]) -> Iterator[tuple[Line, ...]]:
    for kind, lines in by_kind.items():
        if lines:
            yield _heading(kind), *(line("• ", *_spans(each)) for each in lines)


def _heading(kind: AlertKind) -> Line:
    return line(Span(KINDS[kind].plural.capitalize(), bold=True))


def alert_line(alert: AlertEvent, page: str | None = None) -> Line:
    """Return an alert as a line of a list: the news, its days and its origins."""
    return _spans(_line(alert, "", page))


def _digest_line(delivery: Delivery, page: str | None) -> DigestLine:
    return _with_text(_line(delivery.alert, delivery.delivery_id, page))


def _with_text(digest_line: DigestLine) -> DigestLine:
    return digest_line.replace(text=shorten(f"• {mrkdwn([_spans(digest_line)])}", LONGEST_LINE))


def _line(alert: AlertEvent, delivery_id: str, page: str | None) -> DigestLine:
    origins = origins_in_words(alert.why.origins) if alert.why.sightings else ""
    through = f"by affiliation: {visible(join_first(alert.by_affiliation, _FACTIONS), _SUBJECT)}"
    address = alert_address(page, alert) if page else ""
    return DigestLine(
        delivery_id=delivery_id,
        text="",
        kind=alert.kind,
        news=visible(news(alert), _NEWS),
        subject=visible(subject(alert), _SUBJECT),
        details=" · ".join(
            filter(None, (some_day(alert.first_day, alert.begins_by), origins, through if alert.by_affiliation else ""))
        ),
        verdict="" if alert.status == "confirmed" else STATUSES[alert.status].verdict,
        address=address if len(address) <= LONGEST_ADDRESS else "",
    )


def _corrected(old: DigestLine, new: DigestLine) -> DigestLine:
    """Return a line as it is now; if it is no longer news, with the news as it was sent."""
    return _with_text(new.replace(kind=old.kind, news=old.news)) if new.verdict and old.kind else new


def _spans(digest_line: DigestLine) -> Line:
    gone = bool(digest_line.verdict)
    return line(
        Span(f"{digest_line.verdict}: " if gone else "", bold=True),
        Span(digest_line.news, bold=not gone, struck=gone, url=digest_line.address or None),
        f" · {digest_line.details}",
    )


def _title(lines: Sequence[DigestLine]) -> str:
    current = sorted((each for each in lines if not each.verdict), key=_rank) or lines
    subjects = [each.subject for each in current if each.subject]
    named = join_first(subjects, _IN_TITLE, len(current) - len(subjects))
    return plain(f"{counted(len(lines), 'alert')}{': ' if subjects else ''}{named if subjects else ''}", LONGEST_HEADER)


def _rank(digest_line: DigestLine) -> int:
    """Return the place of a line's kind among the kinds, so that the title names first appearances first."""
    return [*KINDS, None].index(digest_line.kind)


def _sections(lines: Sequence[str]) -> list[str]:
    sections: list[str] = []
    for text in lines:
        if sections and units(sections[-1]) + units(text) < _SECTION_UNITS:
            sections[-1] += f"\n{text}"
        else:
            sections.append(text)
    return sections

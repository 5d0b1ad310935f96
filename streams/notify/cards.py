"""An alert in, a card out: what a message says, for Slack, the terminal and webhooks alike. Pure.

From top to bottom: the headline, why it is news, who reports it and how certain it is, days and place,
earlier corrections. :mod:`streams.notify.message` and :mod:`streams.io.terminal` render it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from places.countries import country_in_text, country_name
from schemas.alert import AlertEvent
from schemas.codes import AlertKind
from schemas.delivery import Correction
from schemas.evidence import Evidence
from schemas.labels import KINDS, STATUSES, grade_in_words, join_first, join_words, origins_in_words, with_article
from streams.notify.changes import change_lines, contradicts, history_lines, needs_reply, reason_line, verdict
from streams.notify.ledger import SHOWN_IN_TERMINAL, Action, Done, PostCorrection, PostRoot, Skip
from streams.notify.phrases import alert_address, days, group_in_text, news, place_in_text, short_id, some_day, subject
from streams.notify.spans import Line, Span, joined, line, utc, words
from streams.notify.untrusted_text import clean, site, target, visible

NOT_NEWS = "#8a919c"
"""Colour of an alert that is not confirmed, or no longer."""

_EVIDENCE_CHANGED = {
    "reported": "A new report changed the evidence", "corrected": "The evidence was corrected",
    "withdrawn": "The evidence was withdrawn", "groups": "Names or affiliations changed",
    "areas": "The area was changed",
}  # fmt: skip
_NAME, _SENTENCE, _TITLE = 100, 400, 300
_MAX_NAMES, _MAX_EVIDENCE, _MAX_DOUBTS, _MAX_COUNTRIES = 3, 3, 3, 8


@dataclass(frozen=True, slots=True)
class Card:
    """What a message says."""

    headline: Line
    paragraphs: tuple[tuple[Line, ...], ...]
    """Lines by paragraph; none is empty."""
    context: tuple[Line, ...]
    """Days, place, time and id: parts of one line."""
    history: tuple[Line, ...] = ()
    """Earlier corrections."""
    colour: str | None = None
    """``#rrggbb``; None: that of the surroundings."""


def alert_card(alert: AlertEvent, corrections: Sequence[Correction] = (), page: str | None = None) -> Card:
    """Return the card of an alert as it is now. ``page``: address of the web page, for the link of the headline."""
    paragraphs = [[*_reason(alert, corrections)], [*_sources(alert)], [*_doubts(alert)]]
    return Card(
        headline=headline(alert, _kind_as_sent(alert, corrections), page),
        paragraphs=tuple(tuple(lines) for lines in paragraphs if lines),
        context=tuple(_context(alert, is_changed=bool(corrections))),
        history=tuple(history_lines(corrections)),
        colour=KINDS[alert.kind].colour if alert.status == "confirmed" else NOT_NEWS,
    )


def headline(alert: AlertEvent, sent: AlertKind | None = None, page: str | None = None) -> Line:
    """Return the news as a sentence. If an alert is not confirmed, the sentence first says so.

    ``sent``: the kind with which it was sent; None: what its last change says. ``page`` is as in :func:`alert_card`.
    """
    link = alert_address(page, alert) if page else None
    if alert.status == "confirmed":
        return line(Span(news(alert), bold=True, url=link))
    status = STATUSES[alert.status]
    said = news(alert, sent or _kind_as_sent(alert, ()))
    return line(Span(f"{status.verdict}: ", bold=True), Span(said, struck=status.is_taken_back, url=link))


def family_card(alert: AlertEvent, parents: Sequence[Line], page: str | None = None) -> Card:
    """Return the card of a faction's alert, with the news about the groups that it belongs to."""
    card = alert_card(alert, page=page)
    family = tuple(line("By affiliation: ", *parent) for parent in parents)
    return replace(card, paragraphs=(*card.paragraphs, family)) if family else card


def correction_card(alert: AlertEvent, page: str | None = None) -> Card:
    """Return the card of a change: whether the alert is still news, why, and the struck values."""
    why = [*_reason(alert, ())] if alert.status != "confirmed" else []
    # The headline says the status.
    changes = [change for change in alert.changes if change.what != "status"]
    changed = [*change_lines(changes), reason_line(alert.cause)]
    link = alert_address(page, alert) if page else None
    return Card(
        headline=line(Span(verdict(alert), bold=True, url=link)),
        paragraphs=tuple(tuple(lines) for lines in (why, changed) if lines),
        context=(line("changed ", Span(utc(alert.arrived), at=alert.arrived)), line(visible(short_id(alert), _NAME))),
        colour=KINDS[alert.kind].colour if alert.status == "confirmed" else NOT_NEWS,
    )


def follow_up_card(alert: AlertEvent, page: str | None = None) -> Card:
    """Return the card of a change as a message of its own, where the first one cannot be edited: it names that one."""
    card = correction_card(alert, page)
    verb = "Corrects" if contradicts(alert.changes) else "Adds to"
    country = next((change.old for change in alert.changes if change.what == "country"), alert.country)
    sent = news(alert.replace(country=country), _kind_as_sent(alert, ()))
    about = line(f"{verb} an earlier message: ", Span(sent, struck=alert.status != "confirmed"))
    return replace(card, paragraphs=((about,), *card.paragraphs))


def card_to_send(alert: AlertEvent, action: Action, page: str | None = None) -> Card | Done:
    """Return the next card for a destination whose messages cannot be edited; `Done`: there is nothing to send."""
    match action:
        case Skip(state, error):
            return Done(state, error=error)
        case PostRoot():
            return alert_card(alert, page=page)
        case PostCorrection(via="console"):
            return Done("dead", error=SHOWN_IN_TERMINAL)
        case PostCorrection() if not needs_reply(alert):
            return Done("sent", attempts=0)
        case PostCorrection():
            return follow_up_card(alert, page)


def lines_of(card: Card) -> list[Line]:
    """Return all lines of a card, from top to bottom."""
    lines = [card.headline, *(each for lines in card.paragraphs for each in lines), joined(card.context, " · ")]
    return [each for each in (*lines, *card.history) if each]


def summary(card: Card) -> dict[str, object]:
    """Return a card as plain text for programs."""
    return {
        "headline": words(card.headline),
        "text": ["\n".join(map(words, lines)) for lines in card.paragraphs],
        "context": " · ".join(map(words, card.context)),
    }


def _kind_as_sent(alert: AlertEvent, corrections: Sequence[Correction]) -> AlertKind:
    """Return the kind with which the alert was sent, as far as its corrections still say."""
    changes = [change for correction in corrections for change in correction.changes] or alert.changes
    old = next((change.old for change in changes if change.what == "kind"), alert.kind)
    return next((kind for kind in KINDS if kind == old), alert.kind)


def _reason(alert: AlertEvent, corrections: Sequence[Correction]) -> Iterator[Line]:
    """Yield why this is news, or no longer."""
    match alert.status:
        case "retracted":
            yield line(f"{_EVIDENCE_CHANGED[alert.cause.what]}: no sufficient evidence of {subject(alert)} remains.")
            return
        case "candidate":
            yield line("The evidence is not enough: it needs a better grade, or two independent origins.")
        case "superseded":
            yield line(_why_superseded(alert, _kind_as_sent(alert, corrections)))
        case "confirmed":
            yield line(_why_spread(alert) if alert.is_regional else _why_new(alert))
    if alert.by_affiliation:
        factions = join_words(_names(alert.by_affiliation))
        yield line(f"By affiliation: seen as {factions}, part of it at the time.")


def _why_superseded(alert: AlertEvent, sent: AlertKind) -> str:
    previous, gap = alert.why.previous_last_day, alert.gap
    if alert.kind == sent or alert.is_regional or previous is None or gap is None:
        return "The group was there earlier, or another alert covers these days."
    last = some_day(alert.why.previous_ends_from or previous, previous)
    return (
        f"{group_in_text(alert)} was already in {country_in_text(alert.country)} on {last}, {gap.in_words} before, so "
        f"this was {with_article(KINDS[alert.kind].noun)} and not {with_article(KINDS[sent].noun)}."
    )


def _why_new(alert: AlertEvent) -> str:
    where, previous = place_in_text(alert), alert.why.previous_last_day
    if previous and alert.gap:
        last = some_day(alert.why.previous_ends_from or previous, previous)
        return f"Last on record in {where} on {last}, {alert.gap.in_words} before."
    earlier, since = "", alert.why.records_since
    if since and (alert.why.records_begin_by or since) < alert.first_day:
        begin = some_day(since, alert.why.records_begin_by)
        earlier = f"; in {visible(alert.region, _NAME)} the group has been on record since {begin}"
    return f"No earlier sighting in {where} is on record{earlier}."


def _why_spread(alert: AlertEvent) -> str:
    names = [country_in_text(country) for country in alert.countries]
    listed = join_words(names) if len(names) <= _MAX_COUNTRIES else join_first(names, _MAX_COUNTRIES)
    third = some_day(alert.first_day, alert.begins_by)
    within = ", three of them within 30 days" if len(names) > len("ABC") else " within 30 days"
    last = country_in_text(alert.country)
    return f"New in {listed}{within}. {last[0].upper()}{last[1:]} was the third, on {third}."


def _sources(alert: AlertEvent) -> Iterator[Line]:
    """Yield the number and names of the origins with the certainty, then the reports."""
    sightings = alert.why.sightings
    if not sightings:
        return
    origins = _names(sighting.origin_name for sighting in sightings)
    named = f": {join_first(origins, _MAX_NAMES)}" if origins else ", not named"
    yield line(f"Reported by {origins_in_words(alert.why.origins)}{named}. {_certainty(alert)}")
    yield from (_report(sighting, in_country=alert.is_regional) for sighting in sightings[:_MAX_EVIDENCE])
    if (more := len(sightings) - _MAX_EVIDENCE) > 0:
        yield line(f"and {more} more")


def _certainty(alert: AlertEvent) -> str:
    grades = sorted(sighting.grade for sighting in alert.why.sightings if sighting.grade)
    grade = f"{grade_in_words(grades[0]).capitalize()}." if grades else "Not graded."
    if alert.why.origins == 1:
        return f"{grade} No second origin yet."
    return f"Best grade: {grade[0].lower()}{grade[1:]}" if len(set(grades)) > 1 else grade


def _names(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(visible(name, _NAME) for name in names if name and clean(name)))


def _report(sighting: Evidence, *, in_country: bool) -> Line:
    """Return a report's title, site, kind and, of several countries, its country.

    The site is shown beside the link, because a title can claim any site.
    """
    title = visible(sighting.title or "", _TITLE) or f"Report {visible(sighting.key, _NAME)}"
    safe = target(sighting.url)
    about = [country_name(sighting.country)] if in_country else []
    about += [site(sighting.url) or "", sighting.kind if sighting.kind != "other" else ""]
    if sighting.url and not safe:
        about.append(f"not linked, because it is not a safe web address: {visible(sighting.url, _NAME)}")
    return line(Span(title, url=safe), *(f" · {part}" for part in about if part))


def _doubts(alert: AlertEvent) -> Iterator[Line]:
    for doubt in [doubt for doubt in alert.doubts if clean(doubt)][:_MAX_DOUBTS]:
        yield line(Span("In doubt: ", bold=True), visible(doubt, _SENTENCE))


def _context(alert: AlertEvent, *, is_changed: bool) -> Iterator[Line]:
    yield line(days(alert.first_day, alert.last_day, alert.begins_by, alert.ends_from))
    if alert.why.sightings and not alert.is_regional:
        first = alert.why.sightings[0]
        yield line(", ".join(_names((first.place, first.admin1))) or "place not stated")
    if alert.area:
        yield line(country_name(alert.country))
    elif region := visible(alert.region, _NAME):
        yield line(region)
    yield line("changed " if is_changed else "reported ", Span(utc(alert.arrived), at=alert.arrived))
    yield line(visible(short_id(alert), _NAME))

"""Puts the rows of a map, and the differences between two maps, into words. Pure."""

from __future__ import annotations

from history.map_rows import Row
from schemas.days import Gap, days_in_words, some_day_in_words


def reason_in_words(row: Row) -> str:
    """Return why a group is in its category: the gap before, the first day on record, affiliations and doubts."""
    parts = []
    if row.previous_last_day:
        previous = some_day_in_words(row.previous_ends_from or row.previous_last_day, row.previous_last_day)
        parts.append(f"{_gap(row).in_words} after {previous}")
    elif row.category in {"new", "candidate"}:
        parts.append("nothing earlier on record")
    if row.category == "candidate":
        parts.append("not confirmed")
    if row.since and row.since != row.first_day:
        parts.append(f"on record since {some_day_in_words(row.since, row.since_by)}")
    if row.by_affiliation:
        parts.append(f"by affiliation: {', '.join(row.by_affiliation)}")
    if row.doubts:
        parts.append("in doubt")
    return "; ".join(parts)


def row_in_words(row: Row, *, since: bool = True) -> str:
    """Return the category and days of a group in a country, with its first day on record unless ``since`` is False."""
    earlier = row.since if since and row.since != row.first_day else None
    first = f", on record since {some_day_in_words(earlier, row.since_by)}" if earlier else ""
    by = f", by affiliation: {', '.join(row.by_affiliation)}" if row.by_affiliation else ""
    return f"{_category_in_words(row)}{first}{by}{', in doubt' if row.doubts else ''}"


def first_day_in_words(row: Row) -> str:
    """Return the first day of the episode, as precisely as it is known."""
    return some_day_in_words(row.first_day, row.begins_by)


def last_day_in_words(row: Row) -> str:
    """Return the last day of the episode, as precisely as it is known."""
    return some_day_in_words(row.ends_from or row.last_day, row.last_day)


def difference_in_words(then: Row | None, now: Row | None) -> str:
    """Return what was known then and what is known now."""
    return f"then {row_in_words(then) if then else 'nothing known'}; {_now_in_words(then, now)}"


def _category_in_words(row: Row) -> str:
    match row.category:
        case "new":
            return f"new on {first_day_in_words(row)}"
        case "back" | "returned":
            return f"{row.category} on {first_day_in_words(row)} after {_gap(row).length}"
        case "active":
            return f"active since {first_day_in_words(row)}"
        case "seen before":
            return f"seen before, last on {last_day_in_words(row)}"
        case "candidate":
            days = days_in_words(row.first_day, row.last_day, row.begins_by, row.ends_from)
            return f"a candidate, seen {days} and not confirmed"


def _now_in_words(then: Row | None, now: Row | None) -> str:
    if now is None:
        return "now no longer on record"
    if then and then.category == now.category == "new":
        return f"now new on {first_day_in_words(now)} instead{_changed_affiliation(then, now)}"
    if now.since and then and then.since and now.since < then.since:
        return f"now known since {some_day_in_words(now.since, now.since_by)}: {row_in_words(now, since=False)}"
    return f"now {row_in_words(now)}"


def _changed_affiliation(then: Row, now: Row) -> str:
    if then.by_affiliation == now.by_affiliation:
        return ""
    return f", by affiliation: {', '.join(now.by_affiliation)}" if now.by_affiliation else ", naming the group itself"


def _gap(row: Row) -> Gap:
    assert row.gap is not None, "the row has a previous episode"
    return row.gap

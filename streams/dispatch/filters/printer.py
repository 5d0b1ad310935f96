"""Subscription -> text: the inverse of :mod:`streams.dispatch.filters.parser`."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.codes import AlertKind
from schemas.labels import KINDS
from schemas.subscription import PUSHED, Circle, Clause, Subscription
from streams.dispatch.filters.tokens import quote


def format_filter(subscription: Subscription) -> str:
    """Return the canonical text of a subscription. Unless it is too long, parsing it gives the same subscription."""
    clauses = [_format_clause(clause) for clause in subscription.clauses]
    if len(clauses) > 1:
        clauses = [clause or _format_kinds(PUSHED) for clause in clauses]
    daily = subscription.daily
    digest = f"digest:daily@{daily.at} {daily.zone}" if daily else ""
    return " ".join(filter(None, (" OR ".join(clauses), digest)))


def _format_clause(clause: Clause) -> str:
    filters = {
        "group": (clause.groups, clause.not_groups),
        "country": (clause.countries, clause.not_countries),
        "in": (clause.regions, clause.not_regions),
        "within": (clause.within, clause.not_within),
        "province": (clause.provinces, clause.not_provinces),
    }
    quoted = {key: ([*map(quote, included)], [*map(quote, excluded)]) for key, (included, excluded) in filters.items()}
    quoted["near"] = [*map(format_circle, clause.near)], [*map(format_circle, clause.not_near)]
    terms = []
    for key, (included, excluded) in quoted.items():
        values = [*included, *(f"!{value}" for value in excluded)]
        terms += [f"{key}:{','.join(values)}"] if values else []
    terms += [_format_kinds(clause.kinds)] if clause.kinds != PUSHED else []
    terms += [f"origins>={clause.least_origins}"] if clause.least_origins > 1 else []
    return " ".join(terms)


def format_circle(circle: Circle) -> str:
    """Return a circle as a filter writes it: ``16.27,-0.04,200km``."""
    numbers = (f"{number:.4f}".rstrip("0").rstrip(".") for number in (circle.latitude, circle.longitude, circle.km))
    return f"{','.join(numbers)}km"


def _format_kinds(kinds: Sequence[AlertKind]) -> str:
    return f"kind:{','.join(KINDS[kind].filter_names[0] for kind in kinds)}"

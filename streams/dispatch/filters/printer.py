"""Subscription -> text: the inverse of :mod:`streams.dispatch.filters.parser`."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.codes import AlertKind
from schemas.labels import KINDS
from schemas.subscription import PUSHED, Clause, Subscription
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
    }
    terms = []
    for key, (included, excluded) in filters.items():
        values = [*map(quote, included), *(f"!{quote(value)}" for value in excluded)]
        terms += [f"{key}:{','.join(values)}"] if values else []
    terms += [_format_kinds(clause.kinds)] if clause.kinds != PUSHED else []
    terms += [f"origins>={clause.least_origins}"] if clause.least_origins > 1 else []
    return " ".join(terms)


def _format_kinds(kinds: Sequence[AlertKind]) -> str:
    return f"kind:{','.join(KINDS[kind].filter_names[0] for kind in kinds)}"

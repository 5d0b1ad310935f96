"""Requests that commands in Slack make. Pure; :mod:`web.slack_app.handlers` performs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from schemas.subscription import Subscriber, Subscription
from web.slack_app.replies import Reply


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    text: str
    """The text after ``/firstseen``, as Slack sends it."""
    channel: str
    user: str
    at: datetime
    page: str | None = None
    """Address of the web page, for links; None: replies have none."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the channel's row."""

    decide: Callable[[Subscriber | None], tuple[Subscriber | None, Reply]]
    """Returns the new row and the reply, given the row at the time of writing."""
    picture: Subscription | None = None
    """If set, the reply lists the current alerts of this subscription as well."""


@dataclass(frozen=True, slots=True)
class OpenSubscribeForm:
    """A request for the form of a new subscription."""


@dataclass(frozen=True, slots=True)
class OpenReportForm:
    """A request for the form that reports an error in an alert."""

    prefix: str
    """The start of its id."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A request for the messages that subscriptions would have sent."""

    subscriptions: tuple[Subscription, ...] | None
    """None: those of the channel."""
    days: int


@dataclass(frozen=True, slots=True)
class ExplainAlert:
    """A request for the evidence of an alert."""

    prefix: str
    """The start of its id."""


Request = Change | OpenSubscribeForm | OpenReportForm | Preview | ExplainAlert
"""The request of a command that needs data."""

"""Builds the feed that ``firstseen feeds follow`` names: GDELT, UCDP, ACLED or a document at an address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from difflib import get_close_matches
from urllib.parse import SplitResult, urlsplit

from firstseen.follow.acled import Acled
from firstseen.follow.addresses import shown
from firstseen.follow.batch import Feed
from firstseen.follow.document import Document
from firstseen.follow.gdelt import Gdelt
from firstseen.follow.http import FeedError
from firstseen.follow.ucdp import UcdpCandidate
from firstseen.importers.formats import FORMATS
from firstseen.importers.rows import Importer
from firstseen.settings import Settings, SettingsError
from schemas.codes import LONGEST_URL


class UnknownFeedError(FeedError):
    """A text names no feed, or is an address that cannot be one."""


Most = timedelta | None
"""How far back to read; None: the default of the feed."""


def feed_named(name: str, settings: Settings, every: timedelta | None, most: Most, importer: Importer) -> Feed:
    """Return the feed with a name or an address; ``importer`` reads the document at an address.

    Raises UnknownFeedError for any other text, SettingsError when the feed needs a setting that is missing.
    """
    if name in NAMED:
        return NAMED[name](settings, every, most)
    parts = _web_address(name)
    if parts is None:
        close = get_close_matches(name.casefold(), NAMED, n=1)
        meant = f". Did you mean {close[0]}?" if close else ""
        raise UnknownFeedError(
            f"{name!r} is not a feed: use one of {', '.join(NAMED)}, or an address that begins with https://{meant}"
        )
    if parts.username or parts.password or len(name) > LONGEST_URL:
        raise UnknownFeedError(
            "Leave user and password out of the address, which is printed and stored. FIRSTSEEN_FEED_AUTHORIZATION is "
            f"sent as the header Authorization. An address has at most {LONGEST_URL:,} characters."
        )
    batches = Document(name, settings.feed_key).batches
    return Feed(name, shown(name), importer, every or timedelta(minutes=15), changes=True, batches=batches)


def _web_address(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port above 65535, or brackets without an address
        return None
    return parts if good and text.isprintable() and " " not in text else None


def _gdelt(settings: Settings, every: timedelta | None, most: Most) -> Feed:
    source = Gdelt(settings.gdelt_url, timedelta(days=1) if most is None else most)
    every = every or timedelta(minutes=15)
    return Feed(
        "gdelt", shown(settings.gdelt_url), FORMATS["gdelt"], every, changes=False, batches=source.batches
    )  # fmt: skip


def _ucdp_candidate(settings: Settings, every: timedelta | None, most: Most) -> Feed:
    source = UcdpCandidate(settings.ucdp_url, settings.ucdp_key, timedelta(days=92) if most is None else most)
    every = every or timedelta(hours=6)
    return Feed(
        "ucdp-candidate", shown(settings.ucdp_url), FORMATS["ucdp-ged"], every, changes=True, batches=source.batches
    )


def _acled(settings: Settings, every: timedelta | None, most: Most) -> Feed:
    if (account := settings.acled_account) is None:
        raise SettingsError("ACLED needs an account: set FIRSTSEEN_ACLED_USER and FIRSTSEEN_ACLED_PASSWORD.")
    source = Acled(settings.acled_url, *account, timedelta(days=14) if most is None else most)
    every = every or timedelta(hours=6)
    return Feed("acled", shown(settings.acled_url), FORMATS["acled"], every, changes=True, batches=source.batches)


NAMED: dict[str, Callable[[Settings, timedelta | None, Most], Feed]] = {
    "gdelt": _gdelt,
    "ucdp-candidate": _ucdp_candidate,
    "acled": _acled,
}

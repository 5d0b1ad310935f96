"""A subscription as it is written, in Slack, on the command line and in YAML: text to values and back. Pure.

``group:IS country:!SY,!IQ in:"Western Africa" kind:first,re-emergence origins>=2 digest:daily@08:00 Europe/Brussels``:
a space means AND, a comma OR, ``!`` or a ``-`` before a term NOT, and ``OR`` stands between whole clauses.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from places.areas import Areas
from places.gazetteer import Resolved, resolve_text
from places.regions import REGIONS
from schemas.codes import AlertKind, comparable
from schemas.subscription import PUSHED, Clause, Daily, Subscription
from streams.dispatch.nearest import as_typed, bare, continued, joined, replacing
from streams.dispatch.words import is_open, names, quoted, unquoted, values, words

LONGEST = 2000
"""Characters; no filter that somebody can read is longer."""

_KINDS: dict[str, tuple[AlertKind, ...]] = {
    "first": ("first_ever",), "first_ever": ("first_ever",), "first-ever": ("first_ever",),
    "re-emergence": ("re_emergence",), "re_emergence": ("re_emergence",), "back": ("re_emergence",),
    "returned": ("returned",), "return": ("returned",), "spread": ("spread",),
    "all": ("first_ever", "re_emergence", "returned", "spread"),
}  # fmt: skip
_WRITTEN: dict[AlertKind, str] = {
    "first_ever": "first", "re_emergence": "re-emergence", "returned": "returned", "spread": "spread",
}  # fmt: skip
_KEYS = {
    "group": "group", "groups": "group", "country": "country", "countries": "country", "in": "in", "region": "in",
    "regions": "in", "area": "in", "kind": "kind", "kinds": "kind", "origins": "origins", "digest": "digest",
}  # fmt: skip
_ORIGINS = re.compile(r"origins(>=|>|:)(\d{1,2})", re.IGNORECASE)
_DIGEST = re.compile(r"digest:daily@([01]\d|2[0-3]):([0-5]\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that is understood."""

    subscription: Subscription
    remarks: tuple[str, ...] = ()
    """What whoever wrote it may want to know, such as that no group of a name is known yet."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text that is not understood."""

    what: str
    """The part, at most a hundred characters of it."""
    why: str
    """One sentence."""
    nearest: str | None = None
    """The nearest text that is understood."""


def told(mistake: Mistake) -> str:
    """Return a mistake in one line, without its nearest form."""
    return f"“{mistake.what}” is not understood: {mistake.why}" if mistake.what else mistake.why


def parse(text: str, areas: Areas, known_groups: Iterable[str] = ()) -> Parsed | Mistake:
    """Return the subscription that a text means; an empty one means all that is pushed.

    ``known_groups``, all names there are, serve remarks only: a group may be asked for before it was ever seen.
    """
    if len(text) > LONGEST:
        return Mistake(text[:100], f"a filter has at most {LONGEST:,} characters.")
    typed = words(text)
    reading = _Reading(areas)
    try:
        reading.read(typed)
    except _NotUnderstood as error:
        return Mistake(error.what[:100], error.why, _nearest(error.instead, areas))
    return Parsed(reading.subscription(), tuple(_remarks(reading.groups, known_groups)))


def written(subscription: Subscription) -> str:
    """Return the text that means a subscription; nothing for all that is pushed."""
    clauses = [" ".join(_terms(clause)) for clause in subscription.clauses]
    # A clause that lets everything through needs a word where others stand beside it.
    text = " OR ".join(one or f"kind:{','.join(_WRITTEN[kind] for kind in PUSHED)}" for one in clauses)
    text = text if len(clauses) > 1 or clauses[0] else ""
    daily = subscription.daily
    return " ".join(filter(None, (text, f"digest:daily@{daily.at} {daily.zone}" if daily else "")))


class _NotUnderstood(Exception):  # noqa: N818 - it never leaves this file
    def __init__(self, what: str, why: str, instead: list[str] | None = None) -> None:
        super().__init__(why)
        self.what, self.why, self.instead = what, why, instead


@dataclass
class _Draft:
    """A clause that is being read."""

    groups: list[str] = field(default_factory=list)
    not_groups: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    not_countries: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    not_regions: list[str] = field(default_factory=list)
    kinds: tuple[AlertKind, ...] | None = None
    origins: int | None = None
    words: int = 0


class _Reading:
    """One pass over the words of a filter."""

    def __init__(self, areas: Areas) -> None:
        self._areas = areas
        self._clauses: list[_Draft] = [_Draft()]
        self._daily: Daily | None = None
        self.groups: list[str] = []

    def read(self, typed: list[str]) -> None:
        position, negate = 0, False
        while position < len(typed):
            word, instead = typed[position], replacing(typed, position)
            if is_open(word):
                raise _NotUnderstood(word, "a quote is opened and not closed.", instead(word + '"'))
            match word.upper():
                case "AND":
                    pass
                case "NOT" | "-" | "--":
                    negate = True
                case "OR":
                    if not self._clauses[-1].words or position + 1 == len(typed):
                        raise _NotUnderstood(word, "OR stands between two filters.", instead())
                    self._clauses.append(_Draft())
                case _:
                    negated = negate or word.startswith("-")
                    position += self._term(word.lstrip("-"), negated, typed, position)
                    negate = False
            position += 1
        if negate:
            raise _NotUnderstood("NOT", "something must follow it.", typed[:-1])
        if len(self._clauses) > 1 and not self._clauses[-1].words:
            raise _NotUnderstood("OR", "OR stands between two filters.", None)

    def subscription(self) -> Subscription:
        return Subscription(clauses=tuple(map(_clause, self._clauses)), daily=self._daily)

    def _term(self, word: str, negated: bool, typed: list[str], position: int) -> int:
        """Read one term; return how many of the words after it belong to it."""
        instead = replacing(typed, position)
        if digest := _DIGEST.fullmatch(word):
            return self._digest(f"{digest[1]}:{digest[2]}", typed, position)
        clause = self._clauses[-1]
        if origins := _ORIGINS.fullmatch(word):
            least = int(origins[2]) + (origins[1] == ">")
            if negated or clause.origins is not None or not 1 <= least <= 99:
                raise _NotUnderstood(word, "write it once, from origins>=1 to origins>=99.", instead())
            clause.origins = least
            clause.words += 1
            return 0
        key, colon, rest = word.partition(":")
        known = _KEYS.get(key.lower())
        if not colon or known is None:
            raise self._unknown(word, key if colon else None, rest, typed, position)
        if known in {"origins", "digest"}:
            right = "origins>=2" if known == "origins" else "digest:daily@08:00"
            raise _NotUnderstood(word, f"write {right}.", instead(right))
        read: dict[str, Callable[[_Draft, str, bool, list[str], int], None]] = {
            "group": self._groups, "country": self._countries, "in": self._regions, "kind": self._kinds,
        }  # fmt: skip
        read[known](clause, rest, negated, typed, position)
        clause.words += 1
        return 0

    def _digest(self, at: str, typed: list[str], position: int) -> int:
        following = typed[position + 1] if position + 1 < len(typed) else ""
        if self._daily is not None:
            raise _NotUnderstood(
                typed[position], "there is one digest in a subscription.", typed[:position] + typed[position + 1 :]
            )
        zones = {zone.lower(): zone for zone in available_timezones()}
        if zone := zones.get(following.lower()):
            self._daily = Daily(at=at, zone=zone)
            return 1
        if "/" in following and ":" not in following:
            near = difflib.get_close_matches(following.lower(), zones, 1, 0.5)
            right = [zones[near[0]]] if near else []
            raise _NotUnderstood(
                following,
                "it is no time zone such as Europe/Brussels.",
                [*typed[: position + 1], *right, *typed[position + 2 :]],
            )
        self._daily = Daily(at=at, zone="UTC")
        return 0

    def _groups(self, clause: _Draft, rest: str, negated: bool, typed: list[str], position: int) -> None:
        wanted, unwanted = self._signed(rest, negated, typed, position)
        for name in (*wanted, *unwanted):
            if not names(name):
                raise _NotUnderstood(name, "a group's name has at most 300 characters, all of them visible.")
        self._once(clause.groups, wanted, "group", typed, position)
        _extend(clause.groups, wanted, comparable)
        _extend(clause.not_groups, unwanted, comparable)
        self.groups += [*wanted, *unwanted]

    def _countries(self, clause: _Draft, rest: str, negated: bool, typed: list[str], position: int) -> None:
        wanted, unwanted = self._signed(rest, negated, typed, position)
        codes = [[self._country(name, rest, typed, position) for name in several] for several in (wanted, unwanted)]
        self._once(clause.countries, codes[0], "country", typed, position)
        _extend(clause.countries, codes[0])
        _extend(clause.not_countries, codes[1])

    def _country(self, name: str, rest: str, typed: list[str], position: int) -> str:
        place = resolve_text(name)
        if isinstance(place, Resolved):
            return place.country
        instead, written_as = replacing(typed, position), typed[position]
        if inside := joined(typed, position, lambda text: isinstance(resolve_text(text), Resolved)):
            raise _NotUnderstood(name, "a name with spaces stands in quotes.", inside)
        if self._region(name):
            raise _NotUnderstood(
                name, "it is a region: write in:.", instead(f"in:{quoted(name)}") if rest.count(",") == 0 else None
            )
        near = [written_as.replace(as_typed(name, rest), quoted(bare(one)), 1) for one in place.suggestions[:1]]
        raise _NotUnderstood(name, "it is no country that is known.", instead(*near) if near else None)

    def _regions(self, clause: _Draft, rest: str, negated: bool, typed: list[str], position: int) -> None:
        found: list[list[str]] = [[], []]
        for names_of, given in zip(found, self._signed(rest, negated, typed, position), strict=True):
            for name in given:
                region = self._region(name)
                if region is None:
                    raise self._no_region(name, rest, typed, position)
                names_of.append(region)
        self._once(clause.regions, found[0], "in", typed, position)
        _extend(clause.regions, found[0])
        _extend(clause.not_regions, found[1])

    def _no_region(self, name: str, rest: str, typed: list[str], position: int) -> _NotUnderstood:
        instead = replacing(typed, position)
        if inside := joined(typed, position, lambda text: self._region(text) is not None):
            return _NotUnderstood(name, "a name with spaces stands in quotes.", inside)
        if isinstance(resolve_text(name), Resolved) and rest.count(",") == 0:
            return _NotUnderstood(name, "it is a country: write country:.", instead(f"country:{quoted(name)}"))
        known = {comparable(one): one for one in (*REGIONS, *self._areas.countries)}
        near = difflib.get_close_matches(comparable(name), known, 1, 0.4)
        right = [typed[position].replace(as_typed(name, rest), quoted(known[near[0]]), 1)] if near else []
        return _NotUnderstood(name, "it is no region of UN M49 and no named area.", instead(*right) if right else None)

    def _region(self, name: str) -> str | None:
        return next((one for one in (*self._areas.countries, *REGIONS) if comparable(one) == comparable(name)), None)

    def _kinds(self, clause: _Draft, rest: str, negated: bool, typed: list[str], position: int) -> None:
        instead = replacing(typed, position)
        wanted, unwanted = self._signed(rest, negated, typed, position)
        for name in (*wanted, *unwanted):
            if name.lower() not in _KINDS:
                near = difflib.get_close_matches(name.lower(), _KINDS, 1, 0.4)
                right = [typed[position].replace(as_typed(name, rest), near[0], 1)] if near else ["kind:first"]
                raise _NotUnderstood(name, "kinds are first, re-emergence, returned, spread and all.", instead(*right))
        if clause.kinds is not None:
            raise _NotUnderstood(typed[position], "write all kinds in one term, with commas.", instead())
        chosen = {kind for name in wanted for kind in _KINDS[name.lower()]} or set(PUSHED)
        chosen -= {kind for name in unwanted for kind in _KINDS[name.lower()]}
        if not chosen:
            raise _NotUnderstood(typed[position], "no kind is left.", instead())
        clause.kinds = tuple(kind for kind in _WRITTEN if kind in chosen)

    def _signed(self, rest: str, negated: bool, typed: list[str], position: int) -> tuple[list[str], list[str]]:
        found: tuple[list[str], list[str]] = [], []
        for value, excluded in values(rest):
            if not value:
                right = ",".join(piece for piece in rest.split(",") if piece not in {"", "!"})
                key = typed[position].partition(":")[0]
                instead = replacing(typed, position)
                raise _NotUnderstood(
                    typed[position], "a value is missing.", instead(f"{key}:{right}") if right else instead()
                )
            found[excluded or negated].append(value)
        return found

    def _once(self, before: Sequence[str], new: Sequence[str], key: str, typed: list[str], position: int) -> None:
        if before and new:
            both = f"{key}:{','.join(map(quoted, (*before, *new)))}"
            rest = [word for number, word in enumerate(typed) if number != position and not _is_of(word, key)]
            raise _NotUnderstood(
                typed[position], "nothing is both: alternatives stand in one term, with commas.", [both, *rest]
            )

    def _unknown(self, word: str, key: str | None, rest: str, typed: list[str], position: int) -> _NotUnderstood:
        instead, value = replacing(typed, position), unquoted(word)
        if key is not None:
            near = difflib.get_close_matches(key.lower(), _KEYS, 1, 0.5)
            keys = "keys are group, country, in, kind, origins and digest."
            return _NotUnderstood(f"{key}:", keys, instead(f"{near[0]}:{rest}") if near else instead())
        if position and (inside := continued(typed, position, _takes_names)):
            return _NotUnderstood(word, "a name with spaces stands in quotes.", inside)
        why = "say what it is: group:, country:, in: or kind:."
        if position + 2 < len(typed) and typed[position + 1].lower() == "in":
            meant = self._meant(value), self._meant(unquoted(typed[position + 2]))
            return _NotUnderstood(word, why, [*typed[:position], *meant, *typed[position + 3 :]])
        return _NotUnderstood(word, why, instead(self._meant(value)) if value else instead())

    def _meant(self, value: str) -> str:
        """Return the term that a value without a key most likely stands for."""
        if self._region(value):
            return f"in:{quoted(value)}"
        if isinstance(resolve_text(value), Resolved):
            return f"country:{quoted(value)}"
        return f"kind:{value.lower()}" if value.lower() in _KINDS else f"group:{quoted(value)}"


def _clause(draft: _Draft) -> Clause:
    return Clause(
        groups=tuple(draft.groups), not_groups=tuple(draft.not_groups), countries=tuple(draft.countries),
        not_countries=tuple(draft.not_countries), regions=tuple(draft.regions), not_regions=tuple(draft.not_regions),
        kinds=draft.kinds or PUSHED, least_origins=draft.origins or 1,
    )  # fmt: skip


def _terms(clause: Clause) -> Iterator[str]:
    for key, wanted, unwanted in (
        ("group", clause.groups, clause.not_groups),
        ("country", clause.countries, clause.not_countries),
        ("in", clause.regions, clause.not_regions),
    ):
        if wanted or unwanted:
            yield f"{key}:{','.join((*map(quoted, wanted), *(f'!{quoted(one)}' for one in unwanted)))}"
    if clause.kinds != PUSHED:
        yield f"kind:{','.join(_WRITTEN[kind] for kind in clause.kinds)}"
    if clause.least_origins > 1:
        yield f"origins>={clause.least_origins}"


def _nearest(instead: list[str] | None, areas: Areas, depth: int = 6) -> str | None:
    """Return the text of these words if it is understood, else what is nearest to it."""
    if instead is None or depth == 0:
        return None
    text = " ".join(instead)
    try:
        _Reading(areas).read(words(text))
    except _NotUnderstood as error:
        return _nearest(error.instead, areas, depth - 1)
    return text


def _extend(known: list[str], new: Iterable[str], form: Callable[[str], str] = str) -> None:
    for one in new:
        if form(one) not in map(form, known):
            known.append(one)


def _takes_names(key: str) -> bool:
    return _KEYS.get(key.lstrip("-").lower()) in {"group", "country", "in"}


def _is_of(word: str, key: str) -> bool:
    found, colon, rest = word.partition(":")
    return bool(colon) and _KEYS.get(found.lower()) == key and not rest.startswith("!")


def _remarks(groups: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    spelled = {comparable(one): one for one in known}
    if not spelled:
        return
    for group in dict.fromkeys(groups):
        if comparable(group) not in spelled:
            near = difflib.get_close_matches(comparable(group), spelled, 1, 0.6)
            perhaps = f" Perhaps you mean {spelled[near[0]]}." if near else ""
            yield f"No group is known as {group} yet.{perhaps}"

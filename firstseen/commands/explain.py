"""The command ``firstseen groups why``: why a group is on record in a country."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NoReturn

import typer

from firstseen.commands.evidence_source import EvidenceFiles, EvidenceOptions, GroupsFile, history_from, require_group
from firstseen.commands.file_options import Format, Map
from firstseen.commands.listing import output_option, print_csv
from firstseen.commands.output import Output, entries_of, exit_without_answer, print_json, print_lines
from firstseen.commands.publish_release import Releases
from firstseen.exit_codes import Exit
from firstseen.settings import load_settings
from history.database import END_OF_TIME, History
from history.explain import EpisodeExplanation, Explanation
from history.explanation_text import MAX_LINES, answer, explanation_lines
from history.place_on_record import countries_of, explain_place
from history.revisions import group_revisions
from places.countries import country_in_text, country_name
from places.gazetteer import Unresolved, resolve_text
from schemas.evidence import Evidence
from streams.notify.untrusted_text import clean
from streams.presence.policy import Policy

ExplanationOption = Annotated[
    Output, output_option("JSON is one object; CSV has a row for each sighting, with its episode.")
]

EXPLANATION_FIELDS = (
    "status", "episode_first_day", "episode_last_day", "qualifies", "graded_by", *Evidence.__struct_fields__,
)  # fmt: skip
"""Columns of CSV: the episode or candidate, whether the sighting proves it, and the sighting."""


def explain(
    group: Annotated[str, typer.Argument(help="A group, by any of its names.", metavar="GROUP")],
    country: Annotated[str, typer.Argument(help="A country: name, code or lat,lon.", metavar="COUNTRY")],
    file: EvidenceFiles = None,
    format_: Format = None,
    map_: Map = None,
    release: Releases = None,
    groups: GroupsFile = None,
    everything: Annotated[bool, typer.Option("--all", help="Show long lists in full.")] = False,
    output: ExplanationOption = Output.TEXT,
) -> None:
    """Explain why a group is on record in a country: episodes, evidence, alerts, and later revisions.

    The exit code is 1 if the group is not on record there.

    Examples:
        firstseen groups why ISIS Belgium
        firstseen groups why ISIS "DR Congo" --file sightings.jsonl --groups groups.yaml
    """
    settings = load_settings()
    place = resolve_text(country)
    if isinstance(place, Unresolved):
        exit_without_answer(place.detail, place.suggestions, output=output, code=Exit.NOT_FOUND)
    with history_from(settings, EvidenceOptions(file, format_, map_, groups, release)) as history:
        group_id = require_group(history, group, output)
        print_explanation(
            history, group_id, place.country, settings.policy, output, everything=everything, live=not file
        )


def print_explanation(
    history: History,
    group: str,
    country: str,
    policy: Policy,
    output: Output,
    *,
    everything: bool,
    live: bool = True,
) -> None:
    """Print why a group is on record in a country, or end the command with the countries where it is on record.

    ``everything``: long lists are not shortened. ``live``: the database is that of the running system.
    """
    limit = None if everything or output is not Output.TEXT else MAX_LINES

    def print_it(connection: sqlite3.Connection) -> None:  # as it is read: it may be long
        explanation = explain_place(connection, group, country, policy, limit)
        if explanation is None:
            _nothing_on_record(countries_of(connection, group), group, country, output)
        match output:
            case Output.JSON:
                print_json({"answer": answer(explanation), "explanation": _as_json(explanation)})
            case Output.CSV:
                print_csv(EXPLANATION_FIELDS, _sighting_rows(explanation))
            case Output.TEXT:
                regroupings = group_revisions(connection, "", END_OF_TIME)
                print_lines(explanation_lines(explanation, regroupings, policy, live=live, show_all=everything))

    history.ask(print_it)


def _sighting_rows(explanation: Explanation) -> Iterator[dict[str, Any]]:
    for episode in (*explanation.episodes, *explanation.candidates):
        of_episode = {
            "status": episode.appearance.status,
            "episode_first_day": episode.appearance.first_day,
            "episode_last_day": episode.appearance.last_day,
        }
        for sighting in (*episode.opening, *episode.rest, *episode.unproved):
            grading = {"qualifies": sighting.qualifies, "graded_by": sighting.graded_by, "grade": sighting.grade}
            yield sighting.evidence.to_json() | of_episode | grading


def _as_json(explanation: Explanation) -> dict[str, Any]:
    listed = {"episodes": explanation.episodes, "candidates": explanation.candidates}
    return entries_of(explanation) | {name: list(map(_episode_as_json, each)) for name, each in listed.items()}


def _episode_as_json(episode: EpisodeExplanation) -> dict[str, Any]:
    appearance = episode.appearance._asdict()
    del appearance["onset"]  # "begins" says in full how the episode begins
    return entries_of(episode) | {"appearance": appearance}


def _nothing_on_record(countries: Sequence[str], group: str, country: str, output: Output) -> NoReturn:
    elsewhere = [country_name(code) for code in countries]
    rest = "" if elsewhere else ", nor anywhere else"
    exit_without_answer(
        f"{clean(group)} is not on record in {country_in_text(country)}{rest}.",
        elsewhere,
        output=output,
        sentence="It is on record in {}.",
    )

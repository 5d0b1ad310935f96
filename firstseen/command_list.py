"""Every command of ``firstseen``, in the order of its help: nouns with their verbs, and the commands without a noun."""

from __future__ import annotations

from firstseen.lazy_commands import CommandSource, Noun, Sources

_BEGIN, _ASK, _NOTIFY = "To begin", "For analysts: ask what happened", "For subscribers: who receives what"
_REPORT, _OPERATE = "For producers: report sightings", "For operators: run Firstseen"

_POINT = {"ignore_unknown_options": True}
"""For arguments that may be points: a latitude may be negative."""

COMMANDS: Sources = {
    "demo": CommandSource(
        "demo",
        "demo",
        "Replay seven years of real sightings in half a minute and show the alerts. Leaves no files behind.",
        _BEGIN,
    ),
    "up": CommandSource(
        "up",
        "up",
        "Run everything on this machine: a real Kafka (unless FIRSTSEEN_KAFKA names one), the workers and the page.",
        _BEGIN,
    ),
    "doctor": CommandSource(
        "doctor",
        "doctor",
        "Check Python, Kafka, topics, stages, feeds, areas, Slack, e-mail and Teams; each failure says what to do.",
        _BEGIN,
    ),
    "alerts": Noun(
        "List alerts, show one, and say why it was raised.",
        {
            "list": CommandSource(
                "alerts", "list_alerts", "List alerts as they are now, the most recently raised first."
            ),
            "show": CommandSource(
                "alerts", "show_alert", "Show one alert as it is now, with its corrections, as Slack shows it."
            ),
            "why": CommandSource(
                "alerts", "why_alert", "Explain why the group of an alert is on record in its country."
            ),
        },
        _ASK,
    ),
    "groups": Noun(
        "Show groups, explain why one is on record in a country, and define their names and affiliations.",
        {
            "list": CommandSource(
                "groups", "list_groups", "Show every group with the number of its names and its affiliations."
            ),
            "show": CommandSource(
                "groups_show",
                "show_group",
                "Show one group: where it is on record, its names, affiliations and factions, with their sources.",
            ),
            "why": CommandSource(
                "explain",
                "explain",
                "Explain why a group is on record in a country: episodes, evidence, alerts, and later revisions.",
                context_settings=_POINT,
            ),
            "unknown": CommandSource(
                "groups_unknown",
                "unknown_groups",
                "Show names in sightings that are not registered, how often and since when, and similar registered "
                "names.",
            ),
            "diff": CommandSource(
                "groups_diff",
                "diff_groups",
                "Show what applying a file would change, and which alerts it would raise, update or withdraw. Sends "
                "nothing.",
            ),
            "apply": CommandSource(
                "groups",
                "apply_groups",
                "Make the groups of the running system agree with a file. Presence is recomputed in every region.",
            ),
        },
        _ASK,
    ),
    "countries": Noun(
        "Resolve a place as written to its country, and list countries.",
        {
            "resolve": CommandSource(
                "countries",
                "resolve",
                "Resolve a country name, a code or lat,lon, and explain the result; suggest alternatives if it fails.",
                context_settings=_POINT,
            ),
            "list": CommandSource("countries", "list_countries", "List the countries with their codes and regions."),
        },
        _ASK,
    ),
    "history": Noun(
        "See the map of any day, as known then and now; query what is on record in SQL, and export it.",
        {
            "map": CommandSource(
                "map_state",
                "map_state",
                "Show where groups were new in a window of days: as known then, as known now, and why the two differ.",
            ),
            "changes": CommandSource(
                "history",
                "show_changes",
                "Show what became known between two times: alerts, episodes, evidence and groups.",
            ),
            "query": CommandSource(
                "history",
                "query",
                "Print the result of a query, which can only read; docs/history.md describes the tables.",
            ),
            "export": CommandSource(
                "history", "export", "Export a table or a view as CSV, JSON with an object on each line, or Parquet."
            ),
            "path": CommandSource("history", "print_path", "Print the path of the database."),
        },
        _ASK,
    ),
    "areas": Noun(
        "List the areas that filters can name, check those with a polygon, and raise alerts about them.",
        {
            "list": CommandSource(
                "areas",
                "list_areas",
                "Show every area that a filter can name, and its countries: those for `within:`, then those for `in:`.",
            ),
            "check": CommandSource(
                "areas",
                "check_areas",
                "Check a file of areas with a polygon. Every mistake is shown with its line, and each area with its "
                "countries.",
            ),
            "apply": CommandSource(
                "areas",
                "apply_areas",
                "Watch the areas of a file: a group that is new in one of them raises an alert.",
            ),
        },
        _NOTIFY,
    ),
    "subscriptions": Noun(
        "Manage who receives which alerts.",
        {
            "list": CommandSource(
                "subscriptions", "list_subscriptions", "Show every destination with its subscriptions and mutes."
            ),
            "preview": CommandSource(
                "subscriptions",
                "preview_subscription",
                "Show the messages and corrections that a subscription would have received, in the order of sending.",
            ),
            "add": CommandSource(
                "subscription_changes",
                "add_subscription",
                "Subscribe a destination to the alerts that a filter matches.",
            ),
            "remove": CommandSource(
                "subscription_changes",
                "remove_subscription",
                "Remove a subscription of a destination. Corrections to earlier alerts are still sent.",
            ),
            "mute": CommandSource(
                "mutes",
                "mute_destination",
                "Send a destination no new alerts about a group, a country or both for a while. Corrections are still "
                "sent.",
            ),
            "unmute": CommandSource(
                "mutes",
                "unmute_destination",
                "End a mute of a destination. Alerts that were raised meanwhile are not sent.",
            ),
            "apply": CommandSource(
                "subscription_changes",
                "apply_subscriptions",
                "Make the subscriptions of the destinations in a file agree with it. Corrections to earlier alerts are "
                "still sent.",
            ),
        },
        _NOTIFY,
    ),
    "deliveries": Noun(
        "Show who was notified of which alert.",
        {
            "list": CommandSource(
                "deliveries",
                "list_deliveries",
                "Show who was notified of which alert: destination, message, revision shown, state and attempts.",
            ),
            "show": CommandSource(
                "deliveries",
                "show_deliveries",
                "Show one alert at each destination: the revision that it shows, the attempts, and the last error.",
            ),
        },
        _NOTIFY,
    ),
    "sightings": Noun(
        "Publish sightings, check files of them, list them, and see which were rejected.",
        {
            "publish": CommandSource(
                "publish",
                "publish",
                "Publish sightings. Rows that intake would reject are not sent, but shown with their line and the "
                "reason.",
            ),
            "validate": CommandSource(
                "validate",
                "validate",
                "Check files by the rules of intake, without Kafka and without sending anything.",
            ),
            "list": CommandSource("sightings", "list_sightings", "List the sightings on record, the latest first."),
            "rejected": CommandSource(
                "rejected",
                "list_rejected",
                "Show rejected sightings, one per line with the reason and what to do, and their number by reason.",
            ),
            "retry": CommandSource(
                "rejected",
                "retry_rejected",
                "Retry rejected sightings that intake would accept now, after a fix of settings, names or Firstseen.",
            ),
            "replay": CommandSource(
                "replay",
                "replay",
                "Run the whole pipeline on files, with a private Kafka and empty state, and exit when everything is "
                "processed.",
            ),
        },
        _REPORT,
    ),
    "feeds": Noun(
        "Follow feeds such as GDELT, UCDP and ACLED, or a table at an address.",
        {
            "follow": CommandSource(
                "follow",
                "follow",
                "Poll a feed: publish new rows, revise changed ones, and withdraw deleted ones.",
            ),
            "list": CommandSource(
                "feeds",
                "list_feeds",
                "Show the feeds that are followed: the last success, the rows so far, and the last error.",
            ),
            "forget": CommandSource(
                "feeds",
                "forget_feed",
                "Delete the progress of a feed, so that the next poll starts from the beginning.",
            ),
        },
        _REPORT,
    ),
    "worker": CommandSource(
        "worker", "worker", "Run the worker of one stage, or one process for each stage.", _OPERATE
    ),
    "web": CommandSource("web", "web", "Serve the page and the HTTP API.", _OPERATE),
    "topics": Noun(
        "List, apply and check the topics that Firstseen needs, and export what they hold.",
        {
            "list": CommandSource(
                "topics", "list_topics", "Show every topic, in the order in which a sighting passes them."
            ),
            "check": CommandSource(
                "topics",
                "check_topics",
                "Show how the cluster's topics differ from what Firstseen needs; the exit code is 1 if one differs.",
            ),
            "apply": CommandSource(
                "topics",
                "apply_topics",
                "Create missing topics and correct their settings; reject changes that would make results wrong.",
            ),
            "export": CommandSource(
                "export",
                "export",
                "Print what the topics hold, without the history: JSON with an object on each line, or CSV.",
            ),
        },
        _OPERATE,
    ),
    "quarantine": Noun(
        "List, show and retry records that a stage skipped after an error.",
        {
            "list": CommandSource(
                "quarantine", "list_quarantine", "List the records in quarantine: id, arrival, and error."
            ),
            "show": CommandSource(
                "quarantine",
                "show_quarantine",
                "Show one record: its place, the error, the stack trace, and its bytes.",
            ),
            "retry": CommandSource(
                "quarantine",
                "retry_quarantine",
                "Publish records again on their topic and partition, after a fix, and remove them from quarantine.",
            ),
        },
        _OPERATE,
    ),
    "upgrade": CommandSource(
        "upgrade",
        "upgrade",
        "Migrate an installation of an earlier version to this one, without sending anything.",
        _OPERATE,
    ),
    "rebuild": CommandSource(
        "rebuild",
        "rebuild_stage",
        "Recompute the tables of a stage from its input, without output, after a table was lost.",
        _OPERATE,
    ),
    "prepare": CommandSource(
        "prepare",
        "prepare",
        "Download the local Kafka, so that everything works offline from then on.",
        hidden=True,
    ),
}
"""Every command by its name. Earlier names are in :mod:`firstseen.former_names`."""

"""Explanations in words."""

from history.explain import AlertHistory
from history.explanation_text import alert_lines, explanation_lines
from schemas.evidence import EvidenceChange
from schemas.group import Group
from streams.presence.policy import Policy
from tests.support.builders import alert_event, change, evidence
from tests.support.folded_log import revisions
from tests.unit.history.test_explain import JNIM, PLEDGE, explained, groups


def text_of(changes, group="JNIM", country="ML", *, show_all=False, policy=None):
    policy = policy or Policy()
    explanation = explained(changes, group, country, policy)
    lines = explanation_lines(explanation, revisions([tuple(changes)]), policy, live=True, show_all=show_all)
    return "\n".join(line.text for line in lines)


def test_the_answer_comes_first():
    text = text_of([change(evidence("2017-10-31"))])
    assert text.startswith("JNIM has been on record in Mali since 2017-10-31.")
    assert "Why first ever: no earlier sighting of JNIM in Mali is on record." in text
    assert "Grade B2: sufficient alone (C3 or better)." in text


def test_the_gap_explains_a_return_and_a_re_emergence():
    seen = ["2015-01-01", "2015-03-01", "2017-10-31"]
    text = text_of([change(evidence(day, id=day)) for day in seen])
    assert "Why return: 59 days after the previous last day, 2015-01-01; more than 30 and at most 365 days." in text
    assert "Why re-emergence: 975 days after the previous last day, 2015-03-01; more than 365 days." in text


def test_corroboration_names_the_other_origin():
    first = evidence("2017-10-30", id="1", grade="D4", origin="reuters")
    second = evidence("2017-10-31", id="2", grade=None, origin="afp")
    text = text_of([change(first), change(second)])
    assert "Grade D4: not sufficient alone, but corroborated by another origin within 72 hours: afp, 2017-10-31" in text
    assert "No grade, which counts as F6: not sufficient alone, but corroborated by another origin" in text
    assert "2 sightings from 2 independent origins." in text


def test_corroboration_by_a_vague_day_claims_no_exact_hours():
    first = evidence("2017", id="1", grade="D4", origin="reuters")
    second = evidence("2017-01-02", id="2", grade="D4", origin="afp")
    text = text_of([change(first), change(second)])
    assert text.count("corroborated by another origin whose days begin within 72 hours of these: ") == 2
    assert "another origin within" not in text


def test_the_grade_of_the_source_is_named_as_such():
    policy = Policy(source_grades={"wire": "B3"})
    assert "Grade B3 (that of its source)" in text_of([change(evidence(grade=None))], policy=policy)


def test_a_candidate_says_what_confirms_it():
    text = text_of([change(evidence("2017-10-31", grade="E5"))])
    assert text.startswith("JNIM is only a candidate in Mali: seen 2017-10-31, but not confirmed.")
    assert "a grade of C3 or better, or a second origin" in text
    assert "begins from 2017-10-28 to 2017-11-03" in text


def test_a_sighting_that_does_not_qualify_is_listed_with_the_nearest_episode():
    text = text_of(
        [change(evidence("2017-10-31")), change(evidence("2017-11-20", id="2", grade="E5", origin="rumour"))]
    )
    assert "1 more sighting at that time, not sufficient as evidence:" in text


def test_an_affiliation_has_its_days_and_its_source():
    text = text_of([groups(JNIM, PLEDGE), change(evidence(group="ansar"))])
    assert text.startswith("JNIM has been on record in Mali since 2017-10-31, by affiliation: Ansar.")
    assert text.splitlines()[-1].startswith("Also called: ")
    assert "Counts by affiliation: Ansar belongs to GSIM since 2017-03-01 (source: UN)." in text


def test_a_withdrawal_names_the_withdrawn_sighting():
    seen = evidence("2017-10-31", title="Attack near Gao")
    text = text_of([change(seen), change(remove=seen, arrived="2017-11-10T08:30Z")])
    assert text.startswith("JNIM is no longer on record in Mali")
    assert "2017-11-10 08:30 UTC  withdrawn: no sufficient evidence is left" in text
    assert "because a sighting was withdrawn: wire/1 of 2017-10-31, “Attack near Gao”" in text


def test_a_correction_lists_the_old_and_the_new_value():
    before, after = evidence("2017-10-31"), evidence("2017-10-29", revision=2, arrived="2017-11-03T00:00Z")
    text = text_of([change(before), change(add=after, remove=before)])
    assert "updated: first day: 2017-10-31 → 2017-10-29" in text
    assert "days: 2017-10-31 → 2017-10-29" in text


def test_a_sighting_that_moves_to_another_region_is_corrected_and_not_withdrawn():
    before, after = evidence(), evidence(country="TD", revision=2, arrived="2017-11-05T00:00Z")
    changes = [
        change(before),
        EvidenceChange(arrived=after.arrived, remove=before, elsewhere=after),
        EvidenceChange(arrived=after.arrived, add=after, elsewhere=before),
    ]
    for country in ("ML", "TD"):
        text = text_of(changes, country=country)
        assert "because a sighting was corrected" in text
        assert "country: Mali → Chad" in text


def test_a_report_and_its_withdrawal_at_the_same_instant_are_not_a_correction():
    text = text_of([change(evidence()), change(remove=evidence())])
    assert "because a sighting was reported" in text
    assert "because a sighting was withdrawn" in text


def test_a_change_of_groups_lists_its_differences():
    seen = evidence("2017-10-31", group="Ansar")
    changes = [
        groups(JNIM), change(seen),
        groups(PLEDGE, arrived="2017-11-05T00:00Z"), groups(Group(id="Ansar"), arrived="2017-11-09T00:00Z"),
    ]  # fmt: skip
    text = text_of(changes)
    assert "because names or affiliations changed: Ansar" in text
    assert "no longer on record: Ansar belongs to GSIM since 2017-03-01 (source: UN)" in text


def test_an_earlier_sighting_supersedes_a_first_ever_alert():
    text = text_of(
        [change(evidence("2017-10-31")), change(evidence("2015-01-01", id="2", arrived="2017-11-20T00:00Z"))]
    )
    assert "No alert: its first report arrived on 2017-11-20, 1,054 days after it began" in text
    assert "superseded: the group was present earlier" in text
    assert "kind: first ever → re-emergence" in text


def test_archives_never_alert():
    assert "all of its evidence comes from archives" in text_of([change(evidence(archival=True))])


def test_revisions_that_changed_no_alert_are_listed_separately():
    old = evidence("2010-01-01", id="old", arrived="2017-10-01T00:00Z")
    text = text_of([change(old), change(remove=old, arrived="2017-11-09T00:00Z")])
    assert "that changed no alert" in text
    assert "2017-11-09 00:00 UTC  withdrawn: wire/old of 2010-01-01" in text


def test_long_lists_are_shortened_unless_all_are_requested():
    days = [f"2017-{month:02}-{day:02}" for month in (8, 9, 10) for day in (1, 8, 15, 22)]
    changes = [change(evidence(day, id=day)) for day in days]
    assert "more up to 2017-10-22 (--all shows them)" in text_of(changes)
    assert "wire/2017-10-22" in text_of(changes, show_all=True)


def test_control_characters_of_producers_are_removed():
    text = text_of([change(evidence(title="Gao\x1b[31m\u202e", doubt="a\x07b", origin="x\ny"))])
    assert not {"\x1b", "\u202e", "\x07"} & set(text)
    assert "origin x y" in text


def test_a_vague_gap_is_a_range_with_both_possible_kinds():
    text = text_of([change(evidence(day, id=day)) for day in ("2021-11-20", "2022", "2024-06-01")])
    some_day = "some day from 2022-01-01 to 2022-12-31"
    assert f"Episode 2: return, {some_day}" in text
    assert (
        "Why return: between 42 and 406 days after the previous last day, 2021-11-20; possibly a re-emergence (more than "
        "365 days), but the days are not known exactly." in text
    )
    assert (
        f"Why re-emergence: between 518 and 882 days after the previous last day, {some_day}; more than 365 days."
        in text
    )


def test_a_vague_day_is_shown_as_the_first_and_the_last_day():
    text = text_of([change(evidence("2017-12-05/2017-12-20", precision="some_day"))])
    some_day = "some day from 2017-12-05 to 2017-12-20"
    assert text.startswith(f"JNIM has been on record in Mali since {some_day}. Last seen {some_day}; 1 episode.")


def test_a_return_that_may_be_the_same_episode_says_so():
    days = ("2016-01-20", "2016-02-10/2016-12-31", "2017-01-20")
    text = text_of([change(evidence(day, id=day, precision="some_day")) for day in days])
    assert (
        "between 20 and 345 days after the previous last day, some day from 2016-02-10 to 2016-12-31; possibly the "
        "same episode" in text
    )


def test_a_placeholder_is_not_an_origin():
    text = text_of([change(evidence(grade="F6", origin="N/A"))])
    assert 'no origin named ("N/A")' in text
    assert "or two named origins reporting something" in text


def test_a_doubt_is_shown_with_the_answer_and_the_episode():
    text = text_of([change(evidence(doubt="the name of the group mixes Latin and Cyrillic letters"))])
    assert "1 episode. Its beginning is in doubt." in text
    assert "In doubt: the name of the group mixes Latin and Cyrillic letters." in text


def test_one_alert_can_be_shown_without_the_rest():
    first = alert_event()
    last = alert_event(revision=2, type="update", status="superseded")
    lines = [line.text for line in alert_lines(AlertHistory((first, last)), {}, None)]
    assert lines[0].startswith(f"Alert {first.alert_id[:8]}: first ever in ")
    assert lines[0].endswith("; superseded")
    assert [line for line in lines if "raised: first ever" in line]
    assert [line for line in lines if "superseded: another alert covers its days" in line]

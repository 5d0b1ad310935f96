"""The values that explain why a group is on record in a country."""

from datetime import date
from functools import partial

from history.explain import AffiliationStep
from history.from_files import history_of
from history.place_on_record import countries_of, explain_place
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence, instant

PLEDGE = Group(id="Ansar", affiliations=[{"parent": "GSIM", "since": "2017-03", "source": "UN"}])
JNIM = Group(id="JNIM", names=["GSIM"])


def groups(*put, arrived="2017-01-01T00:00Z"):
    return EvidenceChange(arrived=instant(arrived), groups=GroupsChange(put=put))


def explained(changes, group="JNIM", country="ML", policy=None):
    policy = policy or Policy()
    return history_of(list(changes), policy).ask(partial(explain_place, group=group, country=country, policy=policy))


def test_nothing_on_record_has_no_explanation():
    assert explained([change(evidence())], country="NE") is None
    assert explained([change(evidence())], group="Nobody") is None


def test_an_episode_lists_its_sightings_with_what_makes_them_qualify():
    strong = evidence("2017-10-30", id="1", grade="B2", origin="reuters")
    weak = evidence("2017-10-31", id="2", grade="D4", origin="afp")
    later = evidence("2017-12-15", id="3", grade="E5", origin="afp")
    explanation = explained([change(strong), change(weak), change(later)])
    [episode] = explanation.episodes
    first, second = episode.opening
    assert (first.alone, first.corroborated_by, first.qualifies) == (True, None, True)
    assert (second.alone, second.corroborated_by, second.qualifies) == (False, strong, True)
    assert (episode.origins, episode.telling, [*episode.unproved]) == (2, "told", [])
    [candidate] = explanation.candidates
    assert [sighting.evidence.id for sighting in candidate.opening] == ["3"]


def test_a_sighting_of_a_faction_has_its_path_of_affiliations():
    [episode] = explained([groups(JNIM, PLEDGE), change(evidence(group="ansar"))]).episodes
    [sighting] = episode.opening
    [step] = sighting.belongings
    assert (sighting.member, step) == ("Ansar", AffiliationStep("Ansar", PLEDGE.affiliations[0]))


def test_the_reason_of_a_missing_alert_is_a_value():
    late = change(evidence("2015-01-01", id="2", arrived="2017-11-20T00:00Z"))
    archival = change(evidence("2017-10-31", archival=True))
    assert [episode.telling for episode in explained([late]).episodes] == ["history"]
    assert [episode.telling for episode in explained([archival]).episodes] == ["archival"]


def test_a_group_is_explained_in_any_spelling():
    changes = [
        change(evidence("2024-03-01", id="1", group="Al-Shabaab")),
        change(evidence("2024-03-02", id="2", group="AL SHABAAB\u200b", country="BE")),
    ]
    history = history_of(changes, Policy())
    assert history.ask(partial(countries_of, group="al\u2011shab\u0101b")) == ["ML", "BE"]
    assert explained(changes, "AL-SHABAAB", "BE").group == "Al-Shabaab"
    [episode] = explained(changes, "AL-SHABAAB").episodes
    assert episode.appearance.first_day == date(2024, 3, 1)

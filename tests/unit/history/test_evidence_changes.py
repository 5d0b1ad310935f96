"""Later changes of evidence and groups, from the log."""

from history.revisions import affiliation_in_words
from schemas.evidence import EvidenceChange
from schemas.group import Affiliation, Group, GroupsChange
from tests.support.builders import change, evidence, instant
from tests.support.folded_log import revisions


def test_a_correction_and_a_withdrawal_are_listed_by_arrival():
    before, after = evidence("2017-10-31"), evidence("2017-10-29", revision=2, arrived="2017-11-03T00:00Z")
    changes = [change(before), change(add=after, remove=before), change(remove=after, arrived="2017-11-09T00:00Z")]
    corrected, withdrawn = revisions([changes])
    assert (corrected.what, corrected.details) == ("corrected", ("days: 2017-10-31 → 2017-10-29",))
    assert corrected.versions == (before, after)
    assert (withdrawn.what, withdrawn.before, withdrawn.sighting) == ("withdrawn", after, None)


def test_a_change_of_groups_is_listed_once_although_every_partition_has_it():
    put = (Group(id="JNIM", names=["GSIM"]), Group(id="Ansar", affiliations=[{"parent": "JNIM"}]))
    applied = EvidenceChange(arrived=instant("2017-11-01T00:00Z"), groups=GroupsChange(put=put))
    removed = EvidenceChange(arrived=instant("2017-11-02T00:00Z"), groups=GroupsChange(remove=("JNIM",)))
    first, second = revisions([[applied, removed], [applied, removed]])
    assert first.details == ('"GSIM" is now a name of JNIM', "Ansar belongs to JNIM always")
    assert (first.groups, first.parents) == (("JNIM", "Ansar"), ("JNIM",))
    assert second.details == ("JNIM is no longer registered: each of its names is a group of its own",)


def test_an_affiliation_in_words_has_its_days_and_source():
    def words(**fields: str) -> str:
        return affiliation_in_words(Affiliation(parent="IS", **fields))

    assert words() == "belongs to IS always"
    assert words(since="2015-03-07", source="UN") == "belongs to IS since 2015-03-07 (source: UN)"
    assert words(until="2016") == "belongs to IS until 2016-12-31"
    assert words(since="2015-01-01", until="2016") == "belongs to IS from 2015-01-01 to 2016-12-31"

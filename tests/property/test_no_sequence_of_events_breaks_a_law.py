"""Reports, corrections, withdrawals, repeats, changes of groups and restarts in any sequence keep every law."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from schemas.evidence import EvidenceChange
from schemas.group import GroupsChange
from tests.property.alert_laws import (
    assert_alerts_say_what_is_so,
    assert_all_news_is_told,
    assert_events_show_their_evidence,
    assert_only_news_is_told,
    assert_superseded_for_a_reason,
)
from tests.property.histories import (
    START,
    Ledger,
    batch_sizes,
    days_from_start,
    group_changes,
    seen,
    what_stands,
)
from tests.property.outcomes import assert_tables_tell, run_presence
from tests.property.witness import Lives, Witness
from tests.support.builders import tables_of


class World(RuleBasedStateMachine):
    """One partition of presence, someone who reads its alerts, and the reference model beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.witness = Witness()
        self.lives = Lives()

    def tell(self, changes: Iterable[EvidenceChange]) -> None:
        for change in changes:
            moment = self.witness.tell(change)
            for event in moment.events:
                self.lives.hear(event)
            self.lives.agree_with(moment.alerts)
            assert_tables_tell(self.witness.tables, moment.counts)
            assert_alerts_say_what_is_so(moment)
            assert_superseded_for_a_reason(moment)
            assert_events_show_their_evidence(moment)
            assert_only_news_is_told(moment)
            assert_all_news_is_told(moment)

    @rule(data=st.data(), source=st.sampled_from(["wire", "desk"]))
    def report(self, data: st.DataObject, source: str) -> None:
        name = str(len(self.ledger.revisions))
        self.tell(self.ledger.report(name, data.draw(seen(name, source, self.ledger.next_revision(name)))))

    @precondition(lambda self: self.ledger.counted)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.ledger.counted)))
        source = self.ledger.counted[name].source
        self.tell(self.ledger.report(name, data.draw(seen(name, source, self.ledger.next_revision(name)))))

    @precondition(lambda self: self.ledger.counted)
    @rule(data=st.data())
    def regrade(self, data: st.DataObject) -> None:
        """Correct the grade alone: it proves something now, or no longer does."""
        name = data.draw(st.sampled_from(sorted(self.ledger.counted)))
        before = self.ledger.counted[name]
        grade = "D4" if before.grade == "B2" else "B2"
        update = {"grade": grade, "revision": self.ledger.next_revision(name)}
        self.tell(self.ledger.report(name, before.model_copy(update=update)))

    @precondition(lambda self: self.ledger.counted)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        self.tell([self.ledger.withdraw(data.draw(st.sampled_from(sorted(self.ledger.counted))))])

    @precondition(lambda self: self.ledger.counted)
    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        """Withdraw a sighting and report it again as it was, with a higher revision."""
        name = data.draw(st.sampled_from(sorted(self.ledger.counted)))
        before = self.ledger.counted[name]
        self.tell([self.ledger.withdraw(name)])
        after = before.model_copy(update={"revision": self.ledger.next_revision(name)})
        self.tell(self.ledger.report(name, after))

    @rule(change=group_changes(), day=days_from_start)
    def change_groups(self, change: GroupsChange, day: int) -> None:
        self.tell([self.ledger.regroup(change, START + timedelta(day))])

    @precondition(lambda self: bool(what_stands(self.witness.changes)))
    @rule(day=days_from_start)
    def undo_groups(self, day: int) -> None:
        everyone = tuple(group.id for group in what_stands(self.witness.changes))
        self.tell([self.ledger.regroup(GroupsChange(remove=everyone), START + timedelta(day))])

    @precondition(lambda self: bool(what_stands(self.witness.changes)))
    @rule(day=days_from_start)
    def repeat_groups(self, day: int) -> None:
        """Putting the groups that stand already changes nothing."""
        before = {topic: dict(rows) for topic, rows in self.witness.tables.items()}
        told = len(self.witness.outgoing)
        everyone = tuple(what_stands(self.witness.changes))
        self.tell([self.ledger.regroup(GroupsChange(put=everyone), START + timedelta(day))])
        assert self.witness.tables == before
        assert len(self.witness.outgoing) == told

    @rule(sizes=batch_sizes)
    def start_again_from_the_log(self, sizes: list[int]) -> None:
        """Fold everything once more from empty tables, in other batches: nothing is different."""
        tables = tables_of("presence")
        assert run_presence(tables, self.witness.changes, sizes) == self.witness.outgoing
        assert tables == self.witness.tables


TestNoSequenceOfEventsBreaksALaw = World.TestCase
TestNoSequenceOfEventsBreaksALaw.settings = settings(stateful_step_count=25)

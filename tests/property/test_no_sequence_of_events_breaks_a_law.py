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
    assert_alerts_match_appearances,
    assert_all_news_raises_alerts,
    assert_events_contain_their_evidence,
    assert_only_news_raises_alerts,
    assert_superseded_for_a_reason,
)
from tests.property.histories import (
    START,
    IntakeChanges,
    batch_sizes,
    current_groups,
    days_from_start,
    group_changes,
    seen,
)
from tests.property.outcomes import assert_tables_match, run_presence
from tests.property.recorder import AlertReader, Recorder
from tests.support.builders import tables_of


class World(RuleBasedStateMachine):
    """One partition of presence, a reader of its alerts, and the reference model."""

    def __init__(self) -> None:
        super().__init__()
        self.intake = IntakeChanges()
        self.recorder = Recorder()
        self.reader = AlertReader()

    def apply(self, changes: Iterable[EvidenceChange]) -> None:
        for change in changes:
            recorded = self.recorder.apply(change)
            for event in recorded.events:
                self.reader.read(event)
            self.reader.assert_knows(recorded.alerts)
            assert_tables_match(self.recorder.tables, recorded.counts)
            assert_alerts_match_appearances(recorded)
            assert_superseded_for_a_reason(recorded)
            assert_events_contain_their_evidence(recorded)
            assert_only_news_raises_alerts(recorded)
            assert_all_news_raises_alerts(recorded)

    @rule(data=st.data(), source=st.sampled_from(["wire", "desk"]))
    def report(self, data: st.DataObject, source: str) -> None:
        name = str(len(self.intake.revisions))
        self.apply(self.intake.report(name, data.draw(seen(name, source, self.intake.next_revision(name)))))

    @precondition(lambda self: self.intake.counted)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.intake.counted)))
        source = self.intake.counted[name].source
        self.apply(self.intake.report(name, data.draw(seen(name, source, self.intake.next_revision(name)))))

    @precondition(lambda self: self.intake.counted)
    @rule(data=st.data())
    def regrade(self, data: st.DataObject) -> None:
        """Correct only the grade, so that the sighting starts or stops qualifying by itself."""
        name = data.draw(st.sampled_from(sorted(self.intake.counted)))
        before = self.intake.counted[name]
        grade = "D4" if before.grade == "B2" else "B2"
        update = {"grade": grade, "revision": self.intake.next_revision(name)}
        self.apply(self.intake.report(name, before.replace(**update)))

    @precondition(lambda self: self.intake.counted)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        self.apply([self.intake.withdraw(data.draw(st.sampled_from(sorted(self.intake.counted))))])

    @precondition(lambda self: self.intake.counted)
    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        """Withdraw a sighting and report it again unchanged, with a higher revision."""
        name = data.draw(st.sampled_from(sorted(self.intake.counted)))
        before = self.intake.counted[name]
        self.apply([self.intake.withdraw(name)])
        after = before.replace(revision=self.intake.next_revision(name))
        self.apply(self.intake.report(name, after))

    @rule(change=group_changes(), day=days_from_start)
    def change_groups(self, change: GroupsChange, day: int) -> None:
        self.apply([self.intake.regroup(change, START + timedelta(day))])

    @precondition(lambda self: bool(current_groups(self.recorder.changes)))
    @rule(day=days_from_start)
    def undo_groups(self, day: int) -> None:
        group_ids = tuple(group.id for group in current_groups(self.recorder.changes))
        self.apply([self.intake.regroup(GroupsChange(remove=group_ids), START + timedelta(day))])

    @precondition(lambda self: bool(current_groups(self.recorder.changes)))
    @rule(day=days_from_start)
    def repeat_groups(self, day: int) -> None:
        """Putting the current groups again changes nothing."""
        before = {topic: dict(rows) for topic, rows in self.recorder.tables.items()}
        sent = len(self.recorder.outgoing)
        groups = tuple(current_groups(self.recorder.changes))
        self.apply([self.intake.regroup(GroupsChange(put=groups), START + timedelta(day))])
        assert self.recorder.tables == before
        assert len(self.recorder.outgoing) == sent

    @rule(sizes=batch_sizes)
    def start_again_from_the_log(self, sizes: list[int]) -> None:
        """Fold all changes again from empty tables, in other batches: the result is the same."""
        tables = tables_of("presence")
        assert run_presence(tables, self.recorder.changes, sizes) == self.recorder.outgoing
        assert tables == self.recorder.tables


TestNoSequenceOfEventsBreaksALaw = World.TestCase
TestNoSequenceOfEventsBreaksALaw.settings = settings(stateful_step_count=25)

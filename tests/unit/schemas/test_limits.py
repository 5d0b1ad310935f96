"""Limits: texts are truncated, and excesses are reported."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.group import LARGEST_CHANGE_BYTES, Affiliation, Alias, Group, GroupsChange
from schemas.limit_checks import limit_errors, split_by_size
from schemas.limits import first_of, shorten
from schemas.subscription import Clause, Mute, Subscriber, Subscription
from tests.support.builders import evidence
from tests.support.tables import each_row

NOW = datetime(2017, 11, 1, tzinfo=UTC)


@each_row(
    ("text", "cut"), [("", ""), ("abcde", "abcde"), ("abcdef", "abcd…"), ("abc def", "abc…"), ("a" * 99, "aaaa…")]
)
def test_a_text_that_is_cut_ends_in_an_ellipsis_within_its_length(text: str, cut: str) -> None:
    assert shorten(text, 5) == cut


def test_the_last_of_many_texts_has_the_number_of_the_rest() -> None:
    assert first_of(["a", "b", "c"], 3) == ("a", "b", "c")
    assert first_of(["a", "b", "c", "d"], 3) == ("a", "b", "and 2 more")


def test_parts_keep_the_order_and_the_size() -> None:
    texts = [str(number) * 10 for number in range(10)]

    parts = split_by_size(texts, 40)

    assert [text for part in parts for text in part] == texts
    assert {len(part) for part in parts} == {3, 1}
    assert split_by_size(["x" * 100, "y"], 40) == [("x" * 100,), ("y",)]
    assert split_by_size([], 40) == []


def test_a_value_above_its_limit_is_reported_with_size_and_limit() -> None:
    fine = Group(id="A", names=tuple(Alias(name=str(number)) for number in range(200)))
    many = fine.replace(names=(*fine.names, Alias(name="x")))
    long = Group(id="A", affiliations=(Affiliation(parent="x" * 301),))

    assert list(limit_errors(fine)) == []
    assert list(limit_errors(many)) == ["names has 201 entries; the limit is 200"]
    assert list(limit_errors(long)) == ["affiliations, entry 1, parent has 301 characters; the limit is 300"]


def test_a_subscriber_has_room_for_much_and_not_for_everything() -> None:
    clause = Clause(groups=tuple(f"Group {number:>90}" for number in range(300)))
    subscriber = Subscriber(destination="console", subscriptions=(Subscription(clauses=(clause,)),), changed_at=NOW)
    mute = Mute(until=NOW)

    assert list(limit_errors(subscriber)) == []
    assert list(limit_errors(subscriber.replace(mutes=(mute,) * 101))) == ["mutes has 101 entries; the limit is 100"]
    [problem] = limit_errors(subscriber.replace(subscriptions=(Subscription(clauses=(clause,) * 20),)))
    assert problem.startswith("subscriptions has ")
    assert problem.endswith(" bytes; the limit is 500,000")


def test_a_change_of_groups_is_one_change_unless_it_is_too_large() -> None:
    groups = tuple(Group(id=f"Group {number}", names=(Alias(name=f"Name {number}"),)) for number in range(5_000))
    usual = GroupsChange(put=groups, remove=("A", "B"))
    wordy = tuple(
        Group(id=group.id, names=tuple(Alias(name=f"{n} {'é' * 290}") for n in range(200))) for group in groups[:40]
    )
    large = GroupsChange(put=wordy, remove=("A", "B"))

    assert usual.parts() == (usual,)
    parts = large.parts()
    assert len(parts) > 2
    assert tuple(group for part in parts for group in part.put) == wordy
    assert [part.remove for part in parts if part.remove] == [("A", "B")]
    assert max(len(part.to_bytes()) for part in parts) < LARGEST_CHANGE_BYTES + 1000


def test_evidence_of_an_older_version_is_truncated_to_the_current_limits() -> None:
    usual = evidence(title="Attack", url="https://example.org/" + "x" * 400)
    old = evidence(title="é" * 5000, url="x" * 5000, origin="o" * 5000, admin1="a" * 301, place="p", doubt="d" * 5000)

    assert usual.within_limits is usual
    assert list(limit_errors(old.within_limits)) == []
    assert (old.within_limits.title, old.within_limits.place) == ("é" * 999 + "…", "p")

"""The configuration of a stage's worker: what :mod:`faust_batches` needs to know, in Firstseen's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from faust_batches.config import BatchConfig, Remedies
from schemas.position import STATE_FORMATS
from schemas.topics import POSITIONS, STAGES, TABLES, Stage, Topic
from streams.io.kafka_config import KafkaConfig
from streams.io.quarantine import dead_letters
from streams.io.topic_admin import REMEDIES

FOLDER_REMEDY = "FIRSTSEEN_STATE_DIR names another folder."
"""What the error messages about a state folder advise."""


@dataclass(frozen=True, slots=True)
class StageConfig:
    """A stage and its settings; none of them is a rule."""

    stage: Stage
    cluster: KafkaConfig
    prefix: str
    """Prefix of all topic names and consumer groups."""
    folder: Path
    """Where tables on disk are stored."""
    batch_records: int = 2000
    """The most records in one batch."""
    policy: Mapping[str, str] = field(default_factory=dict)
    """Settings on which the results of the stage depend. Its state records them."""
    session_seconds: int = 10
    transaction_seconds: int = 60
    instance: str | None = None
    """Name of this worker in its group, kept over restarts; None: a new member at each start."""

    @property
    def group(self) -> str:
        """The consumer group."""
        return f"{self.prefix}.{self.stage}"

    def batches(self) -> BatchConfig:
        """Return the stage as the batch library needs it."""
        source, positions = STAGES[self.stage], POSITIONS[self.stage]
        return BatchConfig(
            name=self.stage,
            group=self.group,
            client=self.cluster.for_client,
            input_topic=source.full_name(self.prefix),
            tables=tuple(topic for topic in TABLES[self.stage] if topic != positions),
            positions=positions,
            folder=self.folder,
            topic_name=partial(_full_name, self.prefix),
            dead_letters=partial(dead_letters, self.stage),
            input_bytes=source.cut_bytes or source.largest_bytes,
            batch_records=self.batch_records,
            state_format=STATE_FORMATS[self.stage],
            policy=self.policy,
            session_seconds=self.session_seconds,
            transaction_seconds=self.transaction_seconds,
            instance=self.instance,
            remedies=Remedies(
                unreachable=REMEDIES.unreachable,
                missing_topic=REMEDIES.missing_topic,
                recreate="create it again with `firstseen topics apply --new`",
                rebuild=f"`firstseen rebuild {self.stage}`",
                new_input=f"`firstseen rebuild {self.stage} --new-input`",
                new_names="Start again under another FIRSTSEEN_PREFIX.",
                earlier_version="an earlier version of Firstseen",
                later_version="a later version of Firstseen",
                upgrade="Stop all workers, and run `firstseen upgrade`.",
                folder=FOLDER_REMEDY,
            ),
        )


def _full_name(prefix: str, topic: Topic) -> str:
    return topic.full_name(prefix)

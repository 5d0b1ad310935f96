"""A stage and its configuration become a Faust app: one app, so one consumer group, per stage."""

from __future__ import annotations

from streams.runtime.batches import Attendance, StageApp
from streams.runtime.ownership import StageConfig


def build_app(config: StageConfig, attend: Attendance | None = None) -> StageApp:
    """Return the app of a stage, without its agent. Its folder is made if it is not there.

    ``attend`` is done for each partition as long as it is owned.
    """
    config.folder.mkdir(parents=True, exist_ok=True)
    return StageApp(
        config,
        attend,
        datadir=config.folder,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        # A worker that died is noticed after ten seconds; the default is a minute.
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        broker_request_timeout=30.0,
        producer_request_timeout=30.0,
        stream_wait_empty=False,
    )

"""Finds stages whose state an earlier version wrote. ``firstseen upgrade`` migrates it; a worker rejects it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from faust_batches.admin import describe
from faust_batches.position import Position
from faust_batches.state_identity import read_positions
from schemas.position import STATE_FORMATS
from schemas.topics import POSITIONS, Stage
from streams.io.stage_config import StageConfig
from streams.io.topic_admin import admin_client


@dataclass(frozen=True, slots=True)
class StaleState:
    """Why the tables of a stage must be recomputed."""

    stage: Stage
    format: int
    """The lowest version of the row format in a partition."""

    @property
    def is_earlier(self) -> bool:
        """Whether an earlier version wrote it; otherwise its rebuild was interrupted."""
        return self.format < STATE_FORMATS[self.stage]


async def stale_states(configs: Iterable[StageConfig]) -> list[StaleState]:
    """Return the stages whose tables must be recomputed. Their topics need not exist.

    Raises UnreachableError or KafkaError.
    """
    found = [_stale(config.stage, await _positions(config)) for config in configs]
    return [state for state in found if state]


async def _positions(config: StageConfig) -> Mapping[int, Position]:
    count = await asyncio.to_thread(_partitions, config)
    return await read_positions(config.batches(), count) if count else {}


def _partitions(config: StageConfig) -> int:
    name = POSITIONS[config.stage].full_name(config.prefix)
    with admin_client(config.cluster) as admin:
        return sum(len(found["partitions"]) for found in describe(admin, [name]))


def _stale(stage: Stage, positions: Mapping[int, Position]) -> StaleState | None:
    state = StaleState(stage, min((position.format for position in positions.values()), default=STATE_FORMATS[stage]))
    is_interrupted = any(position.state and position.state.rebuilding for position in positions.values())
    return state if state.is_earlier or is_interrupted else None

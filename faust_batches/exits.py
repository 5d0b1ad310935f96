"""How a worker ends that cannot go on: at once and without a commit, so that a restart reads the same records again.

An orderly stop would let Faust acknowledge what was not done, and Faust drops an error that is raised while partitions
change hands: the worker would stay up and do nothing. A record is never the reason: it goes to quarantine
(:mod:`streams.io.quarantine`).
"""

from __future__ import annotations

import logging
import os
from enum import IntEnum
from typing import NoReturn

from aiokafka.errors import IllegalOperation, KafkaError
from kafka.errors import KafkaError as AdministrationError

from faust_batches.errors import MissingTopicError, StateError, UnreachableError, reason
from faust_batches.rocksdb import StoreError

# Faust logs the life of every service in a module, at INFO, under that module's name: ours needs another.
log = logging.getLogger("firstseen.worker")


class ExitCode(IntEnum):
    """Why a worker ended. Its supervisor starts it again in every case."""

    KAFKA = 70
    """Kafka rejected a batch or does not answer, or another worker has fenced this one."""
    DISK = 71
    """The folder of its state cannot be used."""
    LOST_RECORDS = 72
    """Kafka has lost records that its state depends on."""
    DEFECT = 73
    """An error in Firstseen itself."""
    CONFIGURATION = 78
    """Its settings do not fit its state."""


class FatalError(RuntimeError):
    """The worker cannot go on with what it found. The message is one sentence that says what to do."""

    def __init__(self, code: ExitCode, why: str) -> None:
        super().__init__(why)
        self.code = code


def end(code: ExitCode, why: str) -> NoReturn:
    """End, for a reason that is no defect."""
    log.error("%s", why)
    os._exit(code)


def exit_in_batch(place: str, error: BaseException) -> NoReturn:
    """End because a batch could not be committed; ``place`` names stage, partition and offset."""
    if isinstance(error, FatalError):
        end(error.code, f"{place}: {error}")
    if _is_of_kafka(error):
        end(ExitCode.KAFKA, f"{place}: Kafka rejected the batch ({_reason(error)}). Ending; a restart reads it again.")
    if isinstance(error, StoreError):
        end(ExitCode.DISK, f"{place}: {error} Ending.")
    _end_by_defect(f"{place}: a defect in Firstseen. Ending without a commit.", error)


def exit_in_rebalance(stage: str, what: str, error: Exception) -> NoReturn:
    """End because partitions could not change hands; ``what`` says what failed."""
    if isinstance(error, FatalError):
        end(error.code, f"{stage}: {error}")
    if isinstance(error, StoreError):
        end(ExitCode.DISK, f"{stage}: {what} ({error}). Ending.")
    if _is_of_kafka(error):
        # A lost connection is no defect: its trace would tell a reader nothing.
        end(ExitCode.KAFKA, f"{stage}: {what} ({_reason(error)}). Ending; a restart tries again.")
    _end_by_defect(f"{stage}: {what}: a defect in Firstseen. Ending.", error)


def is_fatal(error: BaseException) -> bool:
    """Whether Kafka or the disk is behind an error: whether a step took effect is not known then."""
    return isinstance(error, KafkaError | IllegalOperation | TimeoutError | StateError | FatalError)


def _is_of_kafka(error: BaseException) -> bool:
    # IllegalOperation, which is no KafkaError: the producer was fenced or timed out in the middle of a transaction.
    kinds = KafkaError, AdministrationError, IllegalOperation, UnreachableError, MissingTopicError, OSError
    return isinstance(error, kinds)  # TimeoutError is an OSError


def _reason(error: BaseException) -> str:
    return "no answer" if isinstance(error, TimeoutError) else reason(error)


def _end_by_defect(words: str, error: BaseException) -> NoReturn:
    log.critical("%s", words, exc_info=error)
    os._exit(ExitCode.DEFECT)

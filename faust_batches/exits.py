"""Exits the process of a worker that cannot continue, immediately and without a commit.

The restarted process reads the same records again. In an orderly stop, Faust would commit offsets of unprocessed
records. Faust also ignores an error in a rebalance, so the worker would stay up and idle. A bad record is never the
reason if :class:`~faust_batches.config.BatchConfig` has a function for dead letters.
"""

from __future__ import annotations

import logging
import os
from enum import IntEnum
from typing import NoReturn

from aiokafka.errors import IllegalOperation, KafkaError
from kafka.errors import KafkaError as AdministrationError

from faust_batches.config import BatchConfig
from faust_batches.errors import MissingTopicError, StateError, UnreachableError, reason
from faust_batches.rocksdb import StoreError

# Faust logs the start and stop of every service under its module's name, at INFO, so this is another name.
log = logging.getLogger("faust_batches.worker")


class ExitCode(IntEnum):
    """Why a worker exited. Its supervisor restarts it in every case."""

    KAFKA = 70
    """Kafka rejected a batch or does not answer, or another worker has fenced this one."""
    DISK = 71
    """The state folder cannot be used."""
    LOST_RECORDS = 72
    """Kafka has lost records that the state depends on."""
    DEFECT = 73
    """A bug."""
    CONFIGURATION = 78
    """The settings do not fit the state."""


class FatalError(RuntimeError):
    """The worker cannot continue. The message gives the reason and the remedy in one sentence."""

    def __init__(self, code: ExitCode, why: str) -> None:
        super().__init__(why)
        self.code = code


def exit_now(code: ExitCode, why: str) -> NoReturn:
    """Exit for a reason that is not a bug."""
    log.error("%s", why)
    os._exit(code)


def exit_in_batch(config: BatchConfig, place: str, error: BaseException) -> NoReturn:
    """Exit because a batch could not be folded or committed. ``place`` names the partition and the offset."""
    place = f"{config.name}, {place}"
    if isinstance(error, FatalError):
        exit_now(error.code, f"{place}: {error}")
    if _is_from_kafka(error):
        exit_now(ExitCode.KAFKA, f"{place}: Kafka rejected the batch ({_reason(error)}). Exiting; a restart retries.")
    if isinstance(error, StoreError):
        exit_now(ExitCode.DISK, f"{place}: {error} {config.remedies.folder} Exiting.")
    _exit_for_bug(f"{place}: a bug. Exiting without a commit.", error)


def exit_in_rebalance(config: BatchConfig, failure: str, error: Exception) -> NoReturn:
    """Exit because partitions could not be acquired or released; ``failure`` says what failed."""
    if isinstance(error, FatalError):
        exit_now(error.code, f"{config.name}: {error}")
    if isinstance(error, StoreError):
        exit_now(ExitCode.DISK, f"{config.name}: {failure} ({error}). {config.remedies.folder} Exiting.")
    if _is_from_kafka(error):
        # A lost connection is not a bug, so a traceback would not help.
        exit_now(ExitCode.KAFKA, f"{config.name}: {failure} ({_reason(error)}). Exiting; a restart retries.")
    _exit_for_bug(f"{config.name}: {failure}: a bug. Exiting.", error)


def is_fatal(error: BaseException) -> bool:
    """Whether an error comes from Kafka or the disk, so that it is unknown whether a step took effect."""
    return isinstance(error, KafkaError | IllegalOperation | TimeoutError | StateError | FatalError)


def _is_from_kafka(error: BaseException) -> bool:
    # IllegalOperation is not a KafkaError. It means that the producer was fenced or timed out during a transaction.
    kinds = KafkaError, AdministrationError, IllegalOperation, UnreachableError, MissingTopicError, OSError
    return isinstance(error, kinds)  # TimeoutError is an OSError


def _reason(error: BaseException) -> str:
    return "no answer" if isinstance(error, TimeoutError) else reason(error)


def _exit_for_bug(message: str, error: BaseException) -> NoReturn:
    log.critical("%s", message, exc_info=error)
    os._exit(ExitCode.DEFECT)

"""How a worker ends that cannot go on: at once and without a commit, so that a restart reads the same records again.

An orderly stop would let Faust acknowledge what was not done; and of an error that it is told while partitions change
hands Faust tells nobody, and the worker would stay up and do nothing.
"""

from __future__ import annotations

import logging
import os
from typing import NoReturn

from aiokafka.errors import KafkaError

from streams.runtime.store import StoreError
from streams.runtime.topic_admin import UnreachableError

# Faust logs the life of every service in a module, at INFO, under that module's name: ours needs another.
log = logging.getLogger("firstseen.worker")

EXIT_FOR_RESTART = 70
"""Exit code of a worker that could not commit: started again, it goes on from the last commit."""


def end(why: str) -> NoReturn:
    """End, for a reason that is no error of ours."""
    log.error("%s", why)
    os._exit(EXIT_FOR_RESTART)


def end_in_batch(place: str, error: BaseException) -> NoReturn:
    """End because a batch failed; ``place`` says where: stage, partition, offset."""
    if isinstance(error, KafkaError | TimeoutError):
        end(f"{place}: Kafka did not take the batch ({error or 'no answer'}). Ending; a restart reads it again.")
    if isinstance(error, StoreError):
        end(f"{place}: {error} Ending.")
    _end_by_defect(f"{place}: a defect in Firstseen. Ending without a commit.", error)


def end_between(stage: str, what: str, error: Exception) -> NoReturn:
    """End because partitions could not change hands; ``what`` says what failed."""
    if isinstance(error, KafkaError | UnreachableError | StoreError | OSError):
        # A lost connection is no defect: its trace would tell a reader nothing.
        reason = error if str(error) else type(error).__name__
        end(f"{stage}: {what} ({reason}). Ending; a restart tries again.")
    _end_by_defect(f"{stage}: {what}: a defect in Firstseen. Ending.", error)


def _end_by_defect(words: str, error: BaseException) -> NoReturn:
    log.critical("%s", words, exc_info=error)
    os._exit(EXIT_FOR_RESTART)

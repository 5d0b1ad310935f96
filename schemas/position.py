"""How far a stage has come in what it reads, in a table of its own such as ``intake-positions``."""

from __future__ import annotations

from pydantic import NonNegativeInt

from schemas.records import Record


class Position(Record):
    """How far the owner of one partition has come. Written with each batch, in its transaction."""

    next_offset: NonNegativeInt
    """The offset in what the stage reads up to which everything is done, itself out."""

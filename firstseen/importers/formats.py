"""The formats that ``--format`` accepts, with their importers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from firstseen.importers.acled import import_acled
from firstseen.importers.gdelt import import_gdelt
from firstseen.importers.jsonl import import_jsonl
from firstseen.importers.rows import Importer
from firstseen.importers.ucdp import import_ucdp
from firstseen.importers.ucdp_ged import import_ucdp_ged

FORMATS: Mapping[str, Importer] = MappingProxyType(
    {
        "jsonl": import_jsonl,
        "ucdp": import_ucdp,
        "ucdp-ged": import_ucdp_ged,
        "gdelt": import_gdelt,
        "acled": import_acled,
    }
)

TABLES = ("csv", "xlsx")
"""Formats of a user's own table, which a mapping reads. The file itself shows which of them it is."""

"""Published documents read into versions, each text once a process: a published version never changes."""

from __future__ import annotations

import json
from functools import lru_cache

from scheduler.catalog.document import from_document
from scheduler.domain.care.protocols import ProtocolVersion

_KEPT = 512


@lru_cache(maxsize=_KEPT)
def read_version(document: str, number: int) -> ProtocolVersion:
    """The version that a stored document says."""
    return from_document(json.loads(document), number)

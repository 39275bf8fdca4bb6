"""Published documents read into versions, each text once a process: a published version never changes."""

from __future__ import annotations

import json
from collections import OrderedDict
from functools import lru_cache
from threading import Lock

from scheduler.catalog.document import from_document
from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.delivery.rendering import Templates
from scheduler.storage import protocols
from scheduler.storage.database import Db

_KEPT = 512


@lru_cache(maxsize=_KEPT)
def read_version(document: str, number: int) -> ProtocolVersion:
    """The version that a stored document says."""
    return from_document(json.loads(document), number)


_by_id: OrderedDict[str, ProtocolVersion] = OrderedDict()
_lock = Lock()


def _versions_by_id(db: Db, ids: set[str]) -> dict[str, ProtocolVersion]:
    """Published versions by their id; the database is asked only for those that this process has not read yet."""
    with _lock:
        found = {version_id: _by_id[version_id] for version_id in ids & _by_id.keys()}
    missing = ids - found.keys()
    if missing:
        stored = protocols.documents(db, missing)
        fresh = {version_id: read_version(document, number) for version_id, (number, document) in stored.items()}
        with _lock:
            _by_id.update(fresh)
            while len(_by_id) > _KEPT:
                _by_id.popitem(last=False)
        found |= fresh
    return found


class Wordings:
    """The templates and the names of topics of some published versions."""

    def __init__(self, db: Db, version_ids: set[str]) -> None:
        """Those of these versions."""
        self._versions = _versions_by_id(db, version_ids)
        self._names: dict[tuple[str, ...], dict[str, str]] = {}

    def templates(self, version_id: str) -> Templates:
        """Every template of a version."""
        return self._versions[version_id].messages

    def topic_names(self, version_id: str, *languages: str) -> dict[str, str]:
        """What patients read for each topic of a version, in the first of the languages that has a word for it."""
        asked = version_id, *languages
        if asked not in self._names:
            self._names[asked] = self._versions[version_id].topic_names(*languages)
        return self._names[asked]

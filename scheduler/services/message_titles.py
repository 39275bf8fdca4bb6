"""What a message is called in lists: the subject of its email without its date, else its rule in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.services.documents import read_version
from scheduler.storage import protocols
from scheduler.storage.database import Db

_DATED = re.compile(r"\s*(?:until|from|after|on)?\s*\(\([^()]*\)\)")


class Titles:
    """Titles of messages by the version that they were planned under."""

    def __init__(self, db: Db, version_ids: Collection[str], *, languages: tuple[str, ...]) -> None:
        """Read these versions, for a clinic whose staff read the first of its languages."""
        found = protocols.documents(db, set(version_ids)) if version_ids else {}
        self._versions: Mapping[str, ProtocolVersion] = {
            version_id: read_version(document, number) for version_id, (number, document) in found.items()
        }
        self._languages = languages

    def title(self, version_id: str, *, rule: str, template: str) -> str:
        """`What to leave out`; for a rule without an email, `No actives`."""
        messages = self._versions[version_id].messages
        emails = (words.email for one in self._languages if (words := messages.get((template, one))))
        subject = next((email.subject for email in emails if email), "")
        return _DATED.sub("", subject).strip() or rule.replace("-", " ").replace("_", " ").capitalize()

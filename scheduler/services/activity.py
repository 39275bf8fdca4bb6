"""All that happened with one patient: what people did and looked at, what the patient said, and what was sent."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.people.consent import Word
from scheduler.domain.people.patients import Channel
from scheduler.services import patient_changes
from scheduler.services.message_titles import Titles
from scheduler.storage import audit, clinics, consents, outbox
from scheduler.storage.audit import Entry
from scheduler.storage.database import Db
from scheduler.storage.outbox import Record
from scheduler.storage.patient_records import merged_into
from scheduler.storage.sessions import sessions_of
from scheduler.storage.todos import todo_ids_of

LOOKED_AGAIN = timedelta(hours=1)
"""Who looks at a patient several times within this is noted once."""
_SAID = {Word.GIVEN: "Agreed to", Word.REFUSED: "Refused", Word.STOPPED: "Stopped"}
_MESSAGES = {Channel.SMS: "texts", Channel.EMAIL: "emails"}
_OF_CONSENT = frozenset({"patient.consent", "patient.opt-out"})
_DONE = {"Scheduled": "Restored", "Cancel": "Asked to stop", "Move": "Moved", "Send now": "To be sent now"}
"""What the audit's first words are in plain ones, where they aren't yet."""
_GOES_ON = frozenset({"Moved"})
_STATE = re.compile(r"^, which was [a-z_]+ and due")
_LOOKING = frozenset({"patient.view", "session.view"})


class Sort(StrEnum):
    """What an entry is about; its value stands in addresses."""

    CHANGES = "changes"
    CONSENT = "consent"
    MESSAGES = "messages"
    VIEWS = "views"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened."""

    at: datetime
    by: str
    """A person, a program, or `aftercare` for what the service did itself."""
    sort: Sort
    sentence: str
    """Instants in it are in UTC, as ISO 8601 writes them."""


def look(db: Db, patient_id: str, *, session_id: str | None = None, by: str, now: datetime) -> None:
    """Note that somebody looked at a patient, or at one of their sessions."""
    if session_id is None:
        patient_changes.record(db, patient_id, "view", "Looked at the patient's page.", by=by, now=now)
        return
    subject, sentence = f"session {session_id}", "Looked at the session's page."
    audit.record(db, at=now, actor=by, action="session.view", subject=subject, sentence=sentence)


def has_looked(db: Db, patient_id: str, *, session_id: str | None = None, by: str, now: datetime) -> bool:
    """Whether the same person's looking is noted already, within the last hour."""
    subject = f"patient {patient_id}" if session_id is None else f"session {session_id}"
    action = "patient.view" if session_id is None else "session.view"
    return audit.was_recorded(db, actor=by, action=action, subject=subject, since=now - LOOKED_AGAIN)


def note_export(db: Db, patient_id: str, *, by: str, now: datetime) -> None:
    """Note that somebody took a patient's activity out as a file."""
    patient_changes.record(db, patient_id, "export", "Took the activity out as a file.", by=by, now=now)


def happenings(db: Db, patient_id: str) -> list[Happening]:
    """All of it, newest first; of those who turned out to be this patient, too."""
    patients = {patient_id, *merged_into(db, patient_id)}
    stored = outbox.listed(db, outbox.Wanted(patient_id=patient_id))
    entries = audit.entries_about(db, _subjects(db, patients, stored))
    told_at = {entry.at for entry in entries if entry.action in _OF_CONSENT}
    titles = Titles(db, {record.version_id for record in stored}, languages=clinics.get_clinic(db).languages)
    named = {f"reminder {one.id}": one for one in stored}
    found = [
        *(_entry(one, named.get(one.subject), titles) for one in entries),
        *_said(db, patient_id, told_at),
        *_sent(stored, titles),
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _subjects(db: Db, patients: set[str], stored: Sequence[Record]) -> set[str]:
    """What the audit's entries about these patients are about."""
    return {
        *(f"patient {one}" for one in patients),
        *(f"session {session.id}" for one in patients for session in sessions_of(db, one)),
        *(f"reminder {record.id}" for record in stored),
        *(f"todo {todo}" for todo in todo_ids_of(db, patients)),
    }


def _entry(entry: Entry, record: Record | None, titles: Titles) -> Happening:
    sort = Sort.CHANGES
    if entry.action in _LOOKING:
        sort = Sort.VIEWS
    elif entry.action in _OF_CONSENT:
        sort = Sort.CONSENT
    elif entry.subject.startswith("reminder "):
        sort = Sort.MESSAGES
    return Happening(at=entry.at, by=entry.actor, sort=sort, sentence=_named(entry.sentence, record, titles))


def _named(sentence: str, record: Record | None, titles: Titles) -> str:
    """The audit's words of a message with its title in the place of its rule, and without the name of its state."""
    done, rule, rest = sentence.partition(f": {record.rule}") if record else (sentence, "", "")
    if record is None or not rule:
        return sentence
    title = titles.title(record.version_id, rule=record.rule, template=record.template)
    done = _DONE.get(done, done)
    if rest.startswith(" ") and done not in _GOES_ON:
        rest = f", {rest.strip()}"
    return f"{done}: {title}{_STATE.sub(', which was due', rest)}"


def _said(db: Db, patient_id: str, told_at: set[datetime]) -> Iterator[Happening]:
    """What the patient said where nothing else tells of it: at registering, or by a text of theirs."""
    for said, evidence in consents.history_of(db, patient_id):
        if said.at not in told_at:
            what = f"{_MESSAGES[Channel(said.channel)]} for {said.purpose.value}"
            sentence = f"{_SAID[said.word]} {what}, said at {said.source}."
            yield Happening(at=said.at, by=evidence.recorded_by, sort=Sort.CONSENT, sentence=sentence)


def _sent(stored: Iterable[Record], titles: Titles) -> Iterator[Happening]:
    """Messages that went; a bundle once."""
    went = [record for record in stored if record.sent_at is not None]
    parts: dict[str, list[str]] = defaultdict(list)
    for record in sorted(went, key=lambda one: one.bundled_into is not None):
        title = titles.title(record.version_id, rule=record.rule, template=record.template)
        parts[record.bundled_into or record.id].append(title)
    for record in went:
        if record.sent_at is not None and record.bundled_into is None:
            what = "Text" if record.channel is Channel.SMS else "Email"
            sentence = f"{what} sent: {' and '.join(parts[record.id])}."
            yield Happening(at=record.sent_at, by="aftercare", sort=Sort.MESSAGES, sentence=sentence)

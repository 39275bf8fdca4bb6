"""The outbox as its page lists it: a page of messages, and counts by state. Its filters are `outbox_filters`'."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.state_words import State, Word, state_of
from scheduler.domain.errors import Invalid, NotFound
from scheduler.domain.people.names import listed_name, name_fits
from scheduler.domain.people.patients import Channel, ContactPoint
from scheduler.services.masking import masked
from scheduler.services.message_titles import Titles
from scheduler.services.outbox_filters import Filters, people_by, wanted_by
from scheduler.storage import audit, clinics, contacts
from scheduler.storage import outbox_list as stored
from scheduler.storage.database import Db
from scheduler.storage.outbox_list import OutboxRow, Tries, WantedMessages
from scheduler.storage.patient_lines import names_of

PAGE = 50
_CHUNK = 500
_FEW = 100
"""So many patients' messages are looked up."""
_AGAIN = frozenset({Status.FAILED, Status.UNDELIVERED, Status.UNKNOWN, Status.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLine:
    """One message of the list."""

    id: str
    patient: str
    """First name and last initial."""
    patient_id: str
    session_id: str
    title: str
    channel: Channel
    to: str
    """Masked; empty where the patient has nothing for the channel."""
    at: datetime
    """When it went, else when it is due."""
    went: bool
    state: State
    status: Status
    status_reason: str | None
    note: str | None
    late: timedelta
    """How long after its promised time it came to where it is."""
    next_at: datetime
    tries: Tries | None
    may_send_again: bool
    """Whether a person can still let it go: it is of use, and its session was not voided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxPage:
    """A page of the list."""

    filters: Filters
    zone: str
    lines: tuple[OutboxLine, ...]
    counts: Mapping[Word, int]
    """By state, whichever is asked for."""
    no_receipt: int
    """Of those delivered, how many nobody knows to have arrived."""
    total: int
    page: int
    pages: int
    """At least 1."""

    @property
    def first(self) -> int:
        """The place of the first line among all, from 1 on; 0 where there is none."""
        return (self.page - 1) * PAGE + 1 if self.lines else 0

    @property
    def last(self) -> int:
        """The place of the last line."""
        return self.first + len(self.lines) - 1 if self.lines else 0


Chunk = tuple[tuple[OutboxLine, ...], stored.Place | None]
"""Lines of the whole list, and the place behind them; None after the last ones."""


def outbox_page(db: Db, filters: Filters, *, page: int, now: datetime) -> OutboxPage:
    """A page of the clinic's messages; behind the last one, the last."""
    clinic = clinics.get_clinic(db)
    wanted = _wanted(db, filters, clinic, now)
    counts: Counter[Word] = Counter()
    no_receipt = 0
    for status, reason, count in stored.count_by_state(db, wanted):
        counts[state_of(status, reason).word] += count
        no_receipt += count if status is Status.SENT else 0
    total = counts[filters.word] if filters.word else counts.total()
    pages = max(-(-total // PAGE), 1)
    page = min(page, pages)
    rows = stored.rows_of_page(db, wanted, skip=(page - 1) * PAGE, most=PAGE, newest_first=filters.newest_first)
    return OutboxPage(
        filters=filters,
        zone=clinic.zone,
        lines=_lines(db, rows, clinic, now),
        counts=counts,
        no_receipt=no_receipt,
        total=total,
        page=page,
        pages=pages,
    )


def outbox_chunk(db: Db, filters: Filters, *, behind: stored.Place | None, now: datetime) -> Chunk:
    """The next lines of the whole list behind a place, or the first ones. Raises Invalid where too many people fit."""
    clinic = clinics.get_clinic(db)
    wanted = _wanted(db, filters, clinic, now)
    rows = stored.rows_behind(db, wanted, behind=behind, most=_CHUNK, newest_first=filters.newest_first)
    place = (rows[-1].due_at, rows[-1].id) if len(rows) == _CHUNK else None
    return _lines(db, rows, clinic, now), place


def note_export(db: Db, filters: Mapping[str, str], *, by: str, now: datetime) -> None:
    """Put into the audit that somebody took the list out of the service, with its filters."""
    asked = ", ".join(f"{name} {value}" for name, value in filters.items())
    sentence = f"Took messages out as a file: {asked}."
    audit.record(db, at=now, actor=by, action="outbox.export", subject="outbox", sentence=sentence)


def one_line(db: Db, reminder_id: str, *, now: datetime) -> OutboxLine:
    """A single message as the list shows it. Raises NotFound."""
    lines = _lines(db, stored.rows_by_id(db, [reminder_id], newest_first=True), clinics.get_clinic(db), now)
    if not lines:
        raise NotFound("reminder", reminder_id)
    return lines[0]


def _wanted(db: Db, filters: Filters, clinic: Clinic, now: datetime) -> WantedMessages:
    """Which messages are meant, those of people found by number or name too. Raises Invalid where too many fit."""
    wanted, people = wanted_by(filters, clinic, now), people_by(filters)
    if people is None:
        return wanted
    fitting = frozenset(one for one, name in names_of(db, people) if name_fits(name, people.name or ""))
    if len(fitting) > _FEW:
        raise Invalid.of("who", f"More than {_FEW} patients fit. Type more letters of the name.")
    return replace(wanted, patient_ids=fitting if wanted.patient_ids is None else fitting & wanted.patient_ids)


def _lines(db: Db, rows: Sequence[OutboxRow], clinic: Clinic, now: datetime) -> tuple[OutboxLine, ...]:
    if not rows:
        return ()
    titles = Titles(db, {row.version_id for row in rows}, languages=clinic.languages)
    tries = stored.tries_of(db, {row.bundled_into or row.id for row in rows})
    untried = {row.patient_id for row in rows if (row.bundled_into or row.id) not in tries}
    points = contacts.contacts_of(db, untried) if untried else {}
    line = partial(_line, titles=titles, clinic=clinic, now=now)
    return tuple(
        line(row, tries.get(row.bundled_into or row.id), points=points.get(row.patient_id, ())) for row in rows
    )


def _line(
    row: OutboxRow,
    tries: Tries | None,
    *,
    points: Sequence[ContactPoint],
    titles: Titles,
    clinic: Clinic,
    now: datetime,
) -> OutboxLine:
    to = tries.to if tries else next((one.value for one in reversed(points) if one.channel is row.channel), "")
    return OutboxLine(
        id=row.id,
        patient=listed_name(row.patient_name),
        patient_id=row.patient_id,
        session_id=row.session_id,
        title=titles.title(row.version_id, rule=row.rule, template=row.template),
        channel=row.channel,
        to=masked(to, country=clinic.country) if to else "",
        at=row.sent_at or row.due_at,
        went=row.sent_at is not None,
        state=state_of(row.status, row.status_reason),
        status=row.status,
        status_reason=row.status_reason,
        note=row.note,
        late=row.status_at - row.due_at,
        next_at=row.next_at,
        tries=tries,
        may_send_again=row.status in _AGAIN and row.useful_until > now and not row.session_voided,
    )

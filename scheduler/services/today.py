"""The day as the desk sees it: what needs a person now, what goes out today, and whom the clinic treated today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from scheduler.domain.care.fact_words import facts_line
from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.failures import Remedy
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Kind, Status
from scheduler.domain.delivery.state_words import Told, Word, state_of, told
from scheduler.domain.people.names import listed_name
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.todos import TodoKind, todo_sentence
from scheduler.services.documents import read_version
from scheduler.services.message_titles import Titles
from scheduler.storage import clinics, heartbeats, protocols
from scheduler.storage import today as stored
from scheduler.storage.database import Db

_LATE = timedelta(minutes=5)
"""So late a message may be: workers take turns, and a sender has its pace."""
LOST_FOR = timedelta(days=7)
"""So long a message that did not arrive is shown here; the outbox has it longer."""
_MOST_NEEDS = 20
_MOST_SESSIONS = 50
_URGENT = tuple(kind for kind in TodoKind if kind.urgent)


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoNeed:
    """An open to-do."""

    id: str
    sentence: str
    urgent: bool
    patient: str
    """First name and last initial; empty where it is about nobody."""
    patient_id: str | None
    session_id: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LostNeed:
    """A message that did not arrive and that nobody saw to."""

    reminder_id: str
    title: str
    channel: Channel
    told: Told
    urgent: bool
    in_doubt: bool
    """Whether news may still come by itself."""
    may_send_again: bool
    """Whether it is still of use, and the cause is none that would be there again."""
    patient: str
    patient_id: str
    session_id: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """The day's messages in numbers; those of a bundle count one by one."""

    to_go: int
    """Not gone yet, without those held."""
    overdue_since: datetime | None
    """When the oldest of them should have gone."""
    held: int
    gone: int
    next_at: datetime | None
    """The clinic's next message, today or later."""
    next_is_today: bool


class PlanState(StrEnum):
    """How a session's plan stands, in a word."""

    ON = "on"
    FINISHED = "finished"
    PAUSED = "paused"
    VOIDED = "voided"
    NO_NUMBER = "no number"
    NO_MESSAGES = "no messages"

    @property
    def lacks_messages(self) -> bool:
        """Whether the patient of a live session gets nothing."""
        return self in {PlanState.NO_NUMBER, PlanState.NO_MESSAGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session of today."""

    id: str
    ended_at: datetime
    patient: str
    patient_id: str
    treatment: str
    facts: str
    """`0.5 mm, pen, face`."""
    state: PlanState
    next_at: datetime | None
    next_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """All of the page."""

    clinic: Clinic
    day: date
    todos: tuple[TodoNeed, ...]
    """The first of them, urgent ones on top."""
    todos_total: int
    lost: tuple[LostNeed, ...]
    lost_total: int
    going: Going
    sessions: tuple[SessionLine, ...]
    """The newest on top."""
    sessions_total: int
    is_new: bool
    """Whether the clinic never registered a session."""
    not_sending: bool
    """Whether messages stay where they are, since no process sends."""

    @property
    def needs(self) -> int:
        """How many things need a person."""
        return self.todos_total + self.lost_total

    @property
    def without_messages(self) -> int:
        """Sessions of today, as far as they are shown, whose patient gets nothing."""
        return sum(line.state.lacks_messages for line in self.sessions)


def today(db: Db, *, now: datetime) -> Today:
    """The clinic's day at this moment, from its midnight to the next."""
    clinic = clinics.get_clinic(db)
    day = zones.local(now, clinic.zone).date()
    start, end = zones.instant(day, time(), clinic.zone), zones.midnight_after(day, clinic.zone)
    todos, todos_total = stored.open_todos(db, urgent=_URGENT, most=_MOST_NEEDS)
    lost, lost_total = stored.lost_messages(db, since=now - LOST_FOR, most=_MOST_NEEDS)
    sessions, sessions_total = stored.sessions_ended(db, start=start, end=end, most=_MOST_SESSIONS)
    messages = stored.messages_of(db, [session.id for session in sessions])
    version_ids = {one.version_id for one in lost} | {one.version_id for one in messages}
    titles = Titles(db, version_ids, languages=clinic.languages)
    going = _going(db, now, start=start, end=end)
    return Today(
        clinic=clinic,
        day=day,
        todos=tuple(_todo(one) for one in todos),
        todos_total=todos_total,
        lost=tuple(_lost(one, titles, now) for one in lost),
        lost_total=lost_total,
        going=going,
        sessions=_lines(db, sessions, messages, titles),
        sessions_total=sessions_total,
        is_new=not sessions and not stored.any_session(db),
        not_sending=going.overdue_since is not None and going.overdue_since <= now - _LATE and _nobody_sends(db, now),
    )


def _todo(one: stored.OpenTodo) -> TodoNeed:
    return TodoNeed(
        id=one.id,
        sentence=todo_sentence(one.kind, one.details),
        urgent=one.kind.urgent,
        patient=listed_name(one.patient_name or ""),
        patient_id=one.patient_id,
        session_id=one.session_id,
        since=one.created_at,
    )


def _nobody_sends(db: Db, now: datetime) -> bool:
    last = heartbeats.last_beat(db)
    return last is None or now - last > _LATE


def _lost(one: stored.LostMessage, titles: Titles, now: datetime) -> LostNeed:
    said = told(one.status, one.status_reason) or Told("")
    return LostNeed(
        reminder_id=one.id,
        title=titles.title(one.version_id, rule=one.rule, template=one.template),
        channel=one.channel,
        told=said,
        urgent=one.kind is Kind.SAFETY,
        in_doubt=one.status is Status.IN_DOUBT,
        may_send_again=Remedy.SEND_AGAIN in said.remedies and one.useful_until > now,
        patient=listed_name(one.patient_name),
        patient_id=one.patient_id,
        session_id=one.session_id,
        since=one.status_at,
    )


def _going(db: Db, now: datetime, *, start: datetime, end: datetime) -> Going:
    counts = stored.day_counts(db, start=start, end=end)
    waiting = [one for one in counts if one.status in OPEN]
    held = [one for one in waiting if state_of(one.status, one.status_reason).word is Word.HELD]
    gone = WITH_PROVIDER | {Status.SENT, Status.DELIVERED}
    in_turn = [one.first for one in waiting if one.status is Status.SCHEDULED and one not in held]
    next_at = stored.next_due(db, now)
    return Going(
        to_go=sum(one.count for one in waiting) - sum(one.count for one in held),
        overdue_since=min((at for at in in_turn if at < now), default=None),
        held=sum(one.count for one in held),
        gone=sum(one.count for one in counts if one.status in gone),
        next_at=next_at,
        next_is_today=next_at is not None and next_at < end,
    )


def _lines(
    db: Db, sessions: Sequence[stored.SessionOfDay], messages: Iterable[stored.MessageOfSession], titles: Titles
) -> tuple[SessionLine, ...]:
    by_session: dict[str, list[stored.MessageOfSession]] = defaultdict(list)
    for message in messages:
        by_session[message.session_id].append(message)
    wanted = {(session.procedure, session.version) for session in sessions}
    found = protocols.versions(db, wanted, clinic_id=db.clinic_id) if wanted else {}
    treatments = {name: read_version(one.document, one.number).protocol for name, one in found.items()}
    return tuple(
        _line(session, by_session[session.id], titles, treatments[session.procedure, session.version])
        for session in sessions
    )


def _line(
    session: stored.SessionOfDay, messages: Sequence[stored.MessageOfSession], titles: Titles, protocol: CareProtocol
) -> SessionLine:
    to_come = next((one for one in messages if one.status in OPEN), None)
    state = _state(session, messages, to_come)
    shown = to_come if state is PlanState.ON else None
    return SessionLine(
        id=session.id,
        ended_at=session.ended_at,
        patient=listed_name(session.patient_name),
        patient_id=session.patient_id,
        treatment=protocol.title,
        facts=facts_line(protocol, session.facts),
        state=state,
        next_at=shown.due_at if shown else None,
        next_title=titles.title(shown.version_id, rule=shown.rule, template=shown.template) if shown else "",
    )


def _state(
    session: stored.SessionOfDay,
    messages: Sequence[stored.MessageOfSession],
    to_come: stored.MessageOfSession | None,
) -> PlanState:
    if session.voided:
        return PlanState.VOIDED
    if session.patient_paused:
        return PlanState.PAUSED
    if to_come is not None:
        return PlanState.ON
    if messages and any(one.status is not Status.CANCELLED for one in messages):
        return PlanState.FINISHED
    return PlanState.NO_MESSAGES if session.has_contact else PlanState.NO_NUMBER

"""Overrides: a named clinician lets a topic end earlier for one session, with a reason, and the plan follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scheduler.catalog.scalars import Mistake, duration
from scheduler.domain.care import timing
from scheduler.domain.care.windows import Course, own_windows
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.rendering import spoken_day
from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.naming import did_you_mean
from scheduler.domain.people.patients import Override
from scheduler.domain.people.roles import Act, Person
from scheduler.services import care
from scheduler.services.patient_changes import open_patient, read_words, record, settle
from scheduler.services.tokens import check_act, check_person
from scheduler.services.told_lines import TopicWords
from scheduler.storage import overrides, sessions
from scheduler.storage.database import Db
from scheduler.storage.overrides import OverrideRecord
from scheduler.storage.tokens import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEnd:
    """When a topic ends for one session, as a clinician says it; exactly one of `last_day` and `length`."""

    session_id: str
    topic: str
    reason: str
    last_day: date | None = None
    """The last local day on which it holds."""
    length: str | None = None
    """As protocols write it (`3d`, `36h`), from the end of the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """An override as staff see it."""

    id: str
    session_id: str
    topic: str
    until: datetime
    until_local: date
    """Date of the last instant inside."""
    by: str
    reason: str
    at: datetime


def check_may_override(token: Token) -> Person:
    """Who overrides with the token. Raises NotAllowed for a program's, and for a person whose role may not."""
    person = check_person(token)
    check_act(token, Act.OVERRIDE)
    return person


def override(db: Db, patient_id: str, wanted: NewEnd, *, person: Person, now: datetime) -> OverrideView:
    """Let a topic end earlier for one session, in the place of what was said before, and plan anew.

    Raises NotFound for another clinic's patient or session, NotNow for a voided session and a patient who is merged
    or erased, Invalid with every problem.
    """
    open_patient(db, patient_id)
    found = care.load_care(db, patient_id)
    course = _course(db, found, wanted.session_id, now)
    ends = _ends(course)
    until, problems = _read_end(wanted, course, ends.get(wanted.topic), now)
    if wanted.topic not in ends:
        mend = did_you_mean(wanted.topic, ends)
        problems.insert(0, Problem("topic", f"the session has no window of this topic; {mend}"))
    reason = _reason(wanted.reason, problems)
    if until is None or problems:
        raise Invalid(*problems)
    said = Override(session_id=wanted.session_id, topic=wanted.topic, until=until, by=person.name, reason=reason)
    override_id = overrides.put_override(db, patient_id, said, now=now)
    day, rule_day = (spoken_day(timing.last_day(end, course.zone)) for end in (until, ends[wanted.topic]))
    topic, session = _names(found, wanted.topic, wanted.session_id)
    told = f"{topic} until after {day}, not {rule_day}, for {session}: {reason}"
    record(db, patient_id, "override", f"Overrode {told}", by=person.name, now=now)
    settle(db, patient_id, now=now)
    return _view(overrides.get_override(db, patient_id, override_id), course.zone)


def withdraw(db: Db, patient_id: str, override_id: str, *, person: Person, now: datetime) -> None:
    """Let the rules' own end hold again, and plan anew. Raises NotFound, or NotNow for a patient merged or erased."""
    open_patient(db, patient_id)
    before = overrides.get_override(db, patient_id, override_id).override
    overrides.drop_override(db, override_id)
    topic, session = _names(care.load_care(db, patient_id), before.topic, before.session_id)
    told = f"Withdrew the override of {topic} for {session} by {before.by}."
    record(db, patient_id, "override-withdraw", told, by=person.name, now=now)
    settle(db, patient_id, now=now)


def overrides_view(db: Db, patient_id: str, zone: str) -> tuple[OverrideView, ...]:
    """A patient's overrides, oldest first, on their wall clock."""
    return tuple(_view(one, zone) for one in overrides.records_of(db, patient_id))


def _course(db: Db, found: care.Care, session_id: str, now: datetime) -> Course:
    """The live session of the patient with all that its windows depend on."""
    if sessions.patient_of(db, session_id) != found.patient.id:
        raise Invalid.of("session_id", "this is another patient's session; give one of this patient's")
    course = found.plan(now).courses.get(session_id)
    if course is None:
        message = "The session was voided, so nothing of it holds that could end earlier."
        raise NotNow(message)
    return course


def _names(found: care.Care, topic: str, session_id: str) -> tuple[str, str]:
    """A topic and a session of the patient in words: `retinol` and `Microneedling of Tuesday 3 March`."""
    session = next((one for one in found.sessions if one.id == session_id), None)
    if session is None:
        return TopicWords(found).name(topic), "a session"
    title = found.protocols[session.procedure, session.version].protocol.title
    return TopicWords(found).name(topic), f"{title} of {spoken_day(session.day_0)}"


def _ends(course: Course) -> dict[str, datetime]:
    """When each topic of the session ends by the rules alone, whatever is overridden now."""
    ends: dict[str, datetime] = {}
    for window in own_windows(course):
        ends[window.topic] = max(window.end, ends.get(window.topic, window.end))
    return ends


def _read_end(
    wanted: NewEnd, course: Course, by_rule: datetime | None, now: datetime
) -> tuple[datetime | None, list[Problem]]:
    """The instant at which the topic ends, and what is wrong with it."""
    if (wanted.last_day is None) == (wanted.length is None):
        return None, [Problem("until_local", "give either until_local or length, not both and not neither")]
    name = "until_local" if wanted.last_day else "length"
    try:
        until = _instant(wanted, course)
    except Mistake as mistake:
        return None, [Problem(name, f"the length {mistake}")]
    if until <= now:
        return until, [Problem(name, "this is over already; give an end to come")]
    if by_rule is not None and until >= by_rule:
        day = spoken_day(timing.last_day(by_rule, course.zone))
        return until, [Problem(name, f"an override only shortens, and by the rules the topic ends after {day}")]
    return until, []


def _instant(wanted: NewEnd, course: Course) -> datetime:
    if wanted.last_day is not None:
        return zones.midnight_after(wanted.last_day, course.zone)
    session = course.session
    return timing.end_after(duration(wanted.length), session.ended_at, day_0=session.day_0, zone=course.zone)


def _reason(text: str, problems: list[Problem]) -> str:
    try:
        return read_words("reason", text, "say why")
    except Invalid as error:
        problems += error.problems
        return ""


def _view(stored: OverrideRecord, zone: str) -> OverrideView:
    said = stored.override
    return OverrideView(
        id=stored.id,
        session_id=said.session_id,
        topic=said.topic,
        until=said.until,
        until_local=timing.last_day(said.until, zone),
        by=said.by,
        reason=said.reason,
        at=stored.at,
    )

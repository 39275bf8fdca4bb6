"""What correcting a session would change, before anybody does it: messages, dates of advice, and to-dos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from scheduler.domain.care.changes import Changes, diff
from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.fact_words import value_words
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import Advice
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.care.timing import last_day
from scheduler.domain.care.trial_changes import Change
from scheduler.domain.delivery.reminders import OPEN, Identity
from scheduler.domain.delivery.rendering import Occasion
from scheduler.domain.people.patients import Channel
from scheduler.services import care, wording
from scheduler.services.correcting import Correction, corrected
from scheduler.services.told_lines import TopicWords
from scheduler.storage import outbox, sessions
from scheduler.storage.database import Db
from scheduler.storage.outbox import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A reminder at one of the two times: when it goes, how, and in which words when it goes alone."""

    about: str
    due_at: datetime
    channel: Channel
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange:
    """A message that is added, taken away, moved or worded anew."""

    change: Change
    before: Said | None
    after: Said | None
    other_session: bool
    """Whether it is another session's than the corrected one."""

    @property
    def at(self) -> datetime:
        """When it goes; when it would have gone, if it is taken away."""
        return min(said.due_at for said in (self.after or self.before,) if said)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceChange:
    """Topics whose last day becomes another; None where they don't hold."""

    topics: tuple[str, ...]
    advice: Advice
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionPreview:
    """What would be otherwise."""

    facts: tuple[tuple[str, str, str], ...]
    """Label, before, after."""
    ended_at: tuple[datetime, datetime] | None
    band: tuple[str | None, str | None]
    messages: tuple[MessageChange, ...]
    advice: tuple[AdviceChange, ...]
    kept: int
    """Messages still to go that stay as they are."""
    gone: int
    """Of this session's messages, those that went out or are on their way: what they said stays said."""
    todos: tuple[str, ...]
    """What no message can do."""
    zone: str

    @property
    def empty(self) -> bool:
        """Whether nothing was corrected."""
        return not self.facts and self.ended_at is None


def preview_correction(db: Db, session_id: str, correction: Correction, *, now: datetime) -> CorrectionPreview:
    """The plan as it is beside the plan with what is corrected; nothing is stored.

    Raises as correcting does: NotFound, Invalid with every problem, NotNow.
    """
    found = care.load_care(db, sessions.patient_of(db, session_id))
    before, after = corrected(found, session_id, correction, now=now)
    then = replace(found, sessions=tuple(after if one.id == session_id else one for one in found.sessions))
    plan_before, plan_after = found.plan(now), then.plan(now)
    changes = diff(plan_after, found.known, now)
    stored = {record.id: record for record in outbox.listed(db, outbox.Wanted(patient_id=found.patient.id))}
    zone = found.patient.zone or found.clinic.zone
    bands = [plan.courses[session_id].band for plan in (plan_before, plan_after)]
    return CorrectionPreview(
        facts=tuple(_fact_changes(found, before, after)),
        ended_at=None if before.ended_at == after.ended_at else (before.ended_at, after.ended_at),
        band=(bands[0].id if bands[0] else None, bands[1].id if bands[1] else None),
        messages=tuple(_MessageChanges(then, stored, session_id).of(changes)),
        advice=_advice_changes(found, plan_before, plan_after, session_id, zone),
        kept=sum(row.status in OPEN for row in changes.keep),
        gone=sum(row.went and row.identity.session_id == session_id for row in found.known),
        todos=tuple(one.sentence for one in plan_after.todos if one not in plan_before.todos),
        zone=zone,
    )


def _fact_changes(
    found: care.Care, before: TreatmentSession, after: TreatmentSession
) -> Iterator[tuple[str, str, str]]:
    for fact in found.protocols[before.procedure, before.version].protocol.facts.values():
        old, new = before.facts.get(fact.id), after.facts.get(fact.id)
        if old != new:
            told = ["not recorded" if value is None else value_words(fact, value) or "none" for value in (old, new)]
            yield fact.label, told[0], told[1]


def _advice_changes(
    found: care.Care, before: Plan, after: Plan, session_id: str, zone: str
) -> tuple[AdviceChange, ...]:
    words = TopicWords(found)
    lines: dict[tuple[Advice, date | None, date | None], list[str]] = defaultdict(list)
    for topic in dict.fromkeys((*before.topics_of(session_id), *after.topics_of(session_id))):
        old, new = _last_day(before, topic, zone), _last_day(after, topic, zone)
        if old != new:
            lines[words.advice(topic), old, new].append(words.name(topic))
    return tuple(
        AdviceChange(topics=tuple(sorted(names)), advice=advice, before=old, after=new)
        for (advice, old, new), names in sorted(lines.items(), key=lambda line: (line[0][2] or date.max, line[0][0]))
    )


def _last_day(plan: Plan, topic: str, zone: str) -> date | None:
    ends = [stretch.end for stretch in plan.windows.get(topic, ())]
    return last_day(max(ends), zone) if ends else None


@dataclass(frozen=True, slots=True)
class _MessageChanges:
    """The messages of a plan that is about to be stored, beside those that are."""

    then: care.Care
    stored: Mapping[str, Record]
    session_id: str

    def of(self, changes: Changes) -> list[MessageChange]:
        """What a person sees of it, in order of time."""
        found = [
            *(self._change(one.identity, None, self._planned(one)) for one in (*changes.add, *changes.correct)),
            *(self._change(one.identity, self._stored(one.id), None) for one in changes.cancel),
            *(
                self._change(one.row.identity, self._stored(one.row.id), self._planned(one.planned))
                for one in changes.change
            ),
        ]
        seen = [one for one in found if one is not None]
        return sorted(seen, key=lambda one: (one.at, one.change))

    def _change(self, identity: Identity, before: Said | None, after: Said | None) -> MessageChange | None:
        change = _kind_of(before, after)
        if change is None:
            return None
        other = identity.session_id != self.session_id
        return MessageChange(change=change, before=before, after=after, other_session=other)

    def _planned(self, one: PlannedReminder) -> Said:
        piece = self._piece(one.identity.session_id, one.identity.rule, one.template, one.topic_ends)
        return self._said(piece, one.channel, one.due_at)

    def _stored(self, reminder_id: str) -> Said:
        one = self.stored[reminder_id]
        return self._said(self._piece(one.session_id, one.rule, one.template, one.topic_ends), one.channel, one.due_at)

    def _said(self, piece: wording.Piece, channel: Channel, due_at: datetime) -> Said:
        occasion = Occasion(patient=self.then.patient, clinic=self.then.clinic, topic_ends=piece.topic_ends, at=due_at)
        message = wording.would_say([piece], channel, occasion)
        return Said(
            about=wording.about(piece, occasion),
            due_at=due_at,
            channel=channel,
            body=message.body if message else None,
        )

    def _piece(self, session_id: str, rule: str, template: str, ends: Mapping[str, datetime]) -> wording.Piece:
        session = next(one for one in self.then.sessions if one.id == session_id)
        version = self.then.protocols[session.procedure, session.version]
        return wording.Piece(version=version, rule=rule, template=template, topic_ends=ends)


def _kind_of(before: Said | None, after: Said | None) -> Change | None:
    """What happened to a message; None where a patient would notice nothing."""
    if before is None or after is None:
        return Change.ADDED if before is None else Change.REMOVED
    if before.due_at != after.due_at:
        return Change.MOVED
    return Change.REWORDED if (before.channel, before.body) != (after.channel, after.body) else None

"""All reminders of a patient seen together: one a day, bundles, limits, and the messages that no rule asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.bundling import Fits, bundled, single
from scheduler.domain.care.catch_up import catch_up
from scheduler.domain.care.correction import correction
from scheduler.domain.care.drafts import Draft, NotPlanned, PlannedReminder, Standing
from scheduler.domain.care.history import History
from scheduler.domain.care.limits import Room, count_sent, limited
from scheduler.domain.care.needs import NeedsPerson
from scheduler.domain.care.one_a_day import one_a_day
from scheduler.domain.care.openings import Openings
from scheduler.domain.care.ruleless import SoFar
from scheduler.domain.care.windows import Course
from scheduler.domain.people.patients import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What became of a patient's drafts."""

    reminders: tuple[PlannedReminder, ...] = ()
    left_out: tuple[NotPlanned, ...] = ()
    needs: tuple[NeedsPerson, ...] = ()


def together(
    patient: Patient,
    courses: Mapping[str, Course],
    openings: Openings,
    history: History,
    drafts: Sequence[Draft],
    *,
    now: datetime,
    fits: Fits | None,
) -> Together:
    """The reminders in the order of the drafts, those without a rule last; what fell out, and what a person must do."""
    if not courses:
        return Together()
    order = {draft.identity: place for place, draft in enumerate(drafts)}
    room = Room(openings.clinic.limits, openings, {course.session.day_0 for course in courses.values()})
    kept, left_out = one_a_day(drafts, openings, now)
    if fits is not None:
        exempt = {draft.identity for draft in drafts if draft.row is not None and draft.exempt}
        count_sent(room, history.reminders.values(), exempt=exempt, zone=openings.zone)
        kept, more = _fitted(kept, openings, fits, room, now)
        kept.sort(key=lambda draft: order[draft.identity])
        kept, repeats = one_a_day(kept, openings, now)
        left_out += [*more, *repeats]
    so_far = SoFar(
        patient=patient,
        courses=courses,
        merged=openings.merged,
        topics={name: topic for course in courses.values() for name, topic in course.version.topics.items()},
        drafts=tuple(kept),
        history=history,
        openings=openings,
        now=now,
    )
    caught_up, untold = catch_up(so_far, lambda draft: draft if fits is None else _placed(draft, room))
    corrected, stale = correction(so_far)
    ruleless = [draft for draft in (caught_up, corrected) if draft is not None]
    return Together(
        reminders=tuple(draft.reminder for draft in (*kept, *ruleless)),
        left_out=tuple(left_out),
        needs=(*untold, *stale),
    )


def _fitted(
    drafts: Sequence[Draft], openings: Openings, fits: Fits, room: Room, now: datetime
) -> tuple[list[Draft], list[NotPlanned]]:
    """The drafts bundled, where the limits leave room for them; what is not for planning to move stays."""
    free = [draft for draft in drafts if draft.standing(now) is Standing.FREE]
    bundles, alone, left_out = limited(bundled(free, openings, fits), room)
    bundles += bundled(alone, openings, fits)
    as_they_are = [draft for draft in drafts if draft.standing(now) is not Standing.FREE]
    return [*as_they_are, *(draft for bundle in bundles for draft in bundle.reminders())], left_out


def _placed(draft: Draft, room: Room) -> Draft | NotPlanned:
    bundle, left_out = room.place(single(draft))
    return left_out[0] if bundle is None else next(bundle.reminders())

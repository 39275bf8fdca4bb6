"""Why a window lasts as long as it does, as a sentence; made only when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.windows import Course, Window
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.rendering import spoken_day


def stretch_because(stretch: Stretch, courses: Mapping[str, Course]) -> str:
    """Whose rule owns the end, what made it longer, and which other sessions ask for the same."""
    owner = stretch.owner
    told = [_window_because(owner, courses[owner.session_id])]
    others = [courses[window.session_id] for window in stretch.contributors if window.session_id != owner.session_id]
    if others:
        told.append(f"Also asked for by {', '.join(spoken_session(course) for course in others)}.")
    return " ".join(told)


def spoken_session(course: Course) -> str:
    """`Microneedling of Tuesday 3 March`."""
    return f"{course.protocol.title} of {_day(course)}"


def _window_because(window: Window, course: Course) -> str:
    band = f", band {course.band.id}" if course.band else ""
    override = window.override
    if override is not None:
        return f"{spoken_session(course)}: set by {override.by}: {override.reason}."
    longer = f", made longer by {window.modifier.id}" if window.modifier else ""
    version = f"version {course.version.number}{band}"
    told = f"{spoken_session(course)}, {version}: {window.base} from the end of the session{longer}."
    return f"{told} {window.rule.why}".rstrip()


def _day(course: Course) -> str:
    return spoken_day(zones.local(course.session.ended_at, course.zone).date())

"""Trials of a protocol as lines to read: windows by their end, messages by their time, and why the rest gives none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.reasons import sentence
from scheduler.domain.care.trial_changes import Change, MessageChange, Said, message_changes, window_changes
from scheduler.domain.care.trials import Trial
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.rendering import spoken_day
from scheduler.domain.people.patients import Channel


def trial_lines(trial: Trial) -> Iterator[str]:
    """One sample: its heading, then windows, messages and what is not planned."""
    zone = trial.clinic.zone
    ended = spoken(trial.session.ended_at, zone)
    yield f"== {trial.sample.name}: {_band(trial)}ended {ended}"
    yield from (f"  notice: {notice}" for notice in notices(trial))
    for words, topics in _windows(trial).items():
        yield f"  {words}: {', '.join(topics)}"
    for reminder, message in trial.messages():
        lead = reminder.bundled_into
        said = f"goes with {lead.rule}" if lead else _words(Said(reminder=reminder, message=message))
        yield f"  {spoken(reminder.due_at, zone)}: {reminder.identity.rule}: {said}"
    for left in trial.not_planned:
        yield f"  not planned: {left.rule}: {sentence(left.reason)}"
    yield ""


def change_lines(trials: Iterable[tuple[Trial, Trial]]) -> Iterator[str]:
    """What is otherwise after than before, sample by sample; how many have no change stands at the end."""
    same = 0
    for before, after in trials:
        lines = [*_band_change(before, after), *_window_lines(before, after), *_message_lines(before, after)]
        if not lines:
            same += 1
            continue
        yield f"== {after.sample.name}: {_band(after)}ended {spoken(after.session.ended_at, after.clinic.zone)}"
        yield from (f"  {line}" for line in lines)
        yield ""
    yield f"no change: {same} {'sample' if same == 1 else 'samples'}"


def notices(trial: Trial) -> list[str]:
    """What staff would be told about the session's band."""
    band = trial.plan.courses[trial.session.id].band
    return [band.notice] if band and band.notice else []


def spoken(at: datetime, zone: str) -> str:
    """`Wednesday 4 March, 10:00`, on the zone's clock."""
    wall = zones.local(at, zone)
    return f"{spoken_day(wall.date())}, {wall:%H:%M}"


def _windows(trial: Trial) -> dict[str, list[str]]:
    """Topics by the words for their window, in order of its end."""
    found: dict[str, list[str]] = {}
    for stretch in sorted(trial.stretches(), key=lambda stretch: (stretch.end, stretch.start)):
        found.setdefault(_window(trial, stretch), []).append(stretch.topic)
    return found


def _window(trial: Trial, stretch: Stretch) -> str:
    zone = trial.clinic.zone
    start = f"from {spoken(stretch.start, zone)} " if stretch.start > trial.session.ended_at else ""
    return f"{start}{_until(stretch.end, zone)}"


def _until(end: datetime, zone: str) -> str:
    wall = zones.local(end, zone)
    if wall.time() == time():
        return f"until after {spoken_day(wall.date() - timedelta(days=1))}"
    return f"until {spoken(end, zone)}"


def _band(trial: Trial) -> str:
    return f"band {trial.band}, " if trial.band else ""


def _band_change(before: Trial, after: Trial) -> Iterator[str]:
    if before.band != after.band:
        yield f"band {before.band or 'none'} -> {after.band or 'none'}"


def _window_lines(before: Trial, after: Trial) -> Iterator[str]:
    zone = after.clinic.zone
    for changed in window_changes(before, after):
        told = [
            f"{'' if start == after.session.ended_at else f'from {spoken(start, zone)} '}{_until(end, zone)}"
            for start, end in filter(None, (changed.before, changed.after))
        ]
        yield f"window {changed.change}: {changed.topic}: {' -> '.join(told)}"


def _message_lines(before: Trial, after: Trial) -> Iterator[str]:
    for changed in message_changes(before, after):
        yield from _message_change(changed, after.clinic.zone)


def _message_change(changed: MessageChange, zone: str) -> Iterator[str]:
    both = [said for said in (changed.before, changed.after) if said is not None]
    times = [spoken(said.reminder.due_at, zone) for said in both]
    words = list(dict.fromkeys(_words(said) for said in both))
    if changed.change is not Change.REWORDED:
        yield f"{changed.change}: {changed.rule}: {' -> '.join(times)}"
    else:
        yield f"{changed.change}: {changed.rule}: {times[0]}"
    if changed.change is not Change.MOVED or len(words) > 1:
        yield f"  {' -> '.join(words)}"


def _words(said: Said) -> str:
    message: Message | None = said.message
    if message is None:
        return f"no words for {said.reminder.channel.value}"
    if said.reminder.channel is Channel.EMAIL:
        return f"email: {message.subject}"
    return f"text: {message.body}"

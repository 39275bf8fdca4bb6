from __future__ import annotations

from datetime import date, timedelta

import pytest

from scheduler.domain.care.trial_changes import Change
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import OPEN
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.services import correcting, reminders
from scheduler.services.correcting import Correction
from scheduler.services.correction_preview import CorrectionPreview, preview_correction
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_clinic, a_session, drain_at, register, stored, stored_rows
from tests.fakes import AcceptingSender

DEEPER = Correction(facts={"needle_mm": 1.0})


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def preview(
    database: Database, clinic: Clinic, view: SessionView, correction: Correction = DEEPER
) -> CorrectionPreview:
    with database.read(clinic.id) as db:
        return preview_correction(db, str(view.id), correction, now=NOW)


def plain(database: Database, clinic: Clinic) -> dict[tuple[str, int], tuple[object, ...]]:
    return {
        (one.rule, one.occurrence): (one.due_at, one.status, one.topic_ends, one.channel)
        for one in stored(database, clinic)
    }


def test_it_stores_nothing(database: Database, clinic: Clinic, view: SessionView) -> None:
    rows, before = stored_rows(database), plain(database, clinic)

    preview(database, clinic, view)

    assert (stored_rows(database), plain(database, clinic)) == (rows, before)


def test_what_it_shows_is_what_correcting_then_does(database: Database, clinic: Clinic, view: SessionView) -> None:
    before = plain(database, clinic)
    shown = preview(database, clinic, view)

    with database.write(clinic.id) as db:
        correcting.correct(db, str(view.id), DEEPER, by=BY, now=NOW)

    after = plain(database, clinic)
    is_open = {name for name, one in after.items() if one[1] in OPEN}
    was_open = {name for name, one in before.items() if one[1] in OPEN}
    count = {change: sum(one.change is change for one in shown.messages) for change in Change}
    assert count[Change.ADDED] == len(is_open - was_open)
    assert count[Change.REMOVED] == len(was_open - is_open)
    assert count[Change.MOVED] == sum(before[name][0] != after[name][0] for name in is_open & was_open)
    assert sum(count.values()) > 0


def test_it_names_the_fact_the_band_the_dates_and_the_words_before_and_after(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    shown = preview(database, clinic, view)

    assert shown.facts == (("Longest needle", "0.5 mm", "1.0 mm"),)
    assert shown.band == ("D1", "D2")
    retinol = next(one for one in shown.advice if "retinol" in one.topics)
    assert (retinol.before, retinol.after) == (date(2026, 3, 8), date(2026, 3, 10))
    reworded = [one for one in shown.messages if one.change is Change.REWORDED]
    assert all(one.before and one.after and one.before.body != one.after.body for one in reworded)
    assert not shown.empty


def test_another_time_moves_messages_and_says_so(database: Database, clinic: Clinic, view: SessionView) -> None:
    shown = preview(database, clinic, view, Correction(ended_at=NOW - timedelta(days=1)))

    assert shown.ended_at == (NOW - timedelta(minutes=5), NOW - timedelta(days=1))
    assert Change.MOVED in {one.change for one in shown.messages}
    assert [one.at for one in shown.messages] == sorted(one.at for one in shown.messages)


def test_what_went_stays_and_is_counted(database: Database, clinic: Clinic, view: SessionView) -> None:
    drain_at(database, AcceptingSender(), view.reminders[0].due_at)

    shown = preview(database, clinic, view)

    assert shown.gone == 1
    assert "start" not in {one.before.about for one in shown.messages if one.before}


def test_messages_of_another_session_that_change_too_are_marked(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    other = register(database, clinic, a_session(patient_id=view.patient_id, ended_at=NOW - timedelta(days=2)))

    shown = preview(database, clinic, other, Correction(facts={"needle_mm": 2.0}))

    actives = [one for one in shown.messages if one.other_session and one.after and "retinol" in str(one.after.body)]
    assert [(one.change, "Sunday 15 March" in str(one.after and one.after.body)) for one in actives] == [
        (Change.REWORDED, True)
    ]


def test_correcting_nothing_is_seen_as_nothing(database: Database, clinic: Clinic, view: SessionView) -> None:
    shown = preview(database, clinic, view, Correction(facts={"needle_mm": 0.5}))

    assert shown.empty
    assert (shown.messages, shown.advice) == ((), ())


def test_what_correcting_refuses_the_preview_refuses(database: Database, clinic: Clinic, view: SessionView) -> None:
    with pytest.raises(Invalid, match="Longest needle"):
        preview(database, clinic, view, Correction(facts={"needle_mm": 99}))
    with pytest.raises(NotFound):
        preview(database, a_clinic(database, name="Birch"), view)
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)
    with pytest.raises(NotNow, match="voided"):
        preview(database, clinic, view)

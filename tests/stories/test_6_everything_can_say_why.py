"""Promise 6: every message, and every rule that gave none, says why in a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.services import outbox
from scheduler.services.people import PersonGiven
from scheduler.services.views import session_view
from scheduler.storage.database import Database
from tests.builders import CATALOG, NOW, StoppedClock, a_clinic, a_person, a_session, let_pass, register
from tests.fakes import AcceptingSender

DAY = timedelta(days=1)
PEOPLE = {
    "plain": a_person(),
    "flags": a_person(flags=("herpes", "keloid", "melasma", "pregnant")),
    "email only": a_person(phone="+441632960103", email="amira@example.com", mail=True),
    "unreachable": a_person(phone=None),
    "not asked": a_person(sms=None),
    "refused": a_person(sms=False),
    "abroad": a_person(zone="Pacific/Auckland"),
}


@pytest.mark.parametrize(
    ("person", "late"),
    [
        *((person, timedelta()) for person in PEOPLE.values()),
        (PEOPLE["flags"], timedelta(days=3)),
        (PEOPLE["flags"], timedelta(days=40)),
    ],
    ids=[*PEOPLE, "registered late", "registered much too late"],
)
def test_every_rule_is_accounted_for_with_a_sentence(database: Database, person: PersonGiven, late: timedelta) -> None:
    clinic = a_clinic(database)

    view = register(database, clinic, a_session(person), now=NOW + late)
    let_pass(database, AcceptingSender(), StoppedClock(NOW + late), NOW + 100 * DAY)
    with database.read(clinic.id) as db:
        afterwards = session_view(db, str(view.id), now=NOW + 100 * DAY)
        shown = outbox.entries(db)

    rules = {rule.id for rule in CATALOG.protocols["microneedling"].reminders}
    for seen in (view, afterwards):
        told = {one.rule: one.because for one in seen.reminders} | {one.rule: one.because for one in seen.not_planned}
        assert set(told) == rules
        assert all(len(sentence.split()) > 2 for sentence in told.values()), told
        assert not any("{" in sentence or "None" in sentence for sentence in told.values())
    assert all(entry.because for entry in shown)
    assert all(entry.reason for entry in shown if entry.status not in {"sent", "scheduled"})

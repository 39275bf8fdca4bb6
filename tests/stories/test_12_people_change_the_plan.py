"""Darker skin waits for longer, a clinician shortens by name, and a date that moved is corrected once."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from scheduler.domain.people.roles import Person, Role
from scheduler.services import correcting, overriding
from scheduler.services.correcting import Correction
from scheduler.services.overriding import NewEnd
from scheduler.services.views import session_view
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from tests.builders import BY, ENDED_AT, FACTS, NOW, a_person, a_session
from tests.stories.passing import Passing, local

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BANDS = {"D0": 0.25, "D1": 0.5, "D2": 1.0, "D3": 1.5, "D4": 2.0}
RESUMED_AFTER = {"D0": 6, "D1": 8, "D2": 8, "D3": 11, "D4": 15}
ACTIVES = ("retinoid_otc", "acids", "vit_c", "exfoliate", "alcohol_toner")
OSEI = Person(id="person-1", name="Dr Osei", role=Role.TREATMENT)


def test_darker_skin_waits_as_one_band_deeper_and_a_week_more_at_the_deepest(database: Database) -> None:
    clinic = Passing(database)
    bands: dict[str, str | None] = {}
    for place, (band, needle) in enumerate(BANDS.items()):
        person = a_person(band, phone=f"+4477009001{place:02}", flags=("fitzpatrick_4_6",))
        facts = {**FACTS, "needle_mm": needle, "modality": "roller" if band == "D0" else "pen"}
        view = clinic.register(a_session(person, facts=facts))
        bands[str(view.id)] = view.band

    clinic.pass_until(NOW + 25 * DAY)

    resumed = {
        bands[record.session_id]: (local(record).date() - ENDED_AT.date()).days
        for record in clinic.sent
        if record.rule == "resume-actives"
    }
    deeper = [*BANDS][1:]
    assert resumed == {
        **{band: RESUMED_AFTER[after] for band, after in zip(BANDS, deeper, strict=False)},
        "D4": RESUMED_AFTER["D4"] + 7,
    }


def test_an_override_shortens_by_name(database: Database) -> None:
    clinic = Passing(database)
    view = clinic.register(a_session(facts={**FACTS, "needle_mm": 1.5}))

    with database.write(clinic.clinic.id) as db:
        for topic in ACTIVES:
            end = NewEnd(session_id=str(view.id), topic=topic, last_day=date(2026, 3, 9), reason="Healed early")
            overriding.override(db, str(view.patient_id), end, person=OSEI, now=NOW)
    with database.read(clinic.clinic.id) as db:
        seen = session_view(db, str(view.id), now=NOW)
        rows = db.scalars(select(AuditRow).where(AuditRow.action == "patient.override"))
        audited = {(row.actor, db.keys.open(row.sentence_sealed, "audit.sentence")) for row in rows}
    clinic.pass_until(NOW + 12 * DAY)

    windows = {window.topic: window for window in seen.windows}
    assert {windows[topic].until_local for topic in ACTIVES} == {date(2026, 3, 9)}
    assert all("Dr Osei" in windows[topic].because and "Healed early" in windows[topic].because for topic in ACTIVES)
    assert windows["pick"].until_local == date(2026, 3, 13)
    assert {actor for actor, _ in audited} == {"Dr Osei"}
    assert any("acids until after Monday 9 March, not Friday 13 March" in sentence for _, sentence in audited)
    assert clinic.days_of("resume-actives") == [date(2026, 3, 10)]


def test_a_correction_after_three_texts_gives_one_correction_text(database: Database) -> None:
    clinic = Passing(database)
    view = clinic.register(a_session())
    clinic.pass_until(NOW + 20 * HOUR)
    before = len(clinic.sender.sent)

    with database.write(clinic.clinic.id) as db:
        correction = Correction(facts={"needle_mm": 1.5})
        correcting.correct(db, str(view.id), correction, by=BY, now=clinic.clock.now)
    clinic.pass_until(NOW + 40 * DAY)

    corrections = [record for record in clinic.sent if record.kind == "correction"]
    assert before == 3
    assert [local(record).date() for record in corrections] == [date(2026, 3, 4)]
    assert set(corrections[0].topic_ends) > set(ACTIVES)
    assert "Friday 13 March" in clinic.sender.sent[3].message.body
    assert clinic.days_of("resume-actives") == [date(2026, 3, 14)]

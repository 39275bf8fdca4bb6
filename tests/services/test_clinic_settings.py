from __future__ import annotations

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid
from scheduler.services.clinic_settings import EMERGENCY_LINES, as_text, change
from scheduler.services.clinics import new_clinic, set_setting
from scheduler.storage import clinics
from scheduler.storage.database import Database
from tests.builders import BY, CATALOG, NOW, a_clinic, stored_rows

LANGUAGES = ("en", "pl")
GOOD = [
    ("name", "Birch & Co", "Birch & Co"),
    ("name", "  Birch  ", "Birch"),
    ("name", "Kō-en 皮膚科", "Kō-en 皮膚科"),
    ("zone", "Pacific/Auckland", "Pacific/Auckland"),
    ("sending_hours", "mon-fri 09:00-19:30", "mon-fri 09:00-19:30"),
    ("sending_hours", "mon-sun 00:00-24:00", "00:00-24:00"),
    ("opening_hours", "mon-fri 09:00-17:00", "mon-fri 09:00-17:00"),
    ("opening_hours", "none", "none"),
    ("opening_hours", "", "none"),
    ("closed_days", "2026-12-26, 2026-12-25", "2026-12-25, 2026-12-26"),
    ("closed_days", "2026-12-25 2026-12-25", "2026-12-25"),
    ("closed_days", "none", "none"),
    ("phone", "020 7946 0018", "020 7946 0018"),
    ("out_of_hours", "111", "111"),
    ("urgent", "your GP", "your GP"),
    ("emergency", "999", "999"),
    ("limit_day_0", "0", "0"),
    ("limit_per_day", "3", "3"),
    ("limit_per_course", "1440", "1440"),
    ("limit_apart_minutes", "90", "90"),
    ("retention", "24 months", "24 months"),
    ("retention", "6", "6 months"),
    ("retention", "None", "none"),
    ("languages", "pl, en", "pl, en"),
    ("languages", "pl pl", "pl"),
]
BAD = [
    ("name", "", "give 1 to 40 letters"),
    ("name", "x" * 41, "give 1 to 40 letters"),
    ("name", "two\nlines", "give 1 to 40 letters"),
    ("zone", "Europe/Lundon", "Europe/London"),
    ("zone", "+01:00", "there is no zone"),
    ("zone", "", "there is no zone"),
    ("sending_hours", "closed", "at least one hour in which texts may go"),
    ("sending_hours", "none", "can't read 'none' as hours"),
    ("sending_hours", "mon-fri 20:00-08:00", "must end after they start"),
    ("sending_hours", "someday 08:00-20:00", "someday"),
    ("opening_hours", "mon 25:00-26:00", "25:00"),
    ("closed_days", "25/12/2026", "write closed days as 2026-12-25"),
    ("closed_days", "2026-02-30", "write closed days as 2026-12-25"),
    ("phone", "", "give a number that a patient can dial"),
    ("phone", "hello", "give a number that a patient can dial"),
    ("emergency", "((until))", "give a number that a patient can dial"),
    ("emergency", "9" * 41, "give a number that a patient can dial"),
    ("urgent", "((until))", "write it without"),
    ("out_of_hours", "", "give 1 to 40 letters"),
    ("urgent", "", "give 1 to 40 letters"),
    ("limit_per_day", "x", "a whole number from 0 to 1440"),
    ("limit_day_0", "-1", "a whole number from 0 to 1440"),
    ("limit_day_0", "two", "a whole number from 0 to 1440"),
    ("limit_day_0", "1.5", "a whole number from 0 to 1440"),
    ("limit_day_0", "٣", "a whole number from 0 to 1440"),
    ("limit_per_course", "1441", "a whole number from 0 to 1440"),
    ("limit_apart_minutes", "", "a whole number from 0 to 1440"),
    ("retention", "5 months", "6 to 240 months"),
    ("retention", "2 years", "6 to 240 months"),
    ("languages", "", "at least one language"),
    ("languages", "en, polish", "no messages in polish"),
]


def plain() -> Clinic:
    return new_clinic("Willow", zone="Europe/London", country="GB", phone="020 7946 0018")


@pytest.mark.parametrize(("key", "value", "shown"), GOOD)
def test_a_setting_is_read_and_shown_in_one_form(key: str, value: str, shown: str) -> None:
    changed = change(plain(), key, value, languages=LANGUAGES)

    assert as_text(changed) == {**as_text(plain()), key: shown}
    assert change(changed, key, shown, languages=LANGUAGES) == changed


@pytest.mark.parametrize(("key", "value", "mend"), BAD)
def test_a_setting_that_will_not_do_is_refused_by_name_with_the_mend(key: str, value: str, mend: str) -> None:
    with pytest.raises(Invalid, match=mend) as told:
        change(plain(), key, value, languages=LANGUAGES)

    assert [problem.field for problem in told.value.problems] == [key]
    assert str(told.value).strip() != f"{key}:"


def test_every_setting_that_is_shown_can_be_set_and_every_one_is_tried_here() -> None:
    clinic = plain()
    shown = as_text(clinic)

    for key, value in shown.items():
        assert change(clinic, key, value, languages=LANGUAGES) == clinic
    assert {key for key, _, _ in GOOD} == {key for key, _, _ in BAD} == set(shown)


@pytest.mark.parametrize("key", ["sending-hours", "Sending_Hours", " sending_hours "])
def test_a_setting_may_be_named_in_any_of_these_ways(key: str) -> None:
    assert change(plain(), key, "mon 08:00-20:00", languages=LANGUAGES).sending_hours.days[1] == ()


def test_a_setting_that_there_is_not_is_answered_with_the_nearest() -> None:
    with pytest.raises(Invalid, match=r"there is no such setting; .*sending_hours"):
        change(plain(), "sendinghours", "mon 08:00-20:00", languages=LANGUAGES)


def test_every_setting_comes_back_from_the_store_as_it_was_set(database: Database) -> None:
    clinic = changed = a_clinic(database)
    values = {key: value for key, _, value in reversed(GOOD) if key != "languages"}

    with database.write(clinic.id) as db:
        for key, value in values.items():
            changed = set_setting(db, key, value, catalog=CATALOG, by=BY, now=NOW)

    with database.read(clinic.id) as db:
        read = clinics.get_clinic(db)
    assert read == changed
    assert as_text(read) == {**as_text(clinic), **values}


def test_a_bad_setting_stores_nothing(database: Database) -> None:
    clinic = a_clinic(database)
    before = stored_rows(database)

    with database.write(clinic.id) as db, pytest.raises(Invalid):
        set_setting(db, "zone", "Mars/Olympus", catalog=CATALOG, by=BY, now=NOW)

    assert stored_rows(database) == before
    with database.read(clinic.id) as db:
        assert clinics.get_clinic(db) == clinic


def test_the_longest_week_that_is_taken_can_be_stored(database: Database) -> None:
    clinic = a_clinic(database)
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    spans = (f"{name} {hour:02}:00-{hour:02}:{20 + place}" for place, name in enumerate(names) for hour in range(24))
    week = ", ".join(spans)

    with database.write(clinic.id) as db:
        set_setting(db, "opening_hours", week, catalog=CATALOG, by=BY, now=NOW)

    with database.read(clinic.id) as db:
        assert as_text(clinics.get_clinic(db))["opening_hours"] == week


@pytest.mark.parametrize("country", [*sorted(EMERGENCY_LINES), "PT"])
def test_a_new_clinic_starts_with_its_countrys_lines(country: str) -> None:
    clinic = new_clinic("Willow", zone="Europe/London", country=country.lower(), phone="020 7946 0018")

    assert clinic.country == country
    assert (clinic.lines.emergency, clinic.lines.out_of_hours) == EMERGENCY_LINES.get(country, ("112", "112"))
    assert not clinic.live


def test_a_clinic_that_can_not_be_right_is_refused_with_every_problem() -> None:
    with pytest.raises(Invalid) as told:
        new_clinic(" ", zone="Mars", country="XX", phone="")

    assert [problem.field for problem in told.value.problems] == ["name", "zone", "country", "phone"]

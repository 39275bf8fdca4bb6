from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import NotFound
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Line
from scheduler.services import finding, reminders, same_patient
from scheduler.services.finding import Found, Unclear
from scheduler.storage.audit import AuditRow
from scheduler.storage.consents import add_consent
from scheduler.storage.database import Database
from tests.builders import BY, ENDED_AT, NOW, a_clinic, a_person, a_session, register

DAY = timedelta(days=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    """A clinic that treated Amira, Amir and Zoë; Amira's daughter Amina has her number."""
    clinic = a_clinic(database)
    amira = a_person("Amira Khan", phone="+447700900321", email="Amira@example.com", birth_date=date(1991, 5, 14))
    people = (
        amira,
        a_person("Amir Khatri", phone="+447700900322"),
        a_person("Zoë O'Brien", phone="+447911121321"),
        a_person("Amina Khan", phone="+447700900321", sms=None),
    )
    for person in people:
        register(database, clinic, a_session(person))
    return clinic


def find(database: Database, clinic: Clinic, text: str, *, skip: int = 0, most: int = 10) -> Found | Unclear:
    with database.read(clinic.id) as db:  # nobody who sends waits for a search
        return finding.find(db, text, skip=skip, most=most)


def names(database: Database, clinic: Clinic, text: str) -> list[str]:
    found = find(database, clinic, text)
    assert isinstance(found, Found), found
    return [card.name for card in found.cards]


TYPED: Mapping[str, list[str]] = {
    "0321": ["Amina Khan", "Amira Khan"],
    " 0321 ": ["Amina Khan", "Amira Khan"],
    "\u0660\u0663\u0662\u0661": ["Amina Khan", "Amira Khan"],  # in Arabic digits
    "1321": ["Zoë O'Brien"],
    "07700 900322": ["Amir Khatri"],
    "+44 (0)7700 900-322": ["Amir Khatri"],
    "amira@example.com": ["Amira Khan"],
    "ami": ["Amina Khan", "Amir Khatri", "Amira Khan"],
    "Amira": ["Amira Khan"],
    "khan a": ["Amina Khan", "Amira Khan"],
    "a khan": ["Amina Khan", "Amira Khan"],
    "zoe": ["Zoë O'Brien"],
    "OBrien": ["Zoë O'Brien"],
    "khan 0321": ["Amina Khan", "Amira Khan"],
    "zoe 0321": [],
    "9999": [],
    "nobody@example.com": [],
    "<script>": [],
}
UNCLEAR: Mapping[str, Unclear] = {
    "": Unclear.EMPTY,
    "  ": Unclear.EMPTY,
    "a": Unclear.MORE_LETTERS,
    "am": Unclear.MORE_LETTERS,
    "'--'": Unclear.MORE_LETTERS,
    "\u202e\u202d": Unclear.MORE_LETTERS,
    "\U0001f600\U0001f600\U0001f600": Unclear.MORE_LETTERS,
    "321": Unclear.MORE_DIGITS,
    "07700 900": Unclear.MORE_DIGITS,
    "1" * 100: Unclear.MORE_DIGITS,
    "a@": Unclear.UNREADABLE,
    "a" * 201: Unclear.UNREADABLE,
}


def test_what_is_typed_decides_what_is_looked_for(database: Database, clinic: Clinic) -> None:
    assert {text: names(database, clinic, text) for text in TYPED} == TYPED


def test_too_little_or_too_much_finds_nobody_and_says_why(database: Database) -> None:
    clinic = a_clinic(database)

    assert {text: find(database, clinic, text) for text in UNCLEAR} == UNCLEAR


def test_a_name_of_two_letters_is_found_where_its_script_has_short_names(database: Database, clinic: Clinic) -> None:
    register(database, clinic, a_session(a_person("王明", phone="+447700900777")))

    assert names(database, clinic, "王明") == ["王明"]


def test_a_card_tells_patients_apart(database: Database, clinic: Clinic) -> None:
    found = find(database, clinic, "amira khan")

    assert isinstance(found, Found)
    assert (len(found.cards), found.total) == (1, 1)
    card = found.cards[0]
    assert (card.name, card.birth_date, card.numbers_end_in, card.line) == (
        "Amira Khan",
        date(1991, 5, 14),
        ("0321",),
        Line.MOBILE,
    )
    assert (card.texts.word, card.texts.at, card.emails.word, card.has_email) == (Word.GIVEN, NOW, None, True)
    assert (card.language, card.flags, card.paused) == ("en", (), False)
    assert card.last is not None
    assert (card.last.title, card.last.line, card.last.day) == ("Microneedling", "0.5 mm, pen, face", date(2026, 3, 3))


def test_a_card_shows_the_last_word_on_texts(database: Database, clinic: Clinic) -> None:
    first = find(database, clinic, "amira khan")
    assert isinstance(first, Found)
    with database.write(clinic.id) as db:
        word = Consent(channel="sms", purpose=Purpose.CARE, word=Word.STOPPED, source="inbound text", at=NOW + DAY)
        add_consent(db, first.cards[0].id, word, recorded_by="patient")

    second = find(database, clinic, "amira khan")

    assert isinstance(second, Found)
    assert (second.cards[0].texts.word, second.cards[0].texts.at) == (Word.STOPPED, NOW + DAY)


def test_a_card_shows_the_session_that_ended_last_and_was_not_voided(database: Database, clinic: Clinic) -> None:
    later = a_session(a_person("Amir Khatri", phone="+447700900322"), ended_at=ENDED_AT + DAY, facts={"modality": "rf"})
    voided = register(database, clinic, later, now=NOW + DAY)
    with database.write(clinic.id) as db:
        reminders.void(db, str(voided.id), by=BY, now=NOW + DAY)

    found = find(database, clinic, "amir khatri")

    assert isinstance(found, Found)
    assert found.cards[0].last is not None
    assert found.cards[0].last.line == "0.5 mm, pen, face"


def test_who_was_merged_is_not_found_any_more(database: Database, clinic: Clinic) -> None:
    found = find(database, clinic, "khan 0321")
    assert isinstance(found, Found)
    amina, amira = found.cards
    with database.write(clinic.id) as db:
        same_patient.merge(db, amina.id, amira.id, by=BY, now=NOW)

    assert names(database, clinic, "0321") == ["Amira Khan"]
    with pytest.raises(NotFound), database.read(clinic.id) as db:
        finding.card_of(db, amina.id)


def test_another_clinics_patients_are_not_found(database: Database, clinic: Clinic) -> None:
    other = a_clinic(database, name="Birch")
    found = find(database, clinic, "amira khan")
    assert isinstance(found, Found)

    assert names(database, other, "0321") == []
    with pytest.raises(NotFound), database.read(other.id) as db:
        finding.card_of(db, found.cards[0].id)


def test_the_audit_keeps_who_was_seen(database: Database, clinic: Clinic) -> None:
    found = find(database, clinic, "0321")
    assert isinstance(found, Found)

    with database.write(clinic.id) as db:
        finding.note_seen(db, found.cards, by=BY, now=NOW)

    with database.read(clinic.id) as db:
        rows = db.scalars(select(AuditRow).where(AuditRow.action == "patient.list"))
        said = [db.keys.open(row.sentence_sealed, "audit.sentence") for row in rows]
    assert said == [f"Saw in a list: {found.cards[0].id}, {found.cards[1].id}."]


def test_a_list_is_seen_page_by_page(database: Database, clinic: Clinic) -> None:
    pages = [find(database, clinic, "ami", skip=skip, most=2) for skip in (0, 2, 4)]

    assert [(len(page.cards), page.total) for page in pages if isinstance(page, Found)] == [(2, 3), (1, 3), (0, 3)]


def test_all_patients_are_listed_who_came_last_first(database: Database, clinic: Clinic) -> None:
    with database.write(clinic.id) as db:
        found = finding.list_all(db, most=2)

    assert (len(found.cards), found.total, found.by_name) == (2, 4, False)


def test_ten_cards_take_as_many_statements_as_one(database: Database, clinic: Clinic) -> None:
    counts = []
    for text in ("amira khan", "ami"):
        said: list[str] = []
        listen = lambda *args, said=said: said.append(str(args[2]))  # noqa: E731  one listener a round
        event.listen(database.engine, "before_cursor_execute", listen)
        find(database, clinic, text)
        event.remove(database.engine, "before_cursor_execute", listen)
        counts.append(len(said))

    assert counts[0] == counts[1] <= 12

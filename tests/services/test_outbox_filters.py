from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scheduler.domain.clinics.clinics import Clinic, ContactLines
from scheduler.domain.delivery.state_words import Word
from scheduler.domain.errors import Invalid
from scheduler.domain.people.patients import Channel
from scheduler.services.outbox_filters import Filters, Span, people_by, read_filters, read_page, wanted_by
from scheduler.storage.patient_records import WantedPatients

NOW = datetime(2026, 3, 4, 10, 42, tzinfo=UTC)
CLINIC = Clinic(
    id="c",
    name="Willow Skin",
    zone="Europe/Berlin",
    country="DE",
    lines=ContactLines(phone="1", out_of_hours="2", urgent="3", emergency="4"),
)


def test_what_the_address_asks_for_is_read_and_can_be_written_again() -> None:
    given = {"days": "30", "channel": "sms", "state": "not-delivered", "who": "0321", "patient": "p", "session": "s"}

    found = read_filters(given)

    assert found == Filters(
        days=Span.MONTH, channel=Channel.SMS, word=Word.NOT_DELIVERED, who="0321", patient_id="p", session_id="s"
    )
    assert found.given() == given
    assert read_filters(found.given()) == found


def test_an_address_that_asks_for_nothing_means_the_last_week_and_one_patient_all_days() -> None:
    assert read_filters({}) == read_filters({"days": " ", "who": "", "unknown": "x"}) == Filters(days=Span.WEEK)
    assert read_filters({"patient": "p"}).days is Span.ANY
    assert read_filters({"session": "s"}).days is Span.ANY


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("days", "yesterday"),
        ("days", "2026-02-30"),
        ("days", "31/12/2026"),
        ("days", "0000-00-00"),
        ("days", "9" * 5000),
        ("channel", "fax"),
        ("state", "Delivered"),
        ("state", "delivered' OR 1=1"),
        ("who", "12"),
        ("who", "123"),
        ("who", "12345"),
        ("who", "٣٢١٠"),
        ("who", "a\0mira"),
        ("who", "Jo"),
        ("who", "😀😀😀😀"),
        ("who", "x" * 201),
        ("who", "()()"),
        ("patient", "p" * 37),
        ("session", "a\0b"),
        ("session", "é"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named_with_the_mend(field: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_filters({field: text, "days": "7"} if field != "days" else {field: text})

    assert [problem.field for problem in refused.value.problems] == [field]
    assert refused.value.problems[0].message.endswith(".")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202eعميرة", "Zoë Łuc", "José😀", "O'Brien; --"])
def test_any_letters_may_be_looked_for(text: str) -> None:
    assert read_filters({"who": text}).who == text


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read_filters({"days": "x", "channel": "x", "state": "x", "who": "x"})

    assert [problem.field for problem in refused.value.problems] == ["days", "channel", "state", "who"]


@pytest.mark.parametrize("few", [{"who": "0321"}, {"patient": "p"}, {"session": "s"}])
def test_any_day_is_for_the_messages_of_few_people(few: dict[str, str]) -> None:
    assert read_filters({"days": "any", **few}).days is Span.ANY
    with pytest.raises(Invalid, match="days: Choose days, or whose messages you want by number or name"):
        read_filters({"days": "any", "channel": "sms"})


@pytest.mark.parametrize(
    ("text", "page"),
    [("1", 1), ("7", 7), ("0", 1), ("-1", 1), ("999999", 999999), ("x", 1), ("", 1), ("٣", 1), ("9" * 400, 1)],
)
def test_a_page_that_is_no_number_is_the_first(text: str, page: int) -> None:
    assert read_page(text) == page


@pytest.mark.parametrize(
    ("days", "start", "end"),
    [
        (Span.TODAY, datetime(2026, 3, 3, 23, tzinfo=UTC), datetime(2026, 3, 4, 23, tzinfo=UTC)),
        (Span.WEEK, datetime(2026, 2, 25, 23, tzinfo=UTC), datetime(2026, 3, 4, 23, tzinfo=UTC)),
        (Span.MONTH, datetime(2026, 2, 2, 23, tzinfo=UTC), datetime(2026, 3, 4, 23, tzinfo=UTC)),
        (Span.COMING, NOW, datetime(2026, 3, 11, 23, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (Span.ANY, None, None),
    ],
)
def test_days_are_the_clinics_from_midnight_to_midnight(
    days: Span | date, start: datetime | None, end: datetime | None
) -> None:
    wanted = wanted_by(Filters(days=days), CLINIC, NOW)

    assert (wanted.start, wanted.end) == (start, end)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_at_the_end_of_the_calendar_has_no_messages(day: date) -> None:
    wanted = wanted_by(Filters(days=day), CLINIC, NOW)

    assert wanted.start == wanted.end


def test_four_digits_are_the_end_of_a_number_and_letters_a_name() -> None:
    assert people_by(Filters(who="0321")) == WantedPatients(last_four="0321")
    assert people_by(Filters(who="ami")) == WantedPatients(name="ami")
    assert people_by(Filters()) is None


def test_what_is_only_to_come_is_read_in_its_order() -> None:
    assert [span for span in Span if not Filters(days=span).newest_first] == [Span.COMING]

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from scheduler.domain.clinics.clinics import Clinic, ContactLines
from scheduler.domain.clinics.hours import WeekHours
from scheduler.domain.delivery.moving import Movable, Offer, days, offers
from scheduler.domain.delivery.reminders import Kind
from tests.builders import NOW

DAY = timedelta(days=1)
CLINIC = Clinic(
    id="c",
    name="Willow Skin",
    zone="Europe/London",
    country="GB",
    lines=ContactLines(phone="1", out_of_hours="2", urgent="3", emergency="999"),
    opening_hours=WeekHours.daily(time(9), time(17)),
)


def movable(
    *, due_at: datetime = NOW + 3 * DAY, useful_for: timedelta = 5 * DAY, kind: Kind = Kind.INSTRUCT
) -> Movable:
    return Movable(clinic=CLINIC, zone="Europe/London", kind=kind, due_at=due_at, useful_until=NOW + useful_for)


def test_later_today_is_a_half_hour_from_two_hours_on_and_tomorrow_is_at_ten() -> None:
    assert offers(movable(), NOW) == (
        (Offer.LATER_TODAY, datetime(2026, 3, 3, 17, 0, tzinfo=UTC)),
        (Offer.TOMORROW, datetime(2026, 3, 4, 10, 0, tzinfo=UTC)),
    )
    assert offers(movable(), NOW.replace(minute=30))[0][1] == datetime(2026, 3, 3, 16, 30, tzinfo=UTC)


def test_the_time_that_it_has_is_not_offered() -> None:
    assert [offer for offer, _ in offers(movable(due_at=datetime(2026, 3, 4, 10, tzinfo=UTC)), NOW)] == [
        Offer.LATER_TODAY
    ]


def test_in_the_evening_only_tomorrow_is_left() -> None:
    assert [offer for offer, _ in offers(movable(), NOW.replace(hour=19))] == [Offer.TOMORROW]
    assert [offer for offer, _ in offers(movable(), NOW.replace(hour=23))] == [Offer.TOMORROW]


def test_a_message_that_asks_for_a_call_is_offered_only_while_somebody_answers() -> None:
    assert [offer for offer, _ in offers(movable(kind=Kind.CHECK), NOW)] == [Offer.TOMORROW]


def test_nothing_is_offered_once_it_is_of_no_use() -> None:
    assert offers(movable(useful_for=timedelta(hours=1)), NOW) == ()


def test_days_go_from_today_to_the_last_on_which_it_is_of_use_and_no_further_than_two_weeks() -> None:
    midnight = datetime(2026, 3, 6, tzinfo=UTC) - NOW

    assert days(movable(useful_for=midnight), NOW) == (date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5))
    assert len(days(movable(useful_for=60 * DAY), NOW)) == 14
    assert days(movable(useful_for=-2 * DAY), NOW) == ()


def test_a_time_fits_only_to_come_in_use_and_in_hours() -> None:
    one = movable()

    assert one.fits(NOW + timedelta(hours=1), NOW)
    assert not one.fits(NOW, NOW)
    assert not one.fits(NOW.replace(hour=21), NOW)
    assert not one.fits(NOW + 5 * DAY, NOW)
    assert one.goes(NOW.replace(hour=21)) == datetime(2026, 3, 4, 8, tzinfo=UTC)

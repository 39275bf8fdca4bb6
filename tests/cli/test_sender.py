from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine

SERVICE = f"MG{'0123456789abcdef' * 2}"
TWILIO = ("--channel", "sms", "--provider", "twilio", "--identity", f"messaging_service_sid={SERVICE}")


def test_a_sender_is_added_listed_held_and_released(cli: CommandLine) -> None:
    clinic_id, other = cli.clinic(), cli.clinic()

    sender = cli.well("sender", "add", "--clinic", clinic_id, *TWILIO, "--parts-per-second", "2.5", "--json").json["id"]
    cli.well("sender", "hold", sender, "--reason", "Number under review")
    [held] = [one for one in cli.well("sender", "list", "--json").json if one["id"] == sender]
    table = cli.well("sender", "list", "--clinic", clinic_id).out
    cli.well("sender", "release", sender)
    [released] = [
        one for one in cli.well("sender", "list", "--clinic", clinic_id, "--json").json if one["id"] == sender
    ]

    assert held["identity"] == {"messaging_service_sid": SERVICE}
    assert (held["clinic_id"], held["channel"], held["provider"]) == (clinic_id, "sms", "twilio")
    assert (held["held_reason"], held["parts_per_second"], held["parts_per_day"]) == ("Number under review", 2.5, None)
    assert "held: Number under review" in table
    assert "2.5 parts a second" in table
    assert released["held_at"] is None
    assert sender not in cli.well("sender", "list", "--clinic", other, "--json").out


def test_a_budget_is_replaced_whole(cli: CommandLine) -> None:
    said = cli.well("sender", "set-budget", "settings-sms", "--parts-per-second", "10", "--parts-per-day", "2000").err
    cleared = cli.well("sender", "set-budget", "settings-sms", "--parts-per-day", "500").err

    [sender] = [one for one in cli.well("sender", "list", "--json").json if one["id"] == "settings-sms"]
    assert said == "The budget of settings-sms is now: 10 parts a second, 2000 parts a day.\n"
    assert cleared == "The budget of settings-sms is now: 500 parts a day.\n"
    assert (sender["parts_per_second"], sender["parts_per_day"]) == (None, 500)


def test_a_months_money_is_set_and_what_is_left_is_listed(cli: CommandLine) -> None:
    money = ("--money-per-month", "50", "--price-per-part", "0.0395")

    said = cli.well("sender", "set-budget", "settings-sms", *money).err
    table = cli.well("sender", "list").out
    [sender] = [one for one in cli.well("sender", "list", "--json").json if one["id"] == "settings-sms"]

    assert said == "The budget of settings-sms is now: 50.00 a month at 0.0395 a part.\n"
    assert "0.00 spent, 50.00 left" in table
    assert [sender[name] for name in ("money_per_month", "price_per_part", "money_spent", "money_left")] == [
        "50.00",
        "0.0395",
        "0.00",
        "50.00",
    ]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (("--money-per-month", "50"), "--price-per-part: give what the provider takes for a part too"),
        (("--price-per-part", "0.04"), "--money-per-month: give the month's money too"),
        (("--money-per-month", "50", "--price-per-part", "0"), "--price-per-part: give an amount above 0"),
        (("--money-per-month", "0.01", "--price-per-part", "0.04"), "--money-per-month: give an amount from the price"),
        (("--money-per-month", "£50", "--price-per-part", "0.04"), "--money-per-month £50: write an amount without"),
    ],
)
def test_money_that_bounds_nothing_is_refused(sqlite_cli: CommandLine, given: tuple[str, ...], line: str) -> None:
    assert sqlite_cli.refused("sender", "set-budget", "settings-sms", *given).startswith(f"error: {line}")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            ("--channel", "sms", "--provider", "smtp"),
            "--provider: smtp carries no sms; use one of: sandbox, twilio",
        ),
        (
            ("--channel", "sms", "--provider", "twilio", "--identity", "from_number=0791"),
            "--identity from_number: write a number",
        ),
        (
            ("--channel", "sms", "--provider", "twilio", "--identity", "from_number"),
            "--identity from_number: write KEY",
        ),
        ((*TWILIO, *TWILIO[-2:]), "--identity messaging_service_sid is given twice"),
        ((*TWILIO, "--parts-per-day", "0"), "--parts-per-day: give a whole number from 1"),
        ((*TWILIO, "--parts-per-second", "nan"), "--parts-per-second: give a number above 0"),
    ],
)
def test_a_sender_that_cannot_be_is_not_added(sqlite_cli: CommandLine, more: tuple[str, ...], line: str) -> None:
    clinic_id = sqlite_cli.clinic()

    said = sqlite_cli.refused("sender", "add", "--clinic", clinic_id, *more)

    assert said.startswith(f"error: {line}")
    assert len(sqlite_cli.well("sender", "list", "--json").json) == 4


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("hold", "none", "--reason", "why"), "There is no sender none."),
        (("hold", "settings-sms", "--reason", ""), "--reason: say why"),
        (("release", "settings-sms"), "The sender settings-sms is not held."),
        (("list", "--clinic", "none"), "There is no clinic none."),
    ],
)
def test_what_cannot_be_done_to_a_sender_is_told(sqlite_cli: CommandLine, words: tuple[str, ...], line: str) -> None:
    assert sqlite_cli.refused("sender", *words).startswith(f"error: {line}")

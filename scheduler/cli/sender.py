"""`aftercare sender …`: a clinic's own ways out, holding and releasing one, what it may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.opening import Act, changing, opened, operator
from scheduler.cli.options import ClinicOption, JsonOption, naming
from scheduler.cli.output import say, show, show_json, show_table

if TYPE_CHECKING:  # see scheduler.cli.opening
    from datetime import datetime

    from scheduler.domain.delivery.budgets import Budget
    from scheduler.storage.senders import StoredSender

app = typer.Typer(name="sender", help="Add, list, hold and release ways out.", rich_markup_mode=None)
SenderArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the sender, as sender list shows it.")]
PerSecond = Annotated[
    float | None, typer.Option("--parts-per-second", metavar="N", help="Most parts a second; an email is one part.")
]
PerDay = Annotated[
    int | None, typer.Option("--parts-per-day", metavar="N", help="Most parts a day of the clinic (shared: UTC).")
]
Money = Annotated[
    str | None,
    typer.Option(
        "--money-per-month", metavar="AMOUNT", help="Most money a month, as in 50.00; with what a part takes of it."
    ),
]
Price = Annotated[
    str | None, typer.Option("--price-per-part", metavar="AMOUNT", help="What the provider takes for a part at most.")
]
_OPTIONS = {
    "channel": "--channel",
    "provider": "--provider",
    "identity": "--identity",
    "identity.": "--identity ",
    "name": "--name",
    "reason": "--reason",
    "parts_per_second": "--parts-per-second",
    "parts_per_day": "--parts-per-day",
    "money_per_month": "--money-per-month",
    "price_per_part": "--price-per-part",
}


@app.command()
def add(
    *,
    clinic_id: ClinicOption,
    channel: Annotated[str, typer.Option(help="sms or email.")],
    provider: Annotated[str, typer.Option(help="twilio, smtp or sandbox; its account is the settings'.")],
    identity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="Whom messages come from: messaging_service_sid or from_number (twilio), from_address (smtp).",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name for lists; by default made of the identity.")] = None,
    parts_per_second: PerSecond = None,
    parts_per_day: PerDay = None,
    as_json: JsonOption = False,
) -> None:
    """Give a clinic a sender of its own; what it still has to send on the channel goes by it."""
    from scheduler.services.sender_identities import GivenSender
    from scheduler.services.senders import add_sender

    given = GivenSender(channel=channel, provider=provider, identity=_read_pairs(identity or []))
    budget = _budget(parts_per_second, parts_per_day)
    with naming(_OPTIONS), changing(clinic_id) as act:
        sender = add_sender(act.db, given, name=name, budget=budget, by=act.by, now=act.now)
    if as_json:
        show_json({"id": sender.info.id})
    else:
        show(f"Added {sender.name}. Its id is {sender.info.id}")


@app.command("list")
def list_them(
    *,
    clinic_id: Annotated[str | None, typer.Option("--clinic", metavar="ID", help="Only what this clinic uses.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List senders: the shared ones, and clinics' own."""
    from scheduler.storage.clinics import get_clinic
    from scheduler.storage.senders import list_senders
    from scheduler.storage.tenancy import ALL_CLINICS

    with opened() as store, store.database.read(ALL_CLINICS) as db:
        if clinic_id is not None:
            get_clinic(db, clinic_id)
        found, now = list_senders(db, clinic_id), store.clock(db)
    if as_json:
        show_json([_as_json(sender, now) for sender in found])
    else:
        columns = ("id", "name", "clinic", "channel", "provider", "state", "budget", "parts today", "money this month")
        show_table(columns, [_as_row(sender, now) for sender in found])


@app.command()
def hold(
    sender_id: SenderArgument,
    *,
    reason: Annotated[str, typer.Option(help="Why; staff read it.")],
) -> None:
    """Take nothing more from a sender until it is released."""
    from scheduler.services import senders

    with naming(_OPTIONS), _acting() as act:
        sender = senders.hold(act.db, sender_id, reason=reason, by=act.by, now=act.now)
    say(f"Held {sender.name}: nothing goes by it until aftercare sender release.")


@app.command()
def release(sender_id: SenderArgument) -> None:
    """Let reminders go by a sender again."""
    from scheduler.services import senders

    with _acting() as act:
        sender = senders.release(act.db, sender_id, by=act.by, now=act.now)
    say(f"Released {sender.name}.")


@app.command("set-budget")
def set_budget(
    sender_id: SenderArgument,
    *,
    parts_per_second: PerSecond = None,
    parts_per_day: PerDay = None,
    money_per_month: Money = None,
    price_per_part: Price = None,
) -> None:
    """Replace what a sender may take; what is not given has no bound."""
    from scheduler.services import senders

    budget = _budget(parts_per_second, parts_per_day, money_per_month, price_per_part)
    with naming(_OPTIONS), _acting() as act:
        sender = senders.set_budget(act.db, sender_id, budget, by=act.by, now=act.now)
    say(f"The budget of {sender.name} is now: {senders.budget_told(budget)}.")


@contextmanager
def _acting() -> Iterator[Act]:
    """An act that may reach a sender of any clinic, stored when the block ends."""
    from scheduler.storage.tenancy import ALL_CLINICS

    with opened() as store, store.database.write(ALL_CLINICS) as db:
        yield Act(db=db, catalog=store.catalog, now=store.clock(db), by=operator())


def _read_pairs(pairs: list[str]) -> dict[str, str]:
    read: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not (key and equals and value):
            message = f"--identity {pair}: write KEY=VALUE, as in from_number=+447700900123"
            raise typer.TyperException(message)
        if key in read:
            message = f"--identity {key} is given twice"
            raise typer.TyperException(message)
        read[key] = value
    return read


def _budget(
    parts_per_second: float | None,
    parts_per_day: int | None,
    money_per_month: str | None = None,
    price_per_part: str | None = None,
) -> Budget:
    from scheduler.domain.delivery.budgets import Budget

    return Budget(
        parts_per_second=parts_per_second,
        parts_per_day=parts_per_day,
        money_per_month=_money("--money-per-month", money_per_month),
        price_per_part=_money("--price-per-part", price_per_part),
    )


def _money(option: str, written: str | None) -> int | None:
    from scheduler.domain.delivery.money import read_money

    read = None if written is None else read_money(written)
    if written is not None and read is None:
        message = f"{option} {written}: write an amount without its currency, as in 50.00"
        raise typer.TyperException(message)
    return read


def _state(sender: StoredSender) -> str:
    if sender.held_at is not None:
        return f"held: {sender.held_reason}"
    return "active" if sender.in_use else "replaced"


def _as_row(sender: StoredSender, now: datetime) -> tuple[str, ...]:
    from scheduler.services.senders import budget_told, spending

    spent = spending(sender, now)
    return (
        sender.info.id,
        sender.name,
        sender.info.clinic_id or "shared",
        sender.info.channel,
        sender.info.provider,
        _state(sender),
        budget_told(sender.budget),
        str(spent.parts_today),
        "" if spent.left is None else f"{spent.money} spent, {spent.left} left",
    )


def _as_json(sender: StoredSender, now: datetime) -> dict[str, object]:
    from dataclasses import asdict

    from scheduler.services.senders import spending

    identity = {name: value for name, value in asdict(sender.info.identity).items() if value is not None}
    spent = spending(sender, now)
    return {
        "id": sender.info.id,
        "name": sender.name,
        "clinic_id": sender.info.clinic_id,
        "channel": sender.info.channel,
        "provider": sender.info.provider,
        "identity": identity,
        "in_use": sender.in_use,
        "held_at": sender.held_at,
        "held_reason": sender.held_reason,
        "held_code": sender.held_code,
        "parts_per_second": sender.budget.parts_per_second,
        "parts_per_day": sender.budget.parts_per_day,
        "parts_today": spent.parts_today,
        "money_per_month": spent.money_per_month,
        "price_per_part": spent.price_per_part,
        "money_spent": spent.money,
        "money_left": spent.left,
    }

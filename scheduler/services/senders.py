"""Senders as people manage them: a clinic's own way out, holding and releasing one, what it may take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from scheduler.domain.delivery import budgets
from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.money import UNIT, money_told
from scheduler.domain.delivery.senders import SenderInfo
from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.patients import Channel
from scheduler.services.sender_identities import GivenSender, read_identity
from scheduler.storage import audit, claims, open_reminders, senders
from scheduler.storage.clinics import get_clinic
from scheduler.storage.database import Db
from scheduler.storage.senders import StoredSender

_LONGEST_NAME = 80
_LONGEST_REASON = 200
_MOST_A_SECOND = 10_000
_MOST_A_DAY = 1_000_000_000
_MOST_MONEY = 10_000_000 * UNIT


def add_sender(db: Db, given: GivenSender, *, name: str | None, budget: Budget, by: str, now: datetime) -> StoredSender:
    """The clinic in scope's own sender on a channel, used from now on; while it is in trial, once it goes live.

    A newer one takes over from an older one. Raises Invalid with every problem.
    """
    channel, provider, identity, problems = read_identity(given)
    problems += [*_name_problems(name), *_budget_problems(budget)]
    if problems:
        raise Invalid(*problems)
    clinic = get_clinic(db)
    info = SenderInfo(id=str(uuid4()), clinic_id=clinic.id, channel=channel, provider=provider, identity=identity)
    shown = name.strip() if name else " ".join((provider.value, *given.identity.values()))[:_LONGEST_NAME]
    senders.add_sender(db, info, name=shown, budget=budget, now=now)
    if clinic.live:
        open_reminders.use_sender(db, channel, info.id, now=now)
    sentence = f"Added the sender {shown} for {_told(channel)}."
    _audit(db, info, "add", sentence, by=by, now=now)
    return senders.get_sender(db, info.id)


def hold(db: Db, sender_id: str, *, reason: str, by: str, now: datetime) -> StoredSender:
    """Take nothing more from a sender until it is released; what was posted goes on.

    Raises Invalid without a reason, NotFound, and NotNow if it is held already. The handle crosses clinics.
    """
    why = reason.strip()
    if not why or len(why) > _LONGEST_REASON or not why.isprintable():
        raise Invalid.of("reason", f"say why in 1 to {_LONGEST_REASON} letters; staff will read it")
    sender = senders.get_sender(db, sender_id)
    if not senders.hold_sender(db, sender_id, reason=why, at=now):
        message = f"The sender {sender.name} is held already: {sender.held_reason}"
        raise NotNow(message)
    claims.release_sender_claims(db, sender_id, now=now)
    _audit(db, sender.info, "hold", f"Held the sender {sender.name}: {why}", by=by, now=now)
    return sender


def release(db: Db, sender_id: str, *, by: str, now: datetime) -> StoredSender:
    """Let reminders go by a sender again. Raises NotFound, and NotNow if it isn't held. The handle crosses clinics."""
    sender = senders.get_sender(db, sender_id)
    if not senders.release_sender(db, sender_id):
        message = f"The sender {sender.name} is not held."
        raise NotNow(message)
    sentence = f"Released the sender {sender.name}, held for: {sender.held_reason}"
    _audit(db, sender.info, "release", sentence, by=by, now=now)
    return sender


def set_budget(db: Db, sender_id: str, budget: Budget, *, by: str, now: datetime) -> StoredSender:
    """Replace what a sender may take; None: no bound. Raises Invalid and NotFound. The handle crosses clinics."""
    if problems := _budget_problems(budget):
        raise Invalid(*problems)
    sender = senders.get_sender(db, sender_id)
    senders.set_budget(db, sender_id, budget)
    sentence = (
        f"Set the budget of the sender {sender.name} to {budget_told(budget)}; it was {budget_told(sender.budget)}."
    )
    _audit(db, sender.info, "set-budget", sentence, by=by, now=now)
    return senders.get_sender(db, sender_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a sender took of its day and month so far; amounts as they are written, `37.60`."""

    parts_today: int
    money: str
    money_per_month: str | None
    """None: no bound."""
    price_per_part: str | None
    left: str | None
    """Below nothing by what its last texts were longer; None: no bound."""


def spending(sender: StoredSender, now: datetime) -> Spending:
    """What a sender took in the local day and month of now."""
    budget, spent = sender.budget, budgets.as_of(sender.budget, sender.spent, now)
    most, price = budget.money_per_month, budget.price_per_part
    return Spending(
        parts_today=spent.parts_today,
        money=money_told(spent.money),
        money_per_month=None if most is None else money_told(most),
        price_per_part=None if price is None else money_told(price),
        left=None if most is None else money_told(most - spent.money),
    )


def budget_told(budget: Budget) -> str:
    """A budget in words: `10 parts a second, 2000 parts a day, 50.00 a month at 0.04 a part`."""
    bounds = []
    if budget.parts_per_second is not None:
        bounds.append(f"{budget.parts_per_second:g} parts a second")
    if budget.parts_per_day is not None:
        bounds.append(f"{budget.parts_per_day} parts a day")
    if budget.money_per_month is not None and budget.price_per_part is not None:
        money, price = money_told(budget.money_per_month), money_told(budget.price_per_part)
        bounds.append(f"{money} a month at {price} a part")
    return ", ".join(bounds) or "no bound"


def _told(channel: Channel) -> str:
    return "texts" if channel is Channel.SMS else "emails"


def _audit(db: Db, sender: SenderInfo, act: str, sentence: str, *, by: str, now: datetime) -> None:
    """An entry at every clinic whose messages the sender carries."""
    for clinic_id in senders.clinics_using(db, sender):
        audit.record(
            db,
            at=now,
            actor=by,
            action=f"sender.{act}",
            subject=f"sender {sender.id}",
            sentence=sentence,
            clinic_id=clinic_id,
        )


def _name_problems(name: str | None) -> list[Problem]:
    if name is None or (name.strip() and len(name.strip()) <= _LONGEST_NAME and name.isprintable()):
        return []
    return [Problem("name", f"give a name of 1 to {_LONGEST_NAME} letters; lists show it")]


def _budget_problems(budget: Budget) -> list[Problem]:
    problems = []
    second, day = budget.parts_per_second, budget.parts_per_day
    if second is not None and not (math.isfinite(second) and 0 < second <= _MOST_A_SECOND):
        problems.append(Problem("parts_per_second", f"give a number above 0, up to {_MOST_A_SECOND}"))
    if day is not None and not 0 < day <= _MOST_A_DAY:
        problems.append(Problem("parts_per_day", f"give a whole number from 1 to {_MOST_A_DAY}; to stop all, hold it"))
    return [*problems, *_money_problems(budget)]


def _money_problems(budget: Budget) -> list[Problem]:
    money, price = budget.money_per_month, budget.price_per_part
    if money is None and price is None:
        return []
    if money is None:
        return [Problem("money_per_month", "give the month's money too: a price alone bounds nothing")]
    if price is None:
        return [Problem("price_per_part", "give what the provider takes for a part too, as in 0.04")]
    if price <= 0:
        return [Problem("price_per_part", "give an amount above 0, as in 0.04")]
    if not price <= money <= _MOST_MONEY:
        told = f"from the price of a part up to {money_told(_MOST_MONEY)}; to stop all, hold it"
        return [Problem("money_per_month", f"give an amount {told}")]
    return []

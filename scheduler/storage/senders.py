"""Senders: a clinic's ways out, those shared by all who have none of their own, and their holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Double, ForeignKey, Row, Select, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.delivery.budgets import Budget, Spent
from scheduler.domain.delivery.senders import Provider, SenderIdentity, SenderInfo
from scheduler.domain.errors import NotFound
from scheduler.domain.people.patients import Channel
from scheduler.storage.among import among
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Json, Words, key

SETTINGS = Provider.SETTINGS
SANDBOX = Provider.SANDBOX


class SenderRow(Base):
    """A way out on a channel. Without a clinic it is shared by all clinics that have none of their own."""

    __tablename__ = "senders"

    id: Mapped[str] = key()
    clinic_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("clinics.id"))
    channel: Mapped[Channel] = mapped_column(Words(Channel))
    provider: Mapped[Provider] = mapped_column(Words(Provider))
    name: Mapped[str | None] = mapped_column(String(80))
    identity: Mapped[dict[str, str] | None] = mapped_column(Json)
    added_at: Mapped[datetime | None]
    """None for those that every database starts with."""
    held_at: Mapped[datetime | None]
    held_reason: Mapped[str | None] = mapped_column(String(500))
    held_code: Mapped[str | None] = mapped_column(String(60))
    """The provider's own code for its no; None where a person held it, or it is not held."""
    served_at: Mapped[datetime | None]
    """When it was last claimed from: the longest unserved goes first."""
    parts_per_second: Mapped[float | None] = mapped_column(Double)
    parts_per_day: Mapped[int | None]
    tokens: Mapped[float | None] = mapped_column(Double)
    refilled_at: Mapped[datetime | None]
    day: Mapped[date | None]
    parts_today: Mapped[int | None]
    spent_until: Mapped[datetime | None]
    """Nothing is claimed before; None: there is budget left, or none is set."""
    rests_until: Mapped[datetime | None]
    """Nothing is claimed before, as its provider could not be reached."""
    unreachable_since: Mapped[datetime | None]
    """When that began."""
    money_per_month: Mapped[int | None] = mapped_column(BigInteger)
    """In millionths, as the price and what was spent are."""
    price_per_part: Mapped[int | None] = mapped_column(BigInteger)
    month: Mapped[date | None]
    money_spent: Mapped[int | None] = mapped_column(BigInteger)
    """In `month`."""
    money_told: Mapped[date | None]
    """The month whose money is used up, once that was told."""
    money_marked: Mapped[datetime | None]
    """Up to which `next_at` the reminders that wait for money say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSender:
    """A sender with what people see and set of it."""

    info: SenderInfo
    name: str
    held_at: datetime | None
    held_reason: str | None
    held_code: str | None
    rests_until: datetime | None
    """Its provider was out of reach, and isn't called before."""
    budget: Budget
    spent: Spent
    """Of the day and the month in which it was last claimed from."""
    in_use: bool
    """Whether reminders are still given to it: False where a clinic has a newer one of the channel."""


def shared_sender_id(channel: Channel, *, live: bool) -> str:
    """The id of the sender that clinics without their own use on a channel."""
    return f"{SETTINGS if live else SANDBOX}-{channel.value}"


SHARED_SENDERS = tuple(
    {"id": f"{provider}-{channel.value}", "channel": channel, "provider": provider}
    for provider in (SETTINGS, SANDBOX)
    for channel in Channel
)
"""The rows that every database starts with."""


def add_sender(db: Db, info: SenderInfo, *, name: str, budget: Budget, now: datetime) -> None:
    """Store a clinic's own sender; from now on the clinic uses it on its channel."""
    identity = {name: value for name, value in asdict(info.identity).items() if value is not None}
    row = SenderRow(
        id=info.id,
        clinic_id=info.clinic_id,
        channel=info.channel,
        provider=info.provider,
        name=name,
        identity=identity,
        added_at=now,
        **_bounds(budget),
    )
    db.add(row)
    db.flush()


def sender_for(db: Db, clinic_id: str, channel: Channel, *, live: bool) -> str:
    """The id of the sender that a clinic uses on a channel: its newest own one, once it is live."""
    shared = shared_sender_id(channel, live=live)
    if not live:
        return shared
    own = select(SenderRow.id).where(SenderRow.clinic_id == clinic_id, SenderRow.channel == channel)
    newest = own.order_by(SenderRow.added_at.desc().nulls_last(), SenderRow.id.desc())
    return db.scalars(newest.limit(1)).first() or shared


def hold_sender(db: Db, sender_id: str, *, reason: str, at: datetime, code: str | None = None) -> bool:
    """Take nothing more from this sender until a person releases it; False if it is held already.

    The first reason stays, with the provider's own code for it; None where a person holds it.
    """
    held = db.scalars(
        update(SenderRow)
        .where(SenderRow.id == sender_id, SenderRow.held_at.is_(None))
        .values(held_at=at, held_reason=reason, held_code=code)
        .returning(SenderRow.id)
        .execution_options(synchronize_session=False)
    )
    return held.first() is not None


def release_sender(db: Db, sender_id: str) -> bool:
    """Let reminders go by this sender again; False if it isn't held."""
    released = db.scalars(
        update(SenderRow)
        .where(SenderRow.id == sender_id, SenderRow.held_at.is_not(None))
        .values(held_at=None, held_reason=None, held_code=None)
        .returning(SenderRow.id)
        .execution_options(synchronize_session=False)
    )
    return released.first() is not None


def set_budget(db: Db, sender_id: str, budget: Budget) -> None:
    """Replace what a sender may take; its zone is the clinic's. What it took under another still counts."""
    again = {"tokens": None, "spent_until": None, "money_told": None, "money_marked": None}
    db.execute(
        update(SenderRow)
        .where(SenderRow.id == sender_id)
        .values(**_bounds(budget), **again)
        .execution_options(synchronize_session=False)
    )


def get_sender(db: Db, sender_id: str) -> StoredSender:
    """One sender, whichever clinic's. Raises NotFound."""
    row = db.get(SenderRow, sender_id, populate_existing=True)
    if row is None:
        raise NotFound("sender", sender_id)
    return next(sender for sender in list_senders(db, row.clinic_id) if sender.info.id == sender_id)


def list_senders(db: Db, clinic_id: str | None = None) -> list[StoredSender]:
    """The shared senders, and the clinic's own (all clinics' if None), by clinic, channel and age."""
    rows = list(db.scalars(_listed(clinic_id).execution_options(populate_existing=True)))
    newest = {_place(row): row.id for row in rows if row.clinic_id is not None}
    zones = _zones(db, {row.clinic_id for row in rows if row.clinic_id is not None})
    return [
        _stored(row, in_use=newest.get(_place(row), row.id) == row.id, zone=zones.get(row.clinic_id)) for row in rows
    ]


def clinics_using(db: Db, sender: SenderInfo) -> list[str]:
    """The ids of the clinics whose messages a sender carries, or would: its own, or those that share it."""
    if sender.clinic_id is not None:
        return [sender.clinic_id]
    own = select(SenderRow.id).where(SenderRow.clinic_id == ClinicRow.id, SenderRow.channel == sender.channel)
    live = sender.provider is not Provider.SANDBOX
    sharing = select(ClinicRow.id).where(ClinicRow.live.is_(live), *([~own.exists()] if live else []))
    return list(db.scalars(sharing.order_by(ClinicRow.id)))


def senders_by_id(db: Db, ids: set[str]) -> dict[str, SenderInfo]:
    """Several senders, as dispatch needs them."""
    columns = SenderRow.id, SenderRow.clinic_id, SenderRow.channel, SenderRow.provider, SenderRow.identity
    rows = db.execute(select(*columns).where(among(SenderRow.id, ids)))
    return {row.id: _info(row) for row in rows}


def _place(row: SenderRow) -> tuple[str | None, Channel]:
    return row.clinic_id, row.channel


def _listed(clinic_id: str | None) -> Select[SenderRow]:
    order = (
        SenderRow.clinic_id.asc().nulls_first(),
        SenderRow.channel,
        SenderRow.added_at.asc().nulls_first(),
        SenderRow.id,
    )
    chosen = select(SenderRow).order_by(*order)
    if clinic_id is None:
        return chosen
    return chosen.where(SenderRow.clinic_id.is_(None) | (SenderRow.clinic_id == clinic_id))


def _info(row: SenderRow | Row[*tuple[Any, ...]]) -> SenderInfo:
    return SenderInfo(
        id=row.id,
        clinic_id=row.clinic_id,
        channel=row.channel,
        provider=row.provider,
        identity=SenderIdentity(**(row.identity or {})),
    )


def _zones(db: Db, clinic_ids: set[str]) -> dict[str | None, str]:
    return {
        row.id: row.zone for row in db.execute(select(ClinicRow.id, ClinicRow.zone).where(ClinicRow.id.in_(clinic_ids)))
    }


def _stored(row: SenderRow, *, in_use: bool, zone: str | None) -> StoredSender:
    return StoredSender(
        info=_info(row),
        name=row.name or row.id,
        held_at=row.held_at,
        held_reason=row.held_reason,
        held_code=row.held_code,
        rests_until=row.rests_until,
        budget=read_budget(row, zone=zone or "UTC"),
        spent=read_spent(row),
        in_use=in_use,
    )


def _bounds(budget: Budget) -> dict[str, float | int | None]:
    return {
        "parts_per_second": budget.parts_per_second,
        "parts_per_day": budget.parts_per_day,
        "money_per_month": budget.money_per_month,
        "price_per_part": budget.price_per_part,
    }


def read_budget(row: SenderRow | Row[*tuple[Any, ...]], *, zone: str) -> Budget:
    """What a sender may take."""
    return Budget(
        parts_per_second=row.parts_per_second,
        parts_per_day=row.parts_per_day,
        money_per_month=row.money_per_month,
        price_per_part=row.price_per_part,
        zone=zone,
    )


def read_spent(row: SenderRow | Row[*tuple[Any, ...]]) -> Spent:
    """What it took."""
    return Spent(
        tokens=row.tokens,
        refilled_at=row.refilled_at,
        day=row.day,
        parts_today=row.parts_today or 0,
        month=row.month,
        money=row.money_spent or 0,
    )

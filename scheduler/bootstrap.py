"""The composition root: puts settings, storage, catalog, senders, engine and web together. Nothing else does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler import clock, telemetry
from scheduler.catalog.shipped import Catalog, load_catalog
from scheduler.domain.delivery.senders import Checks, FindSender, Provider, Sender, SenderIdentity, SenderInfo
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.findings import Finding
from scheduler.domain.people.patients import Channel
from scheduler.senders.sandbox import Sandbox
from scheduler.services import doctor
from scheduler.services.doctor import CheckSender, Surgery
from scheduler.services.drain import Drain
from scheduler.settings import Settings
from scheduler.storage import keys, schema
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database, Db

if TYPE_CHECKING:  # half a second of imports that only `serve` and `worker` need
    from fastapi import FastAPI

    from scheduler.engine.local import LocalEngine

_CHECK_TIMEOUT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What every command and request works with."""

    settings: Settings
    database: Database
    catalog: Catalog
    clock: Callable[[Db], datetime]
    """The time that all nodes agree on; asked once a transaction."""


def prepare_store(settings: Settings) -> bool:
    """Make the database or bring it up to this version; whether a key file was made for it.

    Raises DatabaseUnusable or KeyUnusable, with the mend.
    """
    schema.migrate(settings.database_url)
    had_key = settings.key_file.exists()
    keys.open_keys(settings.database_url, settings.key_file, now=clock.utc_now())
    return not had_key


def open_store(settings: Settings) -> Store:
    """The store that the settings name, checked and ready.

    Raises DatabaseUnusable, KeyUnusable, or Invalid for the files of the configuration, each with the mend.
    """
    schema.check(settings.database_url)
    ring = keys.open_keys(settings.database_url, settings.key_file, now=clock.utc_now())
    return Store(
        settings=settings,
        database=Database(settings.database_url, ring),
        catalog=read_catalog(settings.config_dir),
        clock=clock.now,
    )


@contextmanager
def throwaway_store(folder: Path, *, clock: Callable[[Db], datetime]) -> Iterator[Store]:
    """A store in a folder that is thrown away, sealed with keys that are kept nowhere; for the demo."""
    settings = Settings(database_url=f"sqlite:///{folder / 'demo.db'}")
    schema.migrate(settings.database_url)
    database = Database(settings.database_url, new_key_ring())
    try:
        yield Store(settings=settings, database=database, catalog=read_catalog(settings.config_dir), clock=clock)
    finally:
        database.close()


def read_catalog(folder: Path) -> Catalog:
    """The catalog in a folder. Raises Invalid with every problem, each beginning with the file's whole path."""
    try:
        return load_catalog(folder)
    except Invalid as error:
        raise Invalid(*(Problem(f"{folder}/{problem.field}", problem.message) for problem in error.problems)) from error


def set_up_logging(settings: Settings) -> None:
    """Log as the settings say, for a process that stays."""
    telemetry.set_up_logging(level=settings.log_level, form=settings.log_format)
    if settings.log_level != "debug":
        logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of each look at the schema's version


def build_senders(settings: Settings) -> FindSender:
    """The way out that each stored sender stands for by these settings, made when it is first asked for."""
    sandbox = Sandbox()

    @cache
    def find(sender: SenderInfo) -> Sender | None:
        match _provider(sender, settings):
            case Provider.TWILIO:
                return _twilio_sms(settings, sender.identity)
            case Provider.SMTP:
                return _smtp_email(settings, sender.identity)
            case _:
                return sandbox

    return find


def _provider(sender: SenderInfo, settings: Settings) -> Provider:
    """Who carries its messages: a shared sender leaves that to the settings."""
    if sender.provider is not Provider.SETTINGS:
        return sender.provider
    return Provider(settings.sms if sender.channel is Channel.SMS else settings.email)


def _twilio_sms(settings: Settings, identity: SenderIdentity) -> Sender | None:
    """Texts from the identity, else from what the settings name; None: no such sender is built in this version."""
    del settings, identity
    return None


def _smtp_email(settings: Settings, identity: SenderIdentity) -> Sender | None:
    """Emails from the identity, else from what the settings name; None: no such sender is built in this version."""
    del settings, identity
    return None


def check_senders(settings: Settings) -> CheckSender:
    """The check of what a stored sender stands for, asked of its provider."""
    find = build_senders(settings)

    def check(sender: SenderInfo) -> Sequence[Finding]:
        way = find(sender)
        if way is None:
            setting = "AFTERCARE_SMS=twilio" if sender.channel is Channel.SMS else "AFTERCARE_EMAIL=smtp"
            return [Finding("These settings give no way out by its provider.", f"Set {setting} and its account.")]
        return way.check(timeout=_CHECK_TIMEOUT) if isinstance(way, Checks) else []

    return check


def examine(settings: Settings) -> list[Finding]:
    """What is wrong with the set-up that the settings describe; the store is only looked into if it can be opened."""
    found: list[Finding] = []
    try:
        read_catalog(settings.config_dir)
    except Invalid as error:
        found += doctor.from_config(error, settings.config_dir)
    unusable = doctor.check_store(settings.database_url, settings.key_file)
    if unusable:
        return [*found, *unusable]
    database = Database(settings.database_url, new_key_ring())  # nothing sealed is opened, so any keys will do
    surgery = Surgery(
        clock=clock.now, utc_now=clock.utc_now, check_sender=check_senders(settings), zone_data=_zone_data()
    )
    try:
        return [*found, *doctor.examine(database, surgery)]
    finally:
        database.close()


def _zone_data() -> str | None:
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return None


def build_engine(store: Store) -> LocalEngine:
    """What sends the due reminders of this process, ready to start."""
    from scheduler.engine.local import LocalEngine  # noqa: PLC0415  most commands send nothing

    drain = Drain(
        database=store.database,
        find_sender=build_senders(store.settings),
        clock=store.clock,
        lease=timedelta(seconds=store.settings.lease_seconds),
        threads=store.settings.send_threads,
    )
    return LocalEngine(store.database, drain, store.clock, utc_now=clock.utc_now)


def build_app(store: Store, *, engine: LocalEngine | None) -> FastAPI:
    """The API; `engine` is this process's, for its health."""
    from scheduler.web.app import create_app  # noqa: PLC0415  most commands serve nothing
    from scheduler.web.parts import WebParts  # noqa: PLC0415

    return create_app(
        WebParts(
            database=store.database,
            catalog=store.catalog,
            clock=store.clock,
            health=engine.health if engine is not None else None,
        )
    )

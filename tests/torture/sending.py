"""A worker made of the product's own tasks, under a clock that the caller moves; it sends by the provider's process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from scheduler.bootstrap.senders import build_senders
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER
from scheduler.domain.delivery.senders import FindSender
from scheduler.engine.tasks import tasks
from scheduler.services.drain import Drain
from scheduler.settings import Settings, Twilio
from scheduler.storage import keys
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import StoppedClock
from tests.peers.twilio.stub import ACCOUNT, SERVICE, TOKEN
from tests.torture.counting import count
from tests.torture.providing import tell

LEASE = timedelta(seconds=60)
THREADS = 2
_LEFT_OUT = {"replan", "heartbeat", "tidy"}
"""Tasks that have nothing to do with sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a worker works: its store, its provider, and the moment from which its times are counted."""

    database_url: str
    key_file: Path
    provider_url: str
    start: datetime

    def open(self) -> Database:
        """The store."""
        return Database(self.database_url, keys.open_keys(self.database_url, self.key_file, now=self.start))

    def senders(self) -> FindSender:
        """The ways out, as the settings of a worker make them."""
        account = Twilio(
            account_sid=ACCOUNT,
            auth_token=SecretStr(TOKEN),
            messaging_service_sid=SERVICE,
            base_url=self.provider_url,
        )
        return build_senders(Settings(sms="twilio", twilio=account))


def work(place: Place, database: Database, find_sender: FindSender, moments: Iterable[timedelta]) -> None:
    """Run every task at each moment after the start, one after the other."""
    clock = StoppedClock(place.start)
    drain = Drain(database=database, find_sender=find_sender, clock=clock, lease=LEASE, threads=THREADS)
    table = tasks(database, drain, clock, stopping=lambda: False)
    for after in moments:
        clock.now = place.start + after
        tell(place.provider_url, ahead=after.total_seconds())
        for task in table:
            if task.name not in _LEFT_OUT:
                task.run()
    drain.stop()


def work_until_ended(place: Place, database: Database, moments: Iterable[timedelta]) -> None:
    """A healthy one, until no reminder is open or on its way."""

    def needed() -> Iterator[timedelta]:
        for after in moments:
            with database.read(ALL_CLINICS) as db:
                if not count(db, *OPEN, *WITH_PROVIDER):
                    return
            yield after

    work(place, database, place.senders(), needed())

"""What `aftercare doctor` looks at, put together from the settings."""

from __future__ import annotations

from scheduler import clock
from scheduler.bootstrap.senders import check_senders
from scheduler.bootstrap.store import read_catalog
from scheduler.bootstrap.zone_data import zone_data_version
from scheduler.domain.errors import Invalid
from scheduler.domain.findings import Finding
from scheduler.services import doctor
from scheduler.services.doctor import Surgery
from scheduler.settings import Settings
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from scheduler.storage.engine_schema import EngineSchema


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
        clock=clock.now,
        utc_now=clock.utc_now,
        check_sender=check_senders(settings),
        zone_data=zone_data_version(),
        engine=_engine_schema() if settings.engine == "cluster" else None,
    )
    try:
        return [*found, *doctor.examine(database, surgery)]
    finally:
        database.close()


def _engine_schema() -> EngineSchema:
    from scheduler.engine.cluster import engine_schema  # noqa: PLC0415  a third of a second that others needn't wait

    return engine_schema()

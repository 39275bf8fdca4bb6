"""What Procrastinate's package knows of its own tables."""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager

from scheduler.storage.engine_schema import EngineSchema


def engine_schema() -> EngineSchema:
    """The SQL that this version ships; a step is named as its file, in their order."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return EngineSchema(
        table="procrastinate_jobs",
        whole=SchemaManager.get_schema(),
        steps=tuple((file.stem, file.read_text(encoding="utf-8")) for file in files),
    )

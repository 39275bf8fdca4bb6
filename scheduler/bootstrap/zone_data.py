"""Which zone data this process resolves wall-clock times with."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def zone_data_version() -> str | None:
    """The version of the package tzdata, such as `2026.1`; None if it is missing."""
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return None

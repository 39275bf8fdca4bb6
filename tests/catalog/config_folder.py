"""The files that ship, read once for all tests that look at them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from scheduler.catalog.shipped import Catalog, load_catalog
from scheduler.domain.care.protocols import CareProtocol

FOLDER = Path(__file__).parents[2] / "config"


@cache
def shipped() -> Catalog:
    """Everything in `config/`."""
    return load_catalog(FOLDER)


def microneedling() -> CareProtocol:
    """The first protocol that ships."""
    return shipped().protocols["microneedling"]


def chemical_peel() -> CareProtocol:
    """The second."""
    return shipped().protocols["chemical_peel"]

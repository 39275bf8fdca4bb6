from __future__ import annotations

import importlib
import pkgutil

import scheduler
from scheduler.domain.errors import SchedulerError
from scheduler.web.errors import TABLE

# Layers that the web edge may import: an error of any other can't reach it.
LAYERS = ("catalog", "domain", "services", "storage", "web")


def every_error(root: type[SchedulerError]) -> set[type[SchedulerError]]:
    """All subclasses of it, at any depth."""
    return {found for child in root.__subclasses__() for found in {child, *every_error(child)}}


def test_every_error_has_a_status() -> None:
    for layer in LAYERS:
        package = importlib.import_module(f"scheduler.{layer}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)

    reaching = {error for error in every_error(SchedulerError) if error.__module__.split(".")[1] in LAYERS}
    assert scheduler.__version__
    assert reaching == set(TABLE)


def test_a_status_has_one_title() -> None:
    assert len(dict(TABLE.values())) == len(set(TABLE.values()))

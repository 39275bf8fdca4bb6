"""The composition root: puts settings, storage, catalog, senders, engine and web together. Nothing else does."""

from scheduler.bootstrap.examining import examine
from scheduler.bootstrap.processes import build_app, build_engine, build_metrics
from scheduler.bootstrap.senders import build_senders, check_senders
from scheduler.bootstrap.store import (
    Store,
    open_store,
    prepare_store,
    read_catalog,
    set_up_logging,
    throwaway_store,
)

__all__ = [
    "Store",
    "build_app",
    "build_engine",
    "build_metrics",
    "build_senders",
    "check_senders",
    "examine",
    "open_store",
    "prepare_store",
    "read_catalog",
    "set_up_logging",
    "throwaway_store",
]

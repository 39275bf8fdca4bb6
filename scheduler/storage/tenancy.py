"""The guard between clinics: a database handle is bound to one clinic, and every query of an owned row with it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from scheduler.domain.errors import SchedulerError
from scheduler.storage.types import Owned


class Everyone(Enum):
    """The scope of the few jobs that cross clinics: claiming, upkeep, signing in by token."""

    ALL_CLINICS = "all clinics"


ALL_CLINICS = Everyone.ALL_CLINICS
Scope = str | Everyone


class WrongClinic(SchedulerError):
    """A row of one clinic was about to be written in another's scope."""


def guard(handle: type[Session]) -> None:
    """Bind every query and every row that this kind of handle writes to the clinic in its `scope`."""
    event.listen(handle, "do_orm_execute", _narrow)
    event.listen(handle, "before_flush", _check_owner)


def _narrow(state: ORMExecuteState) -> None:
    scope = _scope(state.session)
    if not isinstance(scope, str) or state.is_column_load or state.is_relationship_load:
        return
    criteria = with_loader_criteria(Owned, lambda row: row.clinic_id == scope, include_aliases=True)
    state.statement = state.statement.options(criteria)


def _check_owner(session: Session, _: UOWTransaction, __: Iterable[Any] | None) -> None:
    scope = _scope(session)
    if not isinstance(scope, str):
        return
    for row in (*session.new, *session.dirty):
        if isinstance(row, Owned):
            row.clinic_id = row.clinic_id or scope
            if row.clinic_id != scope:
                message = f"a row of {type(row).__name__} belongs to another clinic than this handle"
                raise WrongClinic(message)


def _scope(handle: Session) -> Scope:
    """The scope of a guarded handle; one without can't be used."""
    scope: Scope = handle.__dict__["scope"]
    return scope

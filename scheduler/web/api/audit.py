"""The route of the audit: what was done, by whom, newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Security

from scheduler.services.audit_pages import audit_page
from scheduler.web.api.audit_answers import AuditList, AuditQuery
from scheduler.web.api.cursors import read_cursor
from scheduler.web.openapi import problems
from scheduler.web.security import Caller, find_caller
from scheduler.web.strict_route import StrictRoute

router = APIRouter(prefix="/audit", tags=["audit"], route_class=StrictRoute)

Reader = Annotated[Caller, Security(find_caller, scopes=["audit:read"])]


@router.get(
    "",
    response_model=AuditList,
    response_description="A page of them, and where the next one begins.",
    responses=problems(422),
)
def list_audit(query: Annotated[AuditQuery, Query()], caller: Reader) -> AuditList:
    """List what people and programs did in this clinic, and whom they looked at, the newest first."""
    place = read_cursor(query.after) if query.after is not None else None
    with caller.reading() as (db, _):
        page = audit_page(db, query.wanted(), after=place, limit=query.limit)
    return AuditList.of(page)

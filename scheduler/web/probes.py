"""What a supervisor asks: does the process live, and can it do its work? Without a token, so nothing else is told."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from scheduler.clock import utc_now
from scheduler.services.health import failed_checks
from scheduler.web.parts import WebParts

router = APIRouter(tags=["probes"])
_UNAVAILABLE = 503


@router.get(
    "/healthz",
    response_description="It is up.",
    responses={200: {"content": {"application/json": {"example": {"status": "up"}}}}},
)
async def tell_health() -> dict[str, str]:
    """Whether the process is up. It looks at nothing else, so it answers while every thread waits."""
    return {"status": "up"}


@router.get(
    "/readyz",
    response_description="All of it can be done.",
    responses={
        200: {"content": {"application/json": {"example": {"status": "ready", "failed": []}}}},
        503: {
            "description": "Something of it can't be done; `failed` names each check.",
            "content": {"application/json": {"example": {"status": "not ready", "failed": ["database"]}}},
        },
    },
)
def tell_readiness(request: Request) -> JSONResponse:
    """Whether requests can be answered and messages go out.

    The database is reachable and at the version of this program, and no tick of the engine is late; where none runs in
    this process, another one that sends was seen within two minutes, and jobs that are shared by many machines don't
    wait for longer than that.
    """
    parts: WebParts = request.app.state.parts
    ticks = parts.health() if parts.health else None
    failed = failed_checks(parts.database, ticks, utc_now(), clock=parts.clock, clustered=parts.clustered)
    content = {"status": "not ready" if failed else "ready", "failed": failed}
    return JSONResponse(content, _UNAVAILABLE if failed else 200)

"""The bare address of the service, which leads to the day's work."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse

router = APIRouter(include_in_schema=False)


@router.get("/")
def start() -> RedirectResponse:
    """The way to Today."""
    return RedirectResponse("/today", 303)

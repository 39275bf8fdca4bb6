"""The web application: routes, errors and middleware put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from scheduler import __version__
from scheduler.domain.errors import SchedulerError
from scheduler.web import metrics, probes
from scheduler.web.answers import SafeAnswers
from scheduler.web.api import router
from scheduler.web.body_limit import BodyLimit
from scheduler.web.openapi import DescribedApi
from scheduler.web.pages import ROUTERS
from scheduler.web.pages.desk import SignInNeeded, ask_to_sign_in
from scheduler.web.parts import WebParts
from scheduler.web.telling import tell_error

_ABOUT = """\
Registers treatment sessions, shows the plan of reminders that follows from each, and lets staff change it.

- **Tokens**: every route under `/api/v1` takes a clinic's token, as `Authorization: Bearer …`, and names the scope
  that the token needs. A token sees its own clinic only; what belongs to another is answered as unknown.
- **People**: with a token of somebody of the clinic's staff, what their role may not do is refused (403), and the
  answer says whom to ask. A program's token may do what its scopes say, but for what a person must answer for.
- **Times** are instants with a zone, as in `2026-03-03T14:30:00+00:00`; answers give them in UTC. A name that ends
  in `_local` holds the patient's own date or wall clock, without a zone.
- **Errors** are `application/problem+json` (RFC 9457). A 422 lists every field at fault with its mend.
- **Repeating**: any POST may carry an `Idempotency-Key`, so that it can be sent again after a time-out. The answer is
  kept for 24 hours: the same request again is answered the same, marked `Idempotent-Replayed: true`, and does nothing;
  another body under the same key is refused. A request that was refused may be mended and use its key again.
"""
_TAGS = [
    {"name": "sessions", "description": "Treatment sessions and the plans that follow from them."},
    {"name": "reminders", "description": "Planned messages, and what people decide about them."},
    {"name": "patients", "description": "People, how they are reached, what they agreed to, and their whole plan."},
    {"name": "to-dos", "description": "What people of the clinic must do, since no message can. Scopes of reminders."},
    {"name": "audit", "description": "What people and programs did, and whom they looked at. Only ever added to."},
    {"name": "probes", "description": "For supervisors and load balancers; no token needed."},
]


def create_app(parts: WebParts) -> FastAPI:
    """The application, ready to be served. It opens no connection before the first request."""
    app = DescribedApi(
        title="Aftercare Scheduler",
        version=__version__,
        description=_ABOUT,
        openapi_tags=_TAGS,
        docs_url=None,  # the framework's pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=_lifespan(parts),
        telemetry={"tracing": False, "metrics": False, "logs": False},  # requests hold personal data
    )
    app.state.parts = parts
    app.include_router(router)
    app.include_router(probes.router)
    if parts.metrics is not None:
        app.include_router(metrics.router)
    for pages in ROUTERS:
        app.include_router(pages)
    if parts.demo is not None:
        from scheduler.web.pages import demo  # noqa: PLC0415  a real service has no such page

        app.include_router(demo.router)
    if parts.twilio is not None:
        from scheduler.web.webhooks import twilio  # noqa: PLC0415  its library is loaded only where it's used

        app.include_router(twilio.router)
    for kind in (SchedulerError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, tell_error)
    app.add_exception_handler(SignInNeeded, ask_to_sign_in)
    app.add_middleware(BodyLimit)
    app.add_middleware(SafeAnswers)  # the last one added is the outermost
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _lifespan(parts: WebParts) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if parts.on_start is not None:
            await run_in_threadpool(parts.on_start)
        try:
            yield
        finally:
            if parts.on_stop is not None:
                await run_in_threadpool(parts.on_stop)

    return lifespan

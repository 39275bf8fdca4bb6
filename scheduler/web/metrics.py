"""What a monitor reads: figures of this process and of the store, in Prometheus' text format, without a token."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from scheduler.web.parts import WebParts

router = APIRouter(tags=["probes"])
_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_EXAMPLE = """\
# HELP aftercare_doubts Messages posted without an answer.
# TYPE aftercare_doubts gauge
aftercare_doubts 0.0
"""


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    response_description="The figures.",
    responses={200: {"content": {"text/plain": {"example": _EXAMPLE}}}},
)
def tell_metrics(request: Request) -> PlainTextResponse:
    """Figures for Prometheus: how late messages go, what waits, doubts, held senders, ticks. Nothing of a patient's.

    Counters are of this process alone; what the whole store holds, every process tells. The setting `AFTERCARE_METRICS`
    takes the route away.
    """
    parts: WebParts = request.app.state.parts
    return PlainTextResponse(parts.metrics() if parts.metrics else b"", media_type=_FORMAT)

"""Twilio's callbacks: checked against their signature, read, and handed on. What they mean is said elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from scheduler.domain.errors import NotAllowed, NotFound
from scheduler.services import receipts
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.web.callbacks import TwilioCallbacks
from scheduler.web.parts import WebParts

STATUS_PATH = "/webhooks/twilio/status"
router = APIRouter(include_in_schema=False)
_LONGEST_FIELD = 500


@router.post(STATUS_PATH)
async def take_status(request: Request) -> Response:
    """Store what became of a message. 204 for every signed call, so that Twilio doesn't repeat one that is stored.

    403 without Twilio's signature; 404 where texts don't go by Twilio or there is no public address.
    """
    parts: WebParts = request.app.state.parts
    callbacks = parts.twilio
    if callbacks is None:  # pragma: no cover  the route is only there with them
        raise NotFound("webhook", "twilio")
    fields = _checked(callbacks, request, await request.body())
    attempt_id = request.query_params.get("a", "")
    attempt_id = attempt_id if _plain(attempt_id) else ""
    await run_in_threadpool(_take, parts, callbacks, fields, attempt_id)
    return Response(status_code=204)


def _take(parts: WebParts, callbacks: TwilioCallbacks, fields: Mapping[str, str], attempt_id: str) -> None:
    receipt = callbacks.read(fields, attempt_id=attempt_id, at=callbacks.utc_now())
    if receipt is not None:
        with parts.database.write(ALL_CLINICS) as db:
            receipts.take(db, [receipt], now=parts.clock(db))


def _checked(callbacks: TwilioCallbacks, request: Request, body: bytes) -> dict[str, str]:
    """The fields of a call that Twilio signed. Raises NotAllowed for any other."""
    url = f"{callbacks.public_url.rstrip('/')}{STATUS_PATH}"
    if request.url.query:
        url += f"?{request.url.query}"
    signature = request.headers.get("X-Twilio-Signature", "")
    text = body.decode(errors="replace")
    if "json" in request.headers.get("Content-Type", ""):
        # Without the digest in the address the body isn't signed, and the library would not look at it.
        signed = "bodySHA256" in request.query_params and _signed(callbacks, url, text, signature)
        fields = _json_fields(text) if signed else {}
    else:
        pairs = parse_qsl(text, keep_blank_values=True)
        signed = "bodySHA256" not in request.query_params and _signed(
            callbacks, url, ImmutableMultiDict(pairs), signature
        )
        fields = dict(pairs)
    if not signed:
        raise NotAllowed("This call doesn't bear Twilio's signature.")
    return {name: value for name, value in fields.items() if _plain(value)}


def _plain(value: str) -> bool:
    """Whether it can be a value of Twilio's, and be looked up: without control letters, which databases refuse."""
    return len(value) <= _LONGEST_FIELD and value.isprintable()


def _signed(callbacks: TwilioCallbacks, url: str, body: ImmutableMultiDict[str, str] | str, signature: str) -> bool:
    # The library compares texts, and fails on one with letters that no signature has.
    return signature.isascii() and RequestValidator(callbacks.auth_token).validate(url, body, signature) is True


def _json_fields(text: str) -> dict[str, str]:
    """The plain fields of a JSON object; none of anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: str(value) for name, value in found.items() if isinstance(value, str | int)}

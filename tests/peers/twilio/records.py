"""What the Twilio stub answers with: records and pages in the form of Twilio's description."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from tests.peers.twilio.judge import Asked, record

_API, _MESSAGING = "https://api.twilio.com", "https://messaging.twilio.com"


def message(sid: str, asked: Asked, at: datetime) -> dict[str, object]:
    """A message that was just taken: with a service no number was chosen yet, and no parts are counted."""
    form = asked.form
    service = form.get("MessagingServiceSid")
    when = format_datetime(at)
    return record(
        asked.path,
        "api.v2010.account.message",
        sid=sid,
        account_sid=asked.path.split("/")[3],
        api_version="2010-04-01",
        to=form["To"],
        body=form.get("Body", ""),
        messaging_service_sid=service,
        status="accepted" if service else "queued",
        num_segments="0" if service else "1",
        num_media="0",
        direction="outbound-api",
        date_created=when,
        date_updated=when,
        uri=f"{asked.path.removesuffix('.json')}/{sid}.json",
        subresource_uris={"media": f"{asked.path.removesuffix('.json')}/{sid}/Media.json"},
        **({} if service else {"from": form["From"]}),
    )


def page(asked: Asked, key: str, found: list[dict[str, object]]) -> dict[str, object]:
    """The first and only page of a list of the older API."""
    size = int(asked.query.get("PageSize", "50"))
    here = f"{_API}{asked.path}?PageSize={size}&Page=0"  # Twilio's own are relative, its description says they aren't
    return {
        key: found[:size],
        "first_page_uri": here,
        "next_page_uri": None,
        "previous_page_uri": None,
        "uri": here,
        "page": 0,
        "page_size": size,
        "start": 0,
        "end": max(len(found[:size]) - 1, 0),
    }


def pool(asked: Asked, key: str, found: list[Mapping[str, object]]) -> dict[str, object]:
    """The first and only page of a list of the newer API."""
    here = f"{_MESSAGING}{asked.path}?PageSize=50&Page=0"
    meta: dict[str, object] = {"key": key, "page": 0, "page_size": 50, "first_page_url": here, "url": here}
    return {key: found, "meta": meta | {"next_page_url": None, "previous_page_url": None}}

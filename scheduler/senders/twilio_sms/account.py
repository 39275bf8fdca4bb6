"""A Twilio account: its SDK over connections of ours, and the questions that it answers. Sending: `sender`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from requests import Request, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.rest import Client

from scheduler.domain.delivery.receipts import NoAnswer, ProviderMessage, ReceiptRank, body_hash
from scheduler.domain.errors import Invalid
from scheduler.senders.twilio_sms import codes
from scheduler.senders.twilio_sms.exchange import OnceOnly, exchange

API = "https://api.twilio.com"
REFUSED = (TwilioRestException, TwilioServiceException)
"""Twilio answered no; the status in a TwilioServiceException is what the body says, not what was answered."""
FAILED = (
    RequestException,
    OSError,
    TwilioException,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
)
"""No answer, or one that the SDK can't read: it checks nothing, and fails as the first use of a value does."""
_ASKING = timedelta(seconds=35)
_CLOCKS_DIFFER = timedelta(seconds=5)
_MOST_LISTED = 100
_MOST_RECENT = 300
"""With 1,600 letters each, the answer still stays under the largest that is read."""
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
# The SDK takes what it isn't told from the environment, also in place of an empty mapping.
_NO_ENVIRONMENT = {"TWILIO_REGION": ""}
# The first tells the numbers it asks for, and the second the addresses that hold them.
_TALKATIVE = {"twilio.http_client": logging.WARNING, "urllib3.connectionpool": logging.ERROR}

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An account and what opens it: an API key with its secret, else the auth token."""

    account_sid: str
    auth_token: str | None = field(default=None, repr=False)
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)

    def login(self) -> tuple[str, str]:
        """Name and password. Raises Invalid if half of them is missing: the SDK would look for it elsewhere."""
        if bool(self.api_key) != bool(self.api_secret):
            raise Invalid.of("twilio", "An API key and its secret go together: set both or neither.")
        name, password = (self.api_key, self.api_secret) if self.api_key else (self.account_sid, self.auth_token)
        if not (self.account_sid and name and password):
            raise Invalid.of("twilio", "Set the account SID, and an API key with its secret or the auth token.")
        return name, password


class TwilioAccount:
    """One account as its senders share it, from several threads: credentials, connections, the place of the API.

    Nothing is read from the environment. Raises Invalid for credentials or a place that aren't whole.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        threads: int,
        base_url: str = API,
        region: str | None = None,
        edge: str | None = None,
        ca_file: Path | None = None,
    ) -> None:
        _check_place(base_url, region, edge)
        for name, level in _TALKATIVE.items():
            logging.getLogger(name).setLevel(level)
        self._once = OnceOnly(threads=threads, ca_file=ca_file)
        self.client = Client(
            *credentials.login(),
            account_sid=credentials.account_sid,
            region=region,
            edge=edge,
            http_client=_Transport(self._once),
            environment=_NO_ENVIRONMENT,
        )
        self.messages = self.client.messages
        if base_url != API:
            self.client.api.base_url = self.client.messaging.base_url = base_url.rstrip("/")

    def fetch(self, provider_id: str) -> ProviderMessage | None:
        """A message as it stands at Twilio now; None if there is none of this id. Raises NoAnswer."""
        try:
            found = self.ask(lambda: _read(self.messages.get(provider_id).fetch()))
        except NoAnswer as no:
            if no.status == 404:  # noqa: PLR2004  not found
                return None
            raise
        if found.provider_id != provider_id:
            raise NoAnswer("Twilio answered with another message.")
        return found

    def list_to(self, to: str, *, since: datetime) -> list[ProviderMessage]:
        """Messages to a number that were made since then, a few seconds before it included. Raises NoAnswer.

        The newest hundred to that number are looked at, whatever their state: Twilio lists by number and by the
        time of sending only, and that one is missing until a message was sent.
        """
        earliest = since - _CLOCKS_DIFFER

        def question() -> list[ProviderMessage]:
            page = self.messages.page(to=to, page_size=_MOST_LISTED)
            return [_read(found) for found in page if str(found.direction).startswith("outbound")]

        return [found for found in self.ask(question) if found.created_at is None or found.created_at >= earliest]

    def recent(self) -> list[ProviderMessage]:
        """The newest messages that went out, as many as one page of Twilio's list holds. Raises NoAnswer."""

        def question() -> list[ProviderMessage]:
            page = self.messages.page(page_size=_MOST_RECENT)
            return [_read(found) for found in page if str(found.direction).startswith("outbound")]

        return self.ask(question)

    def ask(self, question: Callable[[], Said], *, timeout: timedelta = _ASKING) -> Said:
        """What one request that changes nothing brings, within its time. Raises NoAnswer, which holds no details."""
        with exchange(timeout) as asked:
            try:
                return question()
            except REFUSED as no:
                raise NoAnswer(f"Twilio answered {asked.status}, code {no.code}.", status=asked.status) from None
            except FAILED as error:
                raise NoAnswer(f"Twilio gave no answer of use ({type(error).__name__}).", status=asked.status) from None

    def close(self) -> None:
        """Let the kept connections go."""
        self._once.close()


class _Transport:
    """What the SDK makes its requests with: it asks for `request` and `is_async` and no more."""

    is_async = False

    def __init__(self, once: OnceOnly) -> None:
        self._once = once

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_ours: object,
    ) -> Any:  # noqa: ANN401  the SDK has no types
        """The answer in the SDK's form. The time-out and the following of redirects are not the SDK's to say."""
        request = Request(method, url, params=params, data=data, headers=headers, auth=auth)
        return Response(*self._once.request(request))


def is_message_sid(found: object) -> bool:
    """Whether that is the id of a message."""
    return isinstance(found, str) and _SID.fullmatch(found) is not None


def read_parts(found: object) -> int | None:
    """The number of parts of a message; None while Twilio says 0, before a service has chosen a number."""
    text = str(found)
    return int(text) or None if text.isdecimal() else None


def _read(found: Any) -> ProviderMessage:  # noqa: ANN401  the SDK has no types
    if not is_message_sid(found.sid):
        raise ValueError
    status = str(found.status)
    reached = codes.rank(status)
    return ProviderMessage(
        provider_id=found.sid,
        to=str(found.to),
        body_hash=body_hash(found.body or ""),
        sender=found.messaging_service_sid or found.from_ or "",
        created_at=found.date_created,
        parts=read_parts(found.num_segments),
        provider_status=status,
        rank=reached,
        failure=codes.failure(found.error_code) if reached is ReceiptRank.UNDELIVERED else None,
    )


def _check_place(base_url: str, region: str | None, edge: str | None) -> None:
    if bool(region) != bool(edge):
        raise Invalid.of("twilio", "A region and its edge go together, as in ie1 and dublin: set both or neither.")
    if region and base_url != API:
        raise Invalid.of("twilio", "A region and an address of the API can't both be set.")

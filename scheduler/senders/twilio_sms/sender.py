"""The sender of texts through Twilio: one request a text, and what came of it. The account: `account`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from requests import ConnectTimeout, RequestException
from requests.exceptions import SSLError

from scheduler.domain.delivery.outcomes import Accepted, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.receipts import ProviderMessage
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.errors import Invalid
from scheduler.domain.findings import Finding
from scheduler.senders.twilio_sms import checks, codes
from scheduler.senders.twilio_sms.account import FAILED, REFUSED, TwilioAccount, is_message_sid, read_parts
from scheduler.senders.twilio_sms.exchange import Exchange, TooLarge, exchange

CALLBACK_PATH = "/webhooks/twilio/status"
# Three more tries to call back, whatever went wrong; by itself Twilio tries once more, and only if it can't connect.
_RETRY_CALLBACKS = "#rc=3&rp=all"
_ASK_AFTER = timedelta(seconds=10)
_SHORTEST, _LONGEST = 5, 36_000
"""Seconds that Twilio may keep a text; it advises against less than 5."""


class TwilioSms:
    """Texts from one messaging service, or from one number, of an account that several senders may share.

    `utc_now` tells how long Twilio may keep a text. Without `public_url` there are no callbacks: ask instead.

    Raises Invalid unless exactly one of the two is given to send from.
    """

    def __init__(
        self,
        account: TwilioAccount,
        *,
        utc_now: Callable[[], datetime],
        messaging_service_sid: str | None = None,
        from_number: str | None = None,
        public_url: str | None = None,
    ) -> None:
        if bool(messaging_service_sid) == bool(from_number):
            raise Invalid.of("sender", "Texts go out from a messaging service or from a number: set one, not both.")
        self._account = account
        self._utc_now = utc_now
        self._service, self._number = messaging_service_sid, from_number
        self._callbacks = f"{public_url.rstrip('/')}{CALLBACK_PATH}" if public_url else None

    def send(self, posting: Posting, *, timeout: timedelta) -> Outcome:
        """How handing over went: one request, and no second one whatever comes of it."""
        seconds = int((posting.until - self._utc_now()).total_seconds())
        if seconds < _SHORTEST:
            return NotSent("no_time_left", "There was no time left in which the text may go.", only_this=True)
        with exchange(timeout) as made:
            try:
                message = self._account.messages.create(**self._parameters(posting, seconds))
            except REFUSED as no:
                return _refused(made.status, no.code)
            except FAILED as error:
                return _lost(made, error)
        if not is_message_sid(message.sid):
            return _lost(made, ValueError())
        ask_after = None if self._callbacks else _ASK_AFTER
        return Accepted(message.sid, parts=read_parts(message.num_segments), ask_after=ask_after)

    def recent(self) -> list[ProviderMessage]:
        """The account's newest messages, other senders' too. Raises NoAnswer."""
        return self._account.recent()

    def fetch(self, provider_id: str) -> ProviderMessage | None:
        """A message as it stands at Twilio now; None if there is none of this id. Raises NoAnswer."""
        return self._account.fetch(provider_id)

    def list_to(self, to: str, *, since: datetime) -> list[ProviderMessage]:
        """Messages to a number that this sender made since then, a few seconds before included. Raises NoAnswer.

        The account's other senders may have made some of the same words.
        """
        own = {self._service, self._number}
        return [found for found in self._account.list_to(to, since=since) if found.sender in own]

    def check(self, *, timeout: timedelta) -> list[Finding]:
        """What is wrong with the account and with what texts come from; empty if Twilio finds nothing.

        Up to five questions, each answered within `timeout`.
        """
        ask = partial(self._account.ask, timeout=timeout)
        return checks.check(self._account.client, ask, service=self._service, number=self._number)

    def _parameters(self, posting: Posting, seconds: int) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "to": posting.to,
            "body": posting.message.body,
            "validity_period": min(seconds, _LONGEST),
            "message_intent": "notifications",
        }
        if self._service:
            parameters["messaging_service_sid"] = self._service
        else:
            parameters["from_"] = self._number
        if self._callbacks:
            parameters["status_callback"] = f"{self._callbacks}?a={quote(posting.attempt_id)}{_RETRY_CALLBACKS}"
        return parameters


def _refused(status: int | None, code: object) -> Refused | NotSent | Unknown:
    """What a no means: by its code if it is one of Twilio's own, and never where the server is at fault."""
    number = int(code) if isinstance(code, int | str) and str(code).isdecimal() else 0
    if status is None or not 400 <= status < 500:  # noqa: PLR2004  what the client is at fault for
        return Unknown(f"Twilio answered with HTTP {status}, and may have taken the text all the same.")
    if status == 429 or number == codes.TOO_MANY_REQUESTS:  # noqa: PLR2004  too many requests
        return NotSent(str(codes.TOO_MANY_REQUESTS), "Twilio had too many requests of this account at once.")
    if number < codes.SMALLEST_CODE:
        return Unknown(f"Something that isn't Twilio, or not as it should be, answered with HTTP {status}.")
    return codes.refusal(number)


def _lost(made: Exchange, error: BaseException) -> NotSent | Unknown:
    """No answer of use: certainly not sent as long as nothing left this machine, and never certain after."""
    if not made.handed_over:
        return NotSent("not_reached", _unreached(error))
    if isinstance(error, TooLarge):
        return Unknown("Twilio's answer was too large to be one.")
    if isinstance(error, RequestException | OSError):
        return Unknown("The connection to Twilio broke, or its time was over, before the answer was complete.")
    return Unknown(f"Twilio's answer (HTTP {made.status}) could not be understood.")


def _unreached(error: BaseException) -> str:
    if isinstance(error, SSLError):
        return "The secure connection to Twilio could not be made."
    if isinstance(error, ConnectTimeout | TimeoutError):
        return "Twilio could not be reached in time."
    return "Twilio could not be reached."

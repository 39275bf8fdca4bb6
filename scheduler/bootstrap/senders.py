"""The ways out that stored senders stand for by the settings. Twilio's library is loaded only where texts go by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from pydantic import SecretStr

from scheduler import clock
from scheduler.domain.delivery.senders import Checks, FindSender, Posting, Provider, Sender, SenderIdentity, SenderInfo
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.findings import Finding
from scheduler.domain.people.patients import Channel
from scheduler.senders.sandbox import Sandbox
from scheduler.services.doctor import CheckSender
from scheduler.services.places import reserve_of
from scheduler.settings import Settings, Smtp, Twilio
from scheduler.settings.variables import variable
from scheduler.web.callbacks import TwilioCallbacks

if TYPE_CHECKING:
    from scheduler.senders.smtp_email import SmtpEmail
    from scheduler.senders.twilio_sms import TwilioAccount, TwilioSms

_CHECK_TIMEOUT = timedelta(seconds=10)


def build_senders(settings: Settings) -> FindSender:
    """The way out that each stored sender stands for, made when it is first asked for and kept.

    It gives None for a provider that the settings don't choose, and raises Invalid for what can't be used.
    """
    sandbox = Sandbox()

    @cache
    def account() -> TwilioAccount:
        # As many as call at once: a sender that has the reserve's threads must not wait for others' connections.
        threads = settings.send_threads + reserve_of(settings.send_threads)
        return build_twilio_account(settings.twilio, threads=threads)

    @cache
    def find(sender: SenderInfo) -> Sender | None:
        match _provider(sender, settings):
            case Provider.TWILIO if settings.sms == "twilio":
                return build_twilio_sms(account(), settings, sender.identity)
            case Provider.SMTP if settings.email == "smtp":
                return build_smtp_email(settings.smtp, sender.identity, public_url=settings.public_url)
            case Provider.SANDBOX:
                return sandbox
            case _:
                return None

    return find


def check_senders(settings: Settings) -> CheckSender:
    """The check of what a stored sender stands for, asked of its provider."""
    find = build_senders(settings)

    def check(sender: SenderInfo) -> Sequence[Finding]:
        try:
            way = find(sender)
        except Invalid as error:
            return [Finding(f"{problem}.", "Set it right, or unset it.") for problem in error.problems]
        if way is None:
            setting = "AFTERCARE_SMS=twilio" if sender.channel is Channel.SMS else "AFTERCARE_EMAIL=smtp"
            return [Finding("These settings give no way out by its provider.", f"Set {setting} and its account.")]
        return way.check(timeout=_CHECK_TIMEOUT) if isinstance(way, Checks) else []

    return check


def build_twilio_account(twilio: Twilio, *, threads: int) -> TwilioAccount:
    """The account that the settings describe, for all senders that go by it. Raises Invalid where it isn't whole."""
    from scheduler.senders.twilio_sms import Credentials, TwilioAccount  # noqa: PLC0415  only where SMS is twilio

    return TwilioAccount(
        Credentials(
            account_sid=twilio.account_sid or "",
            auth_token=_told(twilio.auth_token),
            api_key=twilio.api_key,
            api_secret=_told(twilio.api_secret),
        ),
        threads=threads,
        base_url=twilio.base_url,
        region=twilio.region,
        edge=twilio.edge,
    )


def build_twilio_sms(account: TwilioAccount, settings: Settings, identity: SenderIdentity) -> TwilioSms:
    """Texts from the identity, else from what the settings name."""
    from scheduler.senders.twilio_sms import TwilioSms  # noqa: PLC0415  only where SMS is twilio

    own = identity.messaging_service_sid or identity.from_number
    return TwilioSms(
        account,
        utc_now=clock.utc_now,
        messaging_service_sid=identity.messaging_service_sid if own else settings.twilio.messaging_service_sid,
        from_number=identity.from_number if own else settings.twilio.from_number,
        public_url=settings.public_url,
    )


def twilio_callbacks(settings: Settings) -> TwilioCallbacks | None:
    """What Twilio's callbacks are checked and read with; None where there are none."""
    token = _told(settings.twilio.auth_token)
    if settings.sms != "twilio" or settings.public_url is None or token is None:
        return None
    from scheduler.senders.twilio_sms import read_callback  # noqa: PLC0415  only where SMS is twilio

    return TwilioCallbacks(public_url=settings.public_url, auth_token=token, read=read_callback, utc_now=clock.utc_now)


def build_smtp_email(smtp: Smtp, identity: SenderIdentity, *, public_url: str | None = None) -> SmtpEmail:
    """Emails from the identity, else from what the settings name. Raises Invalid, by the variable.

    Mail programs show a button for ending emails only where it works: with a public address of https.
    """
    from scheduler.senders.smtp_email import MailServer, SmtpEmail, Tls  # noqa: PLC0415  only where EMAIL is smtp

    server = MailServer(
        host=smtp.host or "",
        port=smtp.port,
        tls=Tls.IMPLICIT if smtp.implicit_tls else Tls.STARTTLS if smtp.starttls else Tls.OFF,
        username=smtp.username,
        password=_told(smtp.password) or "",
        ca_file=smtp.ca_file,
        local_hostname=smtp.local_hostname,
    )
    try:
        return SmtpEmail(
            server,
            sender=identity.from_address or smtp.sender or "",
            reply_to=smtp.reply_to,
            unsubscribe_url=_unsubscribe_url(public_url) if public_url else None,
        )
    except Invalid as error:
        wrong = (Problem(variable("smtp", problem.field), problem.message) for problem in error.problems)
        raise Invalid(*wrong) from error


def _unsubscribe_url(public_url: str) -> Callable[[Posting], str]:
    return lambda posting: f"{public_url.rstrip('/')}/u/{posting.repeats or posting.attempt_id}"


def _provider(sender: SenderInfo, settings: Settings) -> Provider:
    """Who carries its messages: a shared sender leaves that to the settings."""
    if sender.provider is not Provider.SETTINGS:
        return sender.provider
    return Provider(settings.sms if sender.channel is Channel.SMS else settings.email)


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None

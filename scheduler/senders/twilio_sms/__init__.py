"""Texts through Twilio's own SDK. What the outbox keeps and when to try again live elsewhere."""

from scheduler.senders.twilio_sms.account import Credentials, TwilioAccount
from scheduler.senders.twilio_sms.codes import read_callback
from scheduler.senders.twilio_sms.sender import TwilioSms

__all__ = ["Credentials", "TwilioAccount", "TwilioSms", "read_callback"]

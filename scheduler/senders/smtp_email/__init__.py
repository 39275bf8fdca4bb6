"""Email through a clinic's own mail server, over SMTP. What the outbox keeps and when to try again live elsewhere."""

from scheduler.senders.smtp_email.conversation import Tls
from scheduler.senders.smtp_email.sender import MailServer, SmtpEmail

__all__ = ["MailServer", "SmtpEmail", "Tls"]

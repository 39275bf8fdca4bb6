"""One template in one language, `messages/en/no-actives.toml`: its words, checked for placeholders nobody fills."""

from __future__ import annotations

import re

import tomli_w

from scheduler.catalog import scalars
from scheduler.catalog.scalars import JsonValue, Mistake, no_such
from scheduler.catalog.tables import Problems, Table
from scheduler.catalog.toml_files import read_toml
from scheduler.domain.delivery.messages import (
    EmailTemplate,
    MessageTemplate,
    Placeholder,
    fill,
    placeholders,
    unknown_placeholders,
)
from scheduler.domain.delivery.rendering import BUNDLE

_STRAY = re.compile(r"\(\(|\{\{")
_KNOWN = [name.value for name in Placeholder]


def parse_message(text: str, *, file: str, template: str, language: str) -> MessageTemplate:
    """The words that the text of a file gives a template. Raises Invalid with every problem."""
    problems = Problems(file)
    table = Table(read_toml(text, file=file), problems)
    table.check_format()
    message = read_message(table, template=template, language=language)
    problems.stop()
    return message


def dump_message(message: MessageTemplate) -> str:
    """The text that `parse_message` reads back to an equal template."""
    return tomli_w.dumps(message_table(message), multiline_strings=True)


def read_message(table: Table, *, template: str, language: str) -> MessageTemplate:
    """The template that the table describes, as far as it can be read."""
    message = MessageTemplate(
        template=template,
        language=language,
        sms=table.get("sms", _words),
        line=table.get("line", _line),
        private=table.get("private", _words),
        email=_read_email(table),
    )
    if "sms" not in table.keys and "email" not in table.keys:
        table.problem("", 'has no words; write sms = "…", an [email] table, or both')
    if template != BUNDLE and any(Placeholder.LINES in placeholders(text) for text in message.texts()):
        table.problem("", f"((lines)) stands for other messages' words: it belongs in the template {BUNDLE} alone")
    table.close()
    return message


def message_table(message: MessageTemplate) -> dict[str, JsonValue]:
    """The table that `read_message` reads back to an equal template."""
    email = message.email
    table: dict[str, JsonValue] = {
        "sms": message.sms,
        "line": message.line,
        "private": message.private,
        "email": {"subject": email.subject, "markdown": email.markdown} if email else None,
    }
    return {key: value for key, value in table.items() if value is not None}


def _read_email(table: Table) -> EmailTemplate | None:
    inner = table.inner("email", example='{ subject = "…", markdown = "…" }')
    if inner is None:
        return None
    email = EmailTemplate(
        subject=inner.need("subject", _line, example='"Your care today"') or "",
        markdown=inner.need("markdown", _words, example='"…"') or "",
    )
    inner.close()
    return email


def _line(value: object) -> str:
    return _words(scalars.one_line(value))


def _words(value: object) -> str:
    words = scalars.text(value)
    unknown = [no_such("placeholder", name, _KNOWN) for name in unknown_placeholders([words])]
    if unknown:
        raise Mistake(" ".join(unknown))
    if _STRAY.search(fill(words, dict.fromkeys(placeholders(words), ""))):
        raise Mistake("has brackets that are no placeholder; write placeholders as ((until))")
    return words

"""Logs of this process: plain lines or JSON lines on stderr, with phone numbers and addresses blacked out.

The filter is the last net, not a licence: nothing writes names, numbers, addresses or texts to a log.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

LogFormat = Literal["plain", "json"]

# Something with an @ between two words.
_EMAIL = re.compile(r"[^\s@<>()\"',;:=]+@[^\s@<>()\"',;:=]+\.\w+")
# After a +, seven digits or more; without one nine or more, so that a date, a clock time and an amount stay
# readable. A digit run inside a word or after a dash is part of an id.
_SEPARATED = r"(?:[ ()./-]{0,2}\d)"
_PHONE = re.compile(
    rf"\+\d{_SEPARATED}{{6,14}}(?!\d)"
    rf"|(?<![\w+./-])(?!\d{{4}}-\d\d-\d\d)\(?\d{_SEPARATED}{{8,14}}(?![\w-])"
)
# What every record carries; anything else was handed over as `extra`.
_RECORD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """The same text with `[email]` and `[phone]` in place of what looks like one."""
    return _PHONE.sub("[phone]", _EMAIL.sub("[email]", text))


class Redact(logging.Filter):
    """Blacks out a record before it is written: its message, its traceback and its extra text fields."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True, always; the record is changed in place."""
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        for name, value in _extra(record).items():
            setattr(record, name, value if isinstance(value, bool | int | float) else redact(str(value)))
        return True


class PlainLines(logging.Formatter):
    """One readable line a record, then its traceback: time, level, logger, message, key=value."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines of one record."""
        extra = "".join(f" {name}={value}" for name, value in _extra(record).items())
        line = f"{_at(record)} {record.levelname:<7} {record.name}: {record.getMessage()}{extra}"
        return f"{line}\n{record.exc_text}" if record.exc_text else line


class JsonLines(logging.Formatter):
    """One JSON object a record: at, level, logger, message, error (a traceback), and the extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        line: dict[str, object] = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:
            line["error"] = record.exc_text
        return json.dumps(line | _extra(record), ensure_ascii=False)


def set_up_logging(*, level: str = "info", form: LogFormat = "plain", stream: TextIO | None = None) -> None:
    """Send every logger to `stream` (stderr if None), redacted. A second call replaces the first.

    `level` is a name of the standard library's, in either case. A server that brings handlers of its own must
    be told not to (`uvicorn.run(log_config=None)`), or its lines miss the filter.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.addFilter(Redact())
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _RECORD_FIELDS}


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

"""From the bytes of a file to TOML values, with a plain sentence for whatever stands in the way."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from scheduler.domain.errors import Invalid

MAX_BYTES = 1024 * 1024
_BYTE_ORDER_MARK = "\ufeff"
_PLACE = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?:\.[ \t]*{_PART}[ \t]*){{32}}")
"""Reading a dotted key takes memory by the square of its parts, so one that no rule can need is refused unread."""
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_MOST_TABLES = 2000
_TOO_DEEP = "has tables or lists nested too deeply; no rule needs more than four"
_TIME_WITHOUT_SECONDS = re.compile(r"=\s*\d{1,2}:\d{2}(?![\d:])")
_TOO_LARGE = f"is over {MAX_BYTES // 1024} KiB; split it or take out what is not a rule"


def read_source(path: Path, *, file: str) -> str:
    """The text of a file on disk. Raises Invalid if it can't be read, is too large or isn't UTF-8."""
    try:
        with path.open("rb") as source:
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise Invalid.of(file, f"can't be read: {error.strerror}") from None
    return decode(data, file=file)


def decode(data: bytes, *, file: str) -> str:
    """The text that the bytes of a file stand for. Raises Invalid if they are too many or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise Invalid.of(file, _TOO_LARGE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid.of(f"{file}: line {line}", "is not UTF-8; save the file as UTF-8") from None


def read_toml(text: str, *, file: str) -> dict[str, object]:
    """The tables and values of the text. Raises Invalid with the line where it isn't TOML."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise Invalid.of(file, _TOO_LARGE)
    if _LONG_KEY.search(text):
        raise Invalid.of(file, _TOO_DEEP)
    tables = len(_TABLE.findall(text))
    if tables > _MOST_TABLES:
        raise Invalid.of(file, f"has {tables} rules and other tables; keep at most {_MOST_TABLES}")
    try:
        return tomllib.loads(text.removeprefix(_BYTE_ORDER_MARK))
    except RecursionError:
        raise Invalid.of(file, _TOO_DEEP) from None
    except ValueError as error:
        raise _not_toml(str(error), text=text, file=file) from None


def _not_toml(reason: str, *, text: str, file: str) -> Invalid:
    lines = text.splitlines()
    place = _PLACE.fullmatch(reason)
    if place is None:
        return Invalid.of(file, "holds a number with too many digits; write a shorter one")
    number = int(place["line"] or len(lines))
    where = f" in column {place['column']}" if place["column"] else ""
    mend = _mend(place["what"], line=lines[number - 1] if 0 < number <= len(lines) else "")
    return Invalid.of(f"{file}: line {number}", f"is not TOML{where} ({_lowered(place['what'])}); {mend}")


def _mend(reason: str, *, line: str) -> str:
    if _TIME_WITHOUT_SECONDS.search(line):
        return "write times with seconds, such as 10:00:00"
    if "overwrite" in reason or "twice" in reason:
        return "this key or table stands twice: keep one"
    return "check the quotes, commas and brackets of this line and the one before"


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]

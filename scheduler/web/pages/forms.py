"""Posted forms: reading them, the guard against forged ones, and what a template asks of a form that comes back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request

from scheduler.domain.errors import Invalid, NotAllowed, Problem
from scheduler.web.errors import Unreadable, WrongContentType

CSRF, FROM, KEY = "_csrf", "_from", "_key"
"""Hidden fields: the sign-in's token, the page on which the form stood, the idempotency key."""
CSRF_HEADER = "X-CSRF"
READING = frozenset({"GET", "HEAD"})
_URLENCODED = "application/x-www-form-urlencoded"
_MOST_FIELDS = 300
_LONGEST_TEXT = 200
_LONGEST_KEY = 255
_FORGED = "This form didn't come from a page of this service. Go back, load the page anew and try again."
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what stands after them, also outside their field."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a posted form, in their order; a name may stand several times."""

    fields: tuple[tuple[str, str], ...] = ()
    action: str = ""
    """The path that it was posted to."""

    def text(self, name: str, *, longest: int = _LONGEST_TEXT, lines: bool = False) -> str:
        """What was typed, without blanks around it and in Unicode's composed form; empty if the field isn't there.

        Raises Invalid for more than `longest` characters, and for characters that can't be seen; `lines` lets line
        breaks stand.
        """
        return _cleaned(name, self._first(name), longest=longest, lines=lines)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may be given several times. Raises as `text` does."""
        return tuple(_cleaned(name, value, longest=_LONGEST_TEXT) for known, value in self.fields if known == name)

    def exact(self, name: str) -> str:
        """What was typed, every blank of it, whatever it holds: for passwords."""
        return self._first(name)

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked, or a button of this name was pressed."""
        return any(known == name for known, _ in self.fields)

    def as_typed(self, name: str) -> tuple[str, ...]:
        """Every value of a field for showing it again, whatever it holds."""
        return tuple(_shown(value) for known, value in self.fields if known == name)

    @property
    def key(self) -> str | None:
        """The idempotency key; None where the page gave none. Raises Invalid for one that no page would give."""
        return self.text(KEY, longest=_LONGEST_KEY) or None

    def _first(self, name: str) -> str:
        return next((value for known, value in self.fields if known == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """One form of a page as its template shows it: as it was typed, if it comes back, with what is wrong in it."""

    action: str
    form: Form | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def comes_back(self) -> bool:
        """Whether somebody typed it before."""
        return self.form is not None

    def value(self, name: str, otherwise: object = "") -> str:
        """The text of a field."""
        if self.form is None:
            return "" if otherwise is None else str(otherwise)
        return next(iter(self.form.as_typed(name)), "")

    def chosen(self, name: str, value: str, otherwise: str | Collection[str] | None = ()) -> bool:
        """Whether this value of a choice is taken."""
        if self.form is not None:
            return value in self.form.as_typed(name)
        return value == otherwise if isinstance(otherwise, str) else value in (otherwise or ())

    def problem(self, name: str) -> str | None:
        """What is wrong with a field."""
        return self.problems.get(name)

    def id(self, name: str) -> str:
        """The id of a field on the page: its name, after what tells this form from the page's others."""
        return re.sub(r"[^A-Za-z0-9]+", "-", f"{self.action.partition('?')[0]}-{name}").strip("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The forms of one page, of which at most one comes back."""

    back: Form | None = None
    problems: Sequence[Problem] = ()

    def at(self, action: str) -> Filled:
        """The form that posts to this address."""
        if self.back is None or self.back.action != action.partition("?")[0]:
            return Filled(action=action)
        return Filled(action=action, form=self.back, problems={one.field: one.message for one in self.problems})

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """Of each problem, the id of its field and the words, for the summary."""
        filled = Filled(action=self.back.action if self.back else "")
        return [(filled.id(problem.field), problem.message) for problem in self.problems]


async def read_form(request: Request) -> Form:
    """The fields of the request; none of a GET. Raises WrongContentType or Unreadable.

    That the form is not forged is seen to by `at_desk` for whoever is signed in, and by `read_open_form` for others.
    """
    if request.method in READING:
        return Form()
    body = await request.body()
    if body and request.headers.get("content-type", "").partition(";")[0].strip().lower() != _URLENCODED:
        message = f"A form is sent as {_URLENCODED}."
        raise WrongContentType(message)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Unreadable("The form can't be read. Go back, load the page anew and try again.") from None
    return Form(fields=tuple(fields), action=request.url.path)


PostedForm = Annotated[Form, Depends(read_form)]


async def read_open_form(request: Request) -> Form:
    """The fields of a form that needs no sign-in, such as the one that signs in.

    Raises NotAllowed, besides what `read_form` raises, unless the browser says that it stood on a page of ours.
    """
    if request.method not in READING and not is_from_here(request, otherwise=False):
        raise NotAllowed(_FORGED)
    return await read_form(request)


OpenForm = Annotated[Form, Depends(read_open_form)]


def is_from_here(request: Request, *, otherwise: bool) -> bool:
    """Whether the browser says that a page of this very address sent the request; `otherwise` if it doesn't say."""
    fetched_from = request.headers.get("sec-fetch-site")
    if fetched_from is not None:
        return fetched_from in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return otherwise if origin is None else urlsplit(origin).netloc == request.headers.get("host")


def has_token(request: Request, form: Form, token: str) -> bool:
    """Whether the request carries the sign-in's own token, in its field or header."""
    given = request.headers.get(CSRF_HEADER) or next(iter(form.as_typed(CSRF)), "")
    return compare_digest(given.encode(), token.encode())


def forged() -> NotAllowed:
    """The refusal of a form that no page of ours made for this sign-in."""
    return NotAllowed(_FORGED)


def _cleaned(name: str, text: str, *, longest: int, lines: bool = False) -> str:
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if len(cleaned) > longest:
        raise Invalid.of(name, f"Write at most {longest:,} characters; this has {len(cleaned):,}")
    if any(_is_unseen(one) and not (lines and one == "\n") for one in cleaned):
        raise Invalid.of(name, "Take out the characters that can't be seen; typing the text anew does it")
    return cleaned


def _is_unseen(one: str) -> bool:
    return unicodedata.category(one) in {"Cc", "Cs", "Co", "Cn"} or one in _TURNING


def _shown(text: str) -> str:
    return "".join(one for one in text if one == "\n" or not _is_unseen(one))

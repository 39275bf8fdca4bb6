"""A form that was posted after its sign-in had ended: kept for a few minutes, and shown again once somebody signed in.

It travels in a sealed cookie of that browser. Forms carry the page that they stand on, with a keyed hash over it and
the clinic: only what one of this clinic's pages sent is kept, and only this clinic's people see it again.
"""

from __future__ import annotations

import re
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import Response

from scheduler.storage.crypto import KeyRing
from scheduler.web.pages import cookies
from scheduler.web.pages.forms import CSRF, FROM, Form

_SECONDS = 15 * 60
_LONGEST_PAGE = 500
_NEVER_KEPT = frozenset({"password", "pin"})
_LOCAL = re.compile(r"/(?![/\\])[!-~]*")


def stamp(keys: KeyRing, clinic_id: str, page: str) -> str:
    """The hidden field that says on which page of which clinic a form stands."""
    return f"{keys.lookup(f'{clinic_id}/{page}', FROM)}.{clinic_id}.{page}"


def stamped(keys: KeyRing, form: Form) -> tuple[str, str] | None:
    """Clinic and page out of that field; None if it isn't one that was made here."""
    text = next(iter(form.as_typed(FROM)), "")
    parts = text.split(".", 2)
    if len(parts) != 3 or not compare_digest(stamp(keys, parts[1], parts[2]), text):  # noqa: PLR2004  hash, clinic, page
        return None
    return parts[1], parts[2]


def keep_form(answer: Response, request: Request, form: Form, *, keys: KeyRing) -> None:
    """Let the page show the form again. Of one that is too big it shows only that it was; passwords are never kept."""
    made_here = stamped(keys, form)
    if made_here is None:
        return
    clinic_id, page = made_here
    fields = [(name, value) for name, value in form.fields if name not in {CSRF, FROM} and not _is_secret(name)]
    value = {"clinic": clinic_id, "page": page, "action": form.action, "fields": fields}
    cookie = cookies.sealed(keys, cookies.KEPT, value)
    if len(cookie) > cookies.LONGEST_VALUE:
        cookie = cookies.sealed(keys, cookies.KEPT, {**value, "fields": []})
    cookies.set_cookie(answer, request, cookies.KEPT, cookie, seconds=_SECONDS)


def read_kept(request: Request, *, keys: KeyRing, clinic_id: str) -> Form | None:
    """The form that this page is to show again; None where it has none, or it is another clinic's."""
    value = cookies.unsealed(keys, request, cookies.KEPT)
    if value is None or value["clinic"] != clinic_id or value["page"] != page_of(request):
        return None
    return Form(fields=tuple((name, text) for name, text in value["fields"]), action=value["action"])


def has_kept(request: Request) -> bool:
    """Whether a form waits for somebody to sign in."""
    return cookies.get_cookie(request, cookies.KEPT) is not None


def page_of(request: Request) -> str:
    """The address of this page with its query, as `next` and the stamp have it."""
    query = request.url.query
    return safe_page(f"{request.url.path}?{query}" if query else request.url.path)


def safe_page(address: str | None) -> str:
    """The address if it leads to a page of this service, else the start page: nobody is sent elsewhere by a link."""
    if address and len(address) <= _LONGEST_PAGE and _LOCAL.fullmatch(address):
        return address
    return "/"


def _is_secret(name: str) -> bool:
    return not _NEVER_KEPT.isdisjoint(name.split("_"))

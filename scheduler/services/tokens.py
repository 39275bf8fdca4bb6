"""API tokens: made once, shown once, and what each may do."""

from __future__ import annotations

import secrets
from datetime import datetime

from scheduler.domain.errors import Invalid, NotAllowed, NotFound
from scheduler.domain.naming import did_you_mean
from scheduler.domain.people.roles import Act, Person, may, refusal
from scheduler.storage import audit, staff, tokens
from scheduler.storage.database import Db
from scheduler.storage.tokens import Token

SCOPES = tuple(
    f"{what}:{how}"
    for what in ("sessions", "patients", "reminders", "protocols", "replies", "audit")
    for how in ("read", "write")
)
_PREFIX = "act_"
_LONGEST_LABEL = 80


def make_token(db: Db, *, scopes: tuple[str, ...], label: str, by: str, now: datetime, email: str | None = None) -> str:
    """A new secret for the clinic in scope, kept nowhere; no scope means all.

    With the email address of one of its staff it is theirs: what is done with it stands under their name.

    Raises Invalid for an unknown scope or person, or a label that can't stand in the audit.
    """
    if not label.strip() or len(label) > _LONGEST_LABEL or not label.isprintable():
        raise Invalid.of("label", f"say in 1 to {_LONGEST_LABEL} letters what the token is for")
    for scope in scopes:
        if scope not in SCOPES:
            raise Invalid.of("scope", f"there is no scope {scope}; {did_you_mean(scope, SCOPES)}")
    person = None if email is None else _person(db, email)
    secret = _PREFIX + secrets.token_urlsafe(32)
    tokens.add_token(db, secret, scopes=scopes, label=label, now=now, staff_id=person.id if person else None)
    told = ", ".join(scopes) or "everything"
    whose = f" for {person.name}" if person else ""
    audit.record(
        db, at=now, actor=by, action="token.add", subject=f"token {label}", sentence=f"Made a token{whose}, for {told}."
    )
    return secret


def revoke_token(db: Db, token_id: str, *, by: str, now: datetime) -> None:
    """Let a token work no more. Raises NotFound if the clinic has no working one of this id."""
    if not tokens.revoke_token(db, token_id, now=now):
        raise NotFound("token", token_id)
    audit.record(
        db, at=now, actor=by, action="token.revoke", subject=f"token {token_id}", sentence="Revoked the token."
    )


def check_scope(token: Token, scope: str) -> None:
    """Nothing, if the token may do this. Raises NotAllowed."""
    if token.scopes and scope not in token.scopes:
        message = f"This token may not do this: it needs the scope {scope}."
        raise NotAllowed(message)


def check_act(token: Token, act: Act) -> None:
    """Nothing, if the token's person may do this by their role, or it is a program's. Raises NotAllowed."""
    if token.person is not None and not may(token.person.role, act):
        raise NotAllowed(refusal(token.person.role, act))


def check_person(token: Token) -> Person:
    """Who acts with the token. Raises NotAllowed for a program's: some acts need somebody who answers for them."""
    if token.person is None:
        message = (
            "This must be done by a person: use a token of somebody of the clinic's staff, "
            "made with aftercare token add --staff EMAIL."
        )
        raise NotAllowed(message)
    return token.person


def _person(db: Db, email: str) -> Person:
    person = staff.find_person(db, email)
    if person is None:
        raise Invalid.of("staff", f"nobody of the clinic's staff has the address {email}: aftercare staff add first")
    colleague = staff.get_colleague(db, person.id)
    if colleague is None or not colleague.active:
        raise Invalid.of("staff", f"{person.name} was disabled: aftercare staff reset first")
    return person

"""Who calls, by bearer token, and what the token and its person may do.

Each route names its scope and stands in the table of acts; one without either answers nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from scheduler.domain.people.flags import Flag
from scheduler.domain.people.roles import Act
from scheduler.services.tokens import check_act, check_scope
from scheduler.storage.database import Db
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.tokens import Token, find_token
from scheduler.web.acts import ACTS
from scheduler.web.errors import Unauthenticated
from scheduler.web.parts import WebParts

_BEARER = HTTPBearer(
    scheme_name="token",
    description="A clinic's token, made with `aftercare token add`. Each route names the scope that it needs.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The token that calls, and the doors to its clinic's data."""

    parts: WebParts
    token: Token

    @property
    def by(self) -> str:
        """Who does what this request does, as the audit names them."""
        return self.token.by

    @property
    def flags(self) -> Mapping[str, Flag]:
        """The flags that a patient may have."""
        return self.parts.catalog.flags

    def check(self, act: Act) -> None:
        """Nothing, if the person may do this by their role; a program may do what its scopes say. Raises NotAllowed."""
        check_act(self.token, act)

    @contextmanager
    def reading(self) -> Iterator[tuple[Db, datetime]]:
        """A handle on the clinic's data that stores nothing, and the present."""
        with self.parts.database.read(self.token.clinic_id) as db:
            yield db, self.parts.clock(db)

    @contextmanager
    def writing(self) -> Iterator[tuple[Db, datetime]]:
        """A handle on the clinic's data whose work is stored together at the end of the block, and the present."""
        with self.parts.database.write(self.token.clinic_id) as db:
            yield db, self.parts.clock(db)


def find_caller(
    request: Request,
    scopes: SecurityScopes,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Caller:
    """Who calls. Raises Unauthenticated; NotAllowed where the token lacks the scope, or the person may not by role."""
    parts: WebParts = request.app.state.parts
    if bearer is None:
        raise Unauthenticated("Send a token in the header Authorization: Bearer …")
    with parts.database.read(ALL_CLINICS) as db:
        token = find_token(db, bearer.credentials)
    if token is None:
        raise Unauthenticated("This token is unknown or was revoked.")
    if not scopes.scopes:
        message = f"{request.url.path} names no scope"
        raise RuntimeError(message)
    for scope in scopes.scopes:
        check_scope(token, scope)
    check_act(token, ACTS[request.scope["route"].name])
    return Caller(parts=parts, token=token)

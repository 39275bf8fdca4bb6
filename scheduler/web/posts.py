"""POST requests: each is done once for its Idempotency-Key, in one transaction with the answer that is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from scheduler.services.idempotency import Answered, Asked, once
from scheduler.storage.database import Db
from scheduler.web.security import Caller, find_caller

_CREATED = 201
_KEY = Header(
    alias="Idempotency-Key",
    description="New for each request, such as a UUID. See *Repeating*.",
    json_schema_extra={"minLength": 1, "maxLength": 255, "pattern": "^[ -~]*$"},  # services say it in better words
    examples=["6f1c2f0e-5d0b-4d1b-9d5c-3f0f0b7a1c55"],
)

Work = Callable[[Db, datetime], BaseModel]
"""What a request does within its transaction, and the answer to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One POST request of a caller."""

    caller: Caller
    path: str
    key: str | None
    body: bytes

    def answer(self, work: Work, *, status: int = 200) -> Response:
        """Do the work, unless its key was used before, and answer with what it gives."""
        with self.caller.writing() as (db, now):
            answered = self._once(db, work, status, now)
        return self._told(answered)

    def answer_only(self, work: Work) -> Response:
        """The same for work that stores nothing; only with a key is the answer stored."""
        if self.key is not None:
            return self.answer(work)
        with self.caller.reading() as (db, now):
            answered = _done(db, work, 200, now)
        return self._told(answered)

    def _once(self, db: Db, work: Work, status: int, now: datetime) -> Answered:
        if self.key is None:
            return _done(db, work, status, now)
        asked = Asked(route=self.path, key=self.key, body=self.body)
        return once(db, asked, lambda: _done(db, work, status, now), now=now)

    def _told(self, answered: Answered) -> Response:
        response = Response(answered.body, answered.status, media_type="application/json")
        if answered.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        if answered.status == _CREATED:
            response.headers["Location"] = f"{self.path}/{json.loads(answered.body)['id']}"
        return response


async def _raw_body(request: Request) -> bytes:
    return await request.body()  # read already, see StrictRoute


def read_post(
    request: Request,
    caller: Annotated[Caller, Depends(find_caller)],
    body: Annotated[bytes, Depends(_raw_body)],
    key: Annotated[str | None, _KEY] = None,
) -> Post:
    """The request, once its caller may make it. Raises as `find_caller` does."""
    return Post(caller=caller, path=request.url.path, key=key, body=body)


def _done(db: Db, work: Work, status: int, now: datetime) -> Answered:
    return Answered(status=status, body=work(db, now).model_dump_json(by_alias=True))

"""Routes of reminders: list them; skip, restore, move, send now or cancel one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Security
from starlette.responses import Response

from scheduler.services import listing, reminders
from scheduler.services.send_now import send_now
from scheduler.storage.database import Db
from scheduler.web.api.cursors import read_cursor
from scheduler.web.api.reminder_answers import ReminderAnswer, ReminderList
from scheduler.web.api.reminder_bodies import MoveBody, ReasonBody, ReminderQuery, RestoreBody, SendNowBody
from scheduler.web.openapi import OF_BODIES, problems, replayable
from scheduler.web.posts import Post, read_post
from scheduler.web.security import Caller, find_caller
from scheduler.web.strict_route import StrictRoute

router = APIRouter(prefix="/reminders", tags=["reminders"], route_class=StrictRoute)

Reader = Annotated[Caller, Security(find_caller, scopes=["reminders:read"])]
ActionPost = Annotated[Post, Security(read_post, scopes=["reminders:write"])]
ReminderId = Annotated[str, Path(description="A reminder of the clinic.")]
_AFTER = "The reminder as it is now."
_ACTION = {**replayable(200), **problems(404, 409, *OF_BODIES)}


@router.get(
    "",
    response_model=ReminderList,
    response_description="A page of them, and where the next one begins.",
    responses=problems(422),
)
def list_reminders(query: Annotated[ReminderQuery, Query()], caller: Reader) -> ReminderList:
    """List the clinic's reminders by due time, those that are done, skipped or cancelled too."""
    place = read_cursor(query.after) if query.after is not None else None
    with caller.reading() as (db, _):
        page = listing.reminders_page(db, query.wanted(), after=place, limit=query.limit)
    return ReminderList.of(page)


@router.post("/{reminder_id}/skip", response_model=ReminderAnswer, response_description=_AFTER, responses=_ACTION)
def skip_reminder(reminder_id: ReminderId, body: ReasonBody, post: ActionPost) -> Response:
    """Leave a reminder out. Not for safety texts: whoever treats the patient may cancel those."""

    def skip(db: Db, now: datetime) -> ReminderAnswer:
        reminders.skip(db, reminder_id, reason=body.reason, by=post.caller.by, now=now)
        return _shown(db, reminder_id)

    return post.answer(skip)


@router.post("/{reminder_id}/restore", response_model=ReminderAnswer, response_description=_AFTER, responses=_ACTION)
def restore_reminder(reminder_id: ReminderId, post: ActionPost, body: RestoreBody | None = None) -> Response:
    """Let a skipped or cancelled reminder wait for its time again, while it is of use."""
    del body  # it says nothing, and may be left out

    def restore(db: Db, now: datetime) -> ReminderAnswer:
        reminders.restore(db, reminder_id, by=post.caller.by, now=now)
        return _shown(db, reminder_id)

    return post.answer(restore)


@router.post("/{reminder_id}/move", response_model=ReminderAnswer, response_description=_AFTER, responses=_ACTION)
def move_reminder(reminder_id: ReminderId, body: MoveBody, post: ActionPost) -> Response:
    """Send a reminder at another time; later planning leaves it there."""

    def move(db: Db, now: datetime) -> ReminderAnswer:
        reminders.move(db, reminder_id, to=body.to, by=post.caller.by, now=now)
        return _shown(db, reminder_id)

    return post.answer(move)


@router.post("/{reminder_id}/send-now", response_model=ReminderAnswer, response_description=_AFTER, responses=_ACTION)
def send_reminder_now(reminder_id: ReminderId, post: ActionPost, body: SendNowBody | None = None) -> Response:
    """Let a reminder be due in ten seconds, in which it can still be skipped, cancelled or moved.

    One that failed, expired or may not have arrived is sent again, while it is of use. The last look before sending
    counts as ever: outside sending hours it waits for the next ones, and after a stop it is cancelled.
    """
    del body  # it says nothing, and may be left out

    def send(db: Db, now: datetime) -> ReminderAnswer:
        send_now(db, reminder_id, by=post.caller.by, now=now)
        return _shown(db, reminder_id)

    return post.answer(send)


@router.post("/{reminder_id}/cancel", response_model=ReminderAnswer, response_description=_AFTER, responses=_ACTION)
def cancel_reminder(reminder_id: ReminderId, body: ReasonBody, post: ActionPost) -> Response:
    """Cancel a reminder.

    One that is on its way can't be called back: it stays `sending` or `in_doubt` in the answer, and is not tried
    again if it turns out not to have been sent. A safety text is cancelled by who treats or approves.
    """

    def cancel(db: Db, now: datetime) -> ReminderAnswer:
        post.caller.check(reminders.act_to_end(db, reminder_id))
        reminders.cancel(db, reminder_id, reason=body.reason, by=post.caller.by, now=now)
        return _shown(db, reminder_id)

    return post.answer(cancel)


def _shown(db: Db, reminder_id: str) -> ReminderAnswer:
    return ReminderAnswer.model_validate(listing.one_reminder(db, reminder_id))

"""Routes of to-dos: list them, and say that one is done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Security
from starlette.responses import Response

from scheduler.services import todos
from scheduler.storage.database import Db
from scheduler.web.api.cursors import read_cursor
from scheduler.web.api.todo_answers import DoneBody, TodoAnswer, TodoList, TodoQuery
from scheduler.web.openapi import OF_BODIES, problems, replayable
from scheduler.web.posts import Post, read_post
from scheduler.web.security import Caller, find_caller
from scheduler.web.strict_route import StrictRoute

router = APIRouter(prefix="/todos", tags=["to-dos"], route_class=StrictRoute)

# To-dos come from what became of reminders, and whoever sees to those sees to these: they have no scope of their own.
Reader = Annotated[Caller, Security(find_caller, scopes=["reminders:read"])]
DonePost = Annotated[Post, Security(read_post, scopes=["reminders:write"])]


@router.get(
    "",
    response_model=TodoList,
    response_description="A page of them, and where the next one begins.",
    responses=problems(422),
)
def list_todos(query: Annotated[TodoQuery, Query()], caller: Reader) -> TodoList:
    """List what people of the clinic must do, the oldest first; without a state only what is open."""
    place = read_cursor(query.after) if query.after is not None else None
    with caller.reading() as (db, _):
        page = todos.todos_page(db, query.wanted(), after=place, limit=query.limit)
    return TodoList.of(page)


@router.post(
    "/{todo_id}/done",
    response_model=TodoAnswer,
    response_description="The to-do as it is now.",
    responses={**replayable(200), **problems(404, 409, *OF_BODIES)},
)
def do_todo(
    todo_id: Annotated[str, Path(description="A to-do of the clinic.")], post: DonePost, body: DoneBody | None = None
) -> Response:
    """Say that a to-do is done, and what came of it. One that somebody did before stays as they left it."""
    note = body.note if body else ""

    def done(db: Db, now: datetime) -> TodoAnswer:
        todos.do(db, todo_id, note, by=post.caller.by, now=now)
        return TodoAnswer.model_validate(todos.one_todo(db, todo_id))

    return post.answer(done)

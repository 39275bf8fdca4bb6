"""Pages for people. What they say is made here; what they do is the services'."""

from fastapi import APIRouter

from scheduler.web.pages import outbox, own_account, sign_in, start, static_files, today, unsubscribe

ROUTERS: tuple[APIRouter, ...] = (
    outbox.router,
    own_account.router,
    sign_in.router,
    start.router,
    static_files.router,
    today.router,
    unsubscribe.router,
)
"""Every page; a new module of pages is added here and nowhere else."""

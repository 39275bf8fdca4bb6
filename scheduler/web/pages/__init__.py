"""Pages for people. What they say is made here; what they do is the services'."""

from fastapi import APIRouter

from scheduler.web.pages import own_account, sign_in, start, static_files, unsubscribe

ROUTERS: tuple[APIRouter, ...] = (
    start.router,
    sign_in.router,
    own_account.router,
    static_files.router,
    unsubscribe.router,
)
"""Every page; a new module of pages is added here and nowhere else."""

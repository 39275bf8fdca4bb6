"""Pages for people. What they say is made here; what they do is the services'."""

from fastapi import APIRouter

from scheduler.web.pages import start, static_files, unsubscribe

ROUTERS: tuple[APIRouter, ...] = (start.router, static_files.router, unsubscribe.router)
"""Every page; a new module of pages is added here and nowhere else."""

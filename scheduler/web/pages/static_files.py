"""The files that pages load: served under an address with their hash, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

router = APIRouter(include_in_schema=False)
_FOLDER = files("scheduler.web") / "static"
_KINDS = {
    "app.css": "text/css",
    "demo.css": "text/css",
    "desk.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "htmx.js": "text/javascript",
}
_PLACES = {"htmx.js": "vendor/htmx-4.0.1.min.js"}
"""Where a file stands that has another name in the folder."""
_KEPT_FOR = "public, max-age=31536000, immutable"
_HASH_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file, as it is served."""

    content: bytes
    kind: str
    address: str


def _read(name: str) -> StaticFile:
    content = (_FOLDER / _PLACES.get(name, name)).read_bytes()
    version = hashlib.sha256(content).hexdigest()[:_HASH_LENGTH]
    return StaticFile(content=content, kind=_KINDS[name], address=f"/static/{version}/{name}")


_FILES: Mapping[str, StaticFile] = {name: _read(name) for name in _KINDS}


def static_address(name: str) -> str:
    """Where pages load the file of this name from. Raises KeyError for one that there is not."""
    return _FILES[name].address


@router.get("/static/{version}/{name}")
def give_file(version: str, name: str) -> Response:
    """The file, in the version that this process has: another one is somebody else's, and unknown here."""
    found = _FILES.get(name)
    if found is None or found.address != f"/static/{version}/{name}":
        raise HTTPException(404)
    return Response(found.content, media_type=found.kind, headers={"Cache-Control": _KEPT_FOR})

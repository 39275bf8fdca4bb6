"""Writes every file that is generated from the code; tests/project/test_generated_docs.py holds them current.

A generator is a module here with `pages()`: the text of each file it makes, by its path from the checkout. Add
it to GENERATORS, and nothing else is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from scripts import http_api_docs, lifecycle_docs, readme_docs, settings_docs, texts

CHECKOUT = Path(__file__).parents[1]
GENERATORS: tuple[Callable[[], Mapping[str, str]], ...] = (
    http_api_docs.pages,
    lifecycle_docs.pages,
    readme_docs.pages,
    settings_docs.pages,
    texts.pages,
)


def all_pages() -> dict[Path, str]:
    """What every generated file should hold."""
    return {CHECKOUT / name: text for generate in GENERATORS for name, text in generate().items()}


if __name__ == "__main__":
    for path, text in all_pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(CHECKOUT)}")

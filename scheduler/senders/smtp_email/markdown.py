"""The two forms in which a patient reads an email, both made of the message's Markdown: a plain text and a page."""

from __future__ import annotations

from html import escape

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_SAFE = ("http://", "https://", "mailto:", "tel:")
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
# One column that a phone narrows and a screen doesn't widen past 600 px. Nothing in it is fetched from anywhere.
_PAGE = """\
<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body style="margin:0;padding:0;background:#F6F7F5">
<div style="max-width:600px;margin:0 auto;padding:16px 24px;background:#FFFFFF;color:#1D2A2E;\
font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5">
{body}</div>
</body>
</html>
"""


class _Markdown(MarkdownIt):
    """Markdown as clinics may use it: no HTML, no pictures, and links only to the web, a phone or a mailbox."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False})
        self.disable("image")

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return url.lower().startswith(_SAFE)


def as_page(markdown: str, *, title: str, language: str) -> str:
    """The HTML document, complete."""
    return _PAGE.format(
        language=escape(language),
        direction="rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr",
        title=escape(title),
        body=_Markdown().render(markdown),
    )


def as_text(markdown: str) -> str:
    """The words as they'd be typed: no marks for bold, `- ` before what is listed, addresses of links written out."""
    return "\n".join(_blocks(SyntaxTreeNode(_Markdown().parse(markdown)), apart=True)) + "\n"


def _blocks(node: SyntaxTreeNode, *, apart: bool) -> list[str]:
    """The lines of all blocks inside `node`, with an empty line between two if they stand `apart`."""
    lines: list[str] = []
    for child in node.children:
        if apart and lines:
            lines.append("")
        lines += _block(child)
    return lines


def _block(node: SyntaxTreeNode) -> list[str]:
    match node.type:
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "blockquote":
            return [f"> {line}".rstrip() for line in _blocks(node, apart=True)]
        case "inline":
            return _words(node).split("\n")
        case "hr":
            return ["---"]
        case "fence" | "code_block":
            return node.content.rstrip("\n").split("\n")
    return _blocks(node, apart=False)


def _list(node: SyntaxTreeNode) -> list[str]:
    lines: list[str] = []
    tight = any(child.hidden for item in node.children for child in item.children)
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, start=first):
        mark = "- " if node.type == "bullet_list" else f"{number}. "
        inside = _blocks(item, apart=not tight)
        if lines and not tight:
            lines.append("")
        lines += [f"{' ' * len(mark) if index else mark}{line}".rstrip() for index, line in enumerate(inside)]
    return lines


def _words(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak" | "hardbreak":
            return "\n"
    words = "".join(_words(child) for child in node.children)
    if node.type != "link":
        return words
    address = str(node.attrs["href"])
    return words if words in {address, address.partition(":")[2]} else f"{words} ({address})"

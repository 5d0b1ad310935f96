"""Pages to read, in HTML without scripts: the shell, and text with marked code. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

MEDIA_TYPE = "text/html; charset=utf-8"
STYLE_PATH = "/docs/style.css"

_CODE = re.compile(r"`+([^`]+)`+")


def html_page(title: str, body: str) -> bytes:
    """Return a page; ``body`` is markup."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<link rel="stylesheet" href="{STYLE_PATH}">\n'
        f"</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    ).encode()


def marked(text: str) -> str:
    """Return a text as markup: escaped, with the parts between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def paragraphs(text: str) -> str:
    """Return a text as markup, with a paragraph for each block between blank lines."""
    return "\n".join(f"<p>{marked(' '.join(block.split()))}</p>" for block in text.split("\n\n") if block.strip())


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table; the cells are markup."""
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="table"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table></div>'

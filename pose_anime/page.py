"""The frame and the common style of the pages that tools write.

A page is one file with everything inline, so that it opens from disk and by mail without network.
"""

from __future__ import annotations

import html
import os
import re
import string
from collections.abc import Iterable, Mapping
from importlib import resources

from pose_anime.files import replacing


def write_page(
    path: str | os.PathLike,
    title: str,
    sections: Mapping[str, str],
    *,
    lead: str = "",
    style: str = "",
    footer: str = "",
    contents: bool = False,
) -> None:
    """Writes a page.

    Args:
        path: of the HTML file.
        title: plain text.
        sections: heading -> HTML, from top to bottom; one without content is left out.
        lead: HTML above the sections.
        style: CSS of what only this page has.
        footer: HTML of the small print.
        contents: list the sections, as links, below the lead.

    Raises:
        BadFile: the file cannot be written.
    """
    sections = {name: content for name, content in sections.items() if content}
    links = "".join(f'<a href="#{_slug(name)}">{html.escape(name)}</a>' for name in sections)
    page = string.Template(read_text(__package__, "page.html")).substitute(
        title=html.escape(title),
        style=style,
        lead=lead + (f"<nav>{links}</nav>" if contents else ""),
        sections="\n".join(
            f'<section id="{_slug(name)}"><h2>{html.escape(name)}</h2>{content}</section>'
            for name, content in sections.items()
        ),
        footer=f'<footer class="note">{footer}</footer>' if footer else "",
    )
    with replacing(path) as file:
        # A file name that is no UTF-8 has lone surrogates.
        file.write(page.encode(errors="backslashreplace"))


def read_text(package: str, name: str) -> str:
    """A text file that lies beside the code of a package: a template, a style."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def facts(values: Mapping[str, object]) -> str:
    """A list of label -> text."""
    items = "".join(f"<div><dt>{html.escape(k)}</dt><dd>{html.escape(str(v))}</dd></div>" for k, v in values.items())
    return f'<dl class="facts">{items}</dl>' if items else ""


def note(text: str) -> str:
    """A paragraph of plain text that explains what is shown."""
    return f'<p class="note">{html.escape(text, quote=False)}</p>'


def legend(entries: Iterable[str]) -> str:
    """Entries, in HTML, side by side."""
    return f'<div class="legend">{"".join(f"<span>{entry}</span>" for entry in entries)}</div>'


def sides_legend() -> str:
    """The colours of the character's left and right, as they are in every drawn skeleton."""
    names = {"left": "the character’s left", "right": "its right", "middle": "head and trunk"}
    return legend(f'<span class="swatch {side}"></span>{text}' for side, text in names.items())


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")

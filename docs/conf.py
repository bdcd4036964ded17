"""Sphinx configuration. Warnings are errors, and every reference must resolve (`make docs`)."""

from __future__ import annotations

from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "pinsmith"
author = "The pinsmith maintainers"
project_copyright = "The pinsmith maintainers"
version = release = version_of("pinsmith")

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

html_theme = "furo"
html_title = f"pinsmith {release}"
html_static_path = ["_static"]
html_css_files = ["table.css"]
html_copy_source = False
html_show_sourcelink = False
html_extra_path = ["reference/pins-toml.schema.json", "reference/policy-json.schema.json"]


def setup(app: Sphinx) -> None:
    """Let tables be read on a phone, where each cell stands below the one before."""
    app.connect("doctree-resolved", _label_cells)


def _label_cells(_app: Sphinx, document: nodes.document, _name: str) -> None:
    """Repeat the heading of its column in each cell; `table.css` hides it where the screen is wide enough."""
    for table in document.findall(nodes.tgroup):
        headings = [entry.astext() for row in table.findall(nodes.thead) for entry in row.findall(nodes.entry)]
        for row in (row for body in table.findall(nodes.tbody) for row in body.findall(nodes.row)):
            for heading, cell in zip(headings, row.children, strict=False):
                text = next(iter(cell.findall(nodes.paragraph)), None)
                if heading and text is not None:
                    text.insert(0, nodes.inline("", f"{heading}: ", classes=["column"]))

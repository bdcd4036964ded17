"""Sphinx configuration. Warnings are errors, and every reference must resolve (`make docs`)."""

from __future__ import annotations

from importlib.metadata import version as version_of

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

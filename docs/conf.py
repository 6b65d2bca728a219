"""How Sphinx builds the manual: `sphinx-build -W -n docs build/manual` (extra `docs`)."""

project = "harness"
author = "the authors of harness"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["pictures/*.py"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
highlight_language = "none"

html_theme = "furo"
html_title = "harness: can this RAG answer be trusted?"
html_static_path: list[str] = []
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_extra_path = ["summary.schema.json"]

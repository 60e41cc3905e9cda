"""The website: one Gradio page on the API, our own pieces inside it, what a browser may load."""

import os
from typing import TYPE_CHECKING

from fastapi import FastAPI

if TYPE_CHECKING:
    from arena.services import Services

__all__ = ["mount"]


def mount(app: FastAPI, parts: "Services") -> FastAPI:
    """Put the website at `/` of the application; every route it already has comes first."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    from arena.web.headers import SafeHeaders
    from arena.web.pages import add_pages
    from arena.web.shell import Shell
    from arena.web.statics import add_statics

    add_statics(app)
    add_pages(app, parts.settings)
    app.add_middleware(Shell, title=parts.settings.site_name)
    app.add_middleware(SafeHeaders)
    return app

"""Templates of the pages, shared by all that render one."""

from __future__ import annotations

from pathlib import Path

from fastapi.templating import Jinja2Templates

WEB = Path(__file__).resolve().parent / "web"
templates = Jinja2Templates(WEB / "templates")

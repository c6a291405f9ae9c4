"""Serve a folder on the loopback interface, for tests and for readers; start a browser to look at it."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lite import FOLDER as LITE
from playwright.sync_api import Browser, Playwright

# Those after the first two keep a fresh browser from calling home.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """Start the browser that the environment names (`tools/dev.py` does), or else Playwright's own."""
    return playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or None, args=list(FLAGS))


def pages(folder: Path) -> list[str]:
    """Names of the pages of a built site: not the theme's templates, nor JupyterLite, nor the front door."""
    paths = (path.relative_to(folder) for path in sorted(folder.rglob("*.html")))
    return [path.as_posix() for path in paths if path.parts[0] not in ("_static", LITE, "index.html")]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A handler that does not report every request."""

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serve(folder: Path, port: int = 0, handler: type[Quiet] = Quiet) -> Iterator[str]:
    """Serve the folder in a thread while the context lasts; yield the address. Port 0 takes a free one."""
    there = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), there) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()

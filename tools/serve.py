"""Show the site on this machine, and rebuild it whenever a file of the book changes."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from dev import HTML, ROOT, build
from site_server import serve
from watchfiles import DefaultFilter, watch

WATCHED = [
    *("_config.yml", "_toc.yml", "references.bib", "genindex.md", "_static", "chapters", "nnlib"),
    "tools/book_extension.py",
]


class Sources(DefaultFilter):
    """Leave out what Jupyter writes while one works."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, ".ipynb_checkpoints")


def rebuild() -> None:
    """Build; a failure is reported and the old pages stay."""
    try:
        build()
    except SystemExit as failure:
        print(failure)


def main() -> None:
    """Serve until Ctrl-C."""
    rebuild()
    with serve(HTML, port=8000) as address:
        print(f"{address}   (Ctrl-C ends)", flush=True)
        webbrowser.open(address)
        for changes in watch(
            *(ROOT / name for name in WATCHED), watch_filter=Sources(), raise_interrupt=False
        ):
            print("changed:", ", ".join(sorted(Path(path).name for _, path in changes)), flush=True)
            rebuild()
            print(f"{address}   (reload the page)", flush=True)


if __name__ == "__main__":
    main()

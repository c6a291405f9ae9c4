"""Measure when a reader on a slow line sees a page's largest piece: benchmarks/PAGE-SPEED.md.

The line is Lighthouse's "slow 4G": 1.6 Mbit/s, a round trip of 150 ms, and a processor a quarter as fast.
"""

from __future__ import annotations

import gzip
import mimetypes
import os
import platform
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from site_server import Quiet, launch, pages, serve

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
REPORT = ROOT / "benchmarks" / "PAGE-SPEED.md"
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
SLOWER = 4
WIDTHS = (390, 1280)
# The browser tells of the largest piece only if one listens from the start.
LISTEN = """new PerformanceObserver(list => {
  const last = list.getEntries().at(-1), node = last.element;
  window.largest = {ms: last.startTime, what: node ? node.tagName.toLowerCase()
    + (node.className && typeof node.className === "string" ? "." + node.className.split(" ")[0] : "") : "?"};
}).observe({type: "largest-contentful-paint", buffered: true})"""


class Compressed(Quiet):
    """A handler that compresses text, as the hosts of static sites do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if kind.startswith("text/") or kind.endswith(("javascript", "json", "svg+xml")):
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def visit(browser: Browser, url: str, width: int) -> dict[str, Any]:
    """Open a page as a first visitor on the slow line; tell when its largest piece stood there."""
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme="light")
    page = context.new_page()
    page.add_init_script(LISTEN)
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    sizes: list[float] = []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(url, wait_until="load", timeout=120_000)
    page.wait_for_timeout(1000)
    found = page.evaluate("window.largest")
    context.close()
    return found | {"bytes": sum(sizes), "requests": len(sizes)}


def rows(names: list[str]) -> tuple[list[str], list[float]]:
    """One row of the table for each page, and how busy the machine was meanwhile."""
    found, loads = [], []
    with serve(HTML, handler=Compressed) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for name in names:
            looks = [visit(browser, f"{address}/{name}", width) for width in WIDTHS]
            seconds = [f"{look['ms'] / 1000:.1f} | `{look['what']}`" for look in looks]
            weight = f"{looks[0]['bytes'] / 1000:.0f} | {looks[0]['requests']}"
            found.append(f"| {name.removesuffix('.html')} | {' | '.join(seconds)} | {weight} |")
            loads.append(os.getloadavg()[0])
            print(found[-1], flush=True)
        browser.close()
    return found, loads


def main() -> None:
    """Measure all pages, or those whose names have a part that is given, and then write nothing."""
    wanted = sys.argv[1:]
    names = [name for name in pages(HTML) if any(part in name for part in wanted or [""])]
    table, loads = rows(names)
    if wanted:
        return
    seconds = [float(row.split("|")[column]) for row in table for column in (2, 4)]
    middle, worst, load = statistics.median(seconds), max(seconds), statistics.median(loads)
    text = f"""# When a page is there

The time until the largest piece of a page's first screen stands there (largest contentful paint), for a
first visit on a slow line: 1.6 Mbit/s, a round trip of 150 ms, a processor {SLOWER} times as slow, files
compressed by gzip, light mode, at {WIDTHS[0]} and {WIDTHS[1]} pixels.
Median {middle:.1f} s, worst {worst:.1f} s.

Made by `make page-speed` on {os.cpu_count()} cores ({platform.machine()}),
Python {platform.python_version()}. Median load of the machine, with the browser's own: {load:.1f}.

| page | {WIDTHS[0]} px: s | what | {WIDTHS[1]} px: s | what | kB | requests |
| --- | --- | --- | --- | --- | --- | --- |
"""
    REPORT.write_text(text + "\n".join(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

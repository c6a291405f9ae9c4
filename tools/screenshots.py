"""Photograph every page of the built site, light and dark, wide and phone-narrow, into _build/screenshots."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from site_server import launch, pages, serve

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
OUT = ROOT / "_build" / "screenshots"


def main() -> None:
    """Write one PNG for each page, mode and width; arguments are parts of the names of the wanted pages."""
    OUT.mkdir(parents=True, exist_ok=True)
    paths = [name for name in pages(HTML) if any(part in name for part in sys.argv[1:] or [""])]
    with serve(HTML) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for mode in ("light", "dark"):
            for width in (1280, 390):
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode)
                page = context.new_page()
                for name in paths:
                    page.goto(f"{address}/{name}", wait_until="networkidle")
                    page.evaluate("for (const image of document.images) image.loading = 'eager'")
                    page.wait_for_load_state("networkidle")
                    page.wait_for_timeout(300)
                    page.screenshot(path=OUT / f"{name.replace('/', '-')}-{mode}-{width}.png", full_page=True)
                context.close()
        browser.close()
    print(f"Screenshots in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

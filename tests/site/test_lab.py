"""The explorables in JupyterLab with a kernel: what the reader does arrives in Python, and the other way."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

CELLS = [
    "import nnlib as nn\ngraph = nn.widgets.GraphExplorable()\ngraph",
    "play = nn.widgets.PlaygroundExplorable(hidden=(3,))\nplay",
    "print('graph at', graph.step)\nnet = play.network()\nX, y = play.points, play.labels\n"
    "print('net', net.n_parameters, play.steps, round(net.evaluate(X, y), 4))\n"
    "graph.step = 5\nplay.learning_rate = 0.3",
    "import matplotlib.pyplot as plt\n"
    "def draw(slope, start):\n"
    "    fig, ax = plt.subplots()\n"
    "    ax.plot([0, 1], [start, start + slope])\n"
    "    return fig\n"
    "moved = nn.widgets.frames(draw, ([1.0, 2.0, 4.0], [0, 1]), ('slope', 'start'),\n"
    "    alt=lambda slope, start: f'slope {slope}, start {start}')\nmoved",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "try.ipynb"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "spaces"),
    }
    path = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    server = subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "jupyterlab",
                "--no-browser",
                f"--port={port}",
                "--IdentityProvider.token=",
            ),
            *("--ServerApp.port_retries=0", "--ServerApp.root_dir=.", "--allow-root", "--ip=127.0.0.1"),
        ],
        cwd=folder,
        env=os.environ | own | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:  # now and then a thread of the server does not hear of the end
            server.kill()
            server.wait()


def run(page, cell):
    """Run a cell, and ask until it runs: keys that come while the page is busy may be lost."""
    prompt = page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-InputPrompt")
    for _ in range(60):
        prompt.click()
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(2000)
        if prompt.inner_text().strip() not in ("[ ]:", ""):
            return


def test_explorables_live_with_a_kernel_and_survive_save_and_reload(lab, browser):
    context = browser.new_context(viewport={"width": 1200, "height": 2400}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{lab}/lab/tree/try.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").nth(2).wait_for()

    page.locator("[data-status=idle]").first.wait_for()  # a kernel that still starts would lose the keys
    for cell in (0, 1):
        run(page, cell)
        page.locator("[data-explorable]").nth(cell).wait_for()
    graph, play = page.locator("[data-explorable=graph]"), page.locator("[data-explorable=playground]")
    address = page.url
    graph.get_by_role("button", name="Step", exact=True).click()
    graph.get_by_role("button", name="Step", exact=True).click()
    for _ in range(3):
        play.get_by_role("button", name="Step", exact=True).click()
    assert "Step 3," in play.locator("[data-explorable-state]").inner_text()
    run(page, 2)
    printed = page.locator(".jp-CodeCell").nth(2).locator(".jp-OutputArea-output").last
    printed.get_by_text("net").wait_for()
    assert "graph at 2" in printed.inner_text()
    assert re.search(r"net 13 3 0\.\d+", printed.inner_text())
    graph.get_by_text("∂f/∂x = −4.00").wait_for()  # Python's change is drawn
    assert play.get_by_label("learning rate").input_value() == "0.3"
    momentum = play.get_by_label("momentum")
    momentum.press("ArrowRight")  # which is not JupyterLab's key for unfolding a section now
    assert float(momentum.input_value()) > 0
    page.evaluate("document.activeElement.blur()")
    page.locator(".jp-Notebook .jp-CodeCell").nth(2).locator(".jp-InputPrompt").click()
    assert page.url == address  # in JupyterLab the address is not the playground's
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1500)
    page.reload()
    page.locator("[data-explorable=graph]").get_by_text("∂f/∂x = −4.00").wait_for()
    restored = page.locator("[data-explorable=playground] [data-explorable-state]")
    restored.get_by_text("Step 3,").wait_for()
    context.close()


def test_frames_are_drawn_for_any_value_by_a_kernel(lab, browser):
    context = browser.new_context(viewport={"width": 1200, "height": 2400})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{lab}/lab/tree/try.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").nth(3).wait_for()
    page.locator("[data-status=idle]").first.wait_for()
    for cell in (0, 3):
        run(page, cell)
    slope = page.locator(".nn-frames input[aria-label=slope]")
    page.wait_for_function(
        "document.querySelector('.nn-frames input')?.step === '0.05'"
    )  # the kernel is heard
    assert page.locator(".nn-frames input[aria-label=start]").get_attribute("step") == "1"  # 0 and 1 are all
    picture = page.locator(".nn-frames [role=img]")
    before = picture.inner_html()
    slope.evaluate("e => { e.value = 1.25; e.dispatchEvent(new Event('input')); }")
    page.locator(".nn-frames [role=img][aria-label='slope 2.5, start 0']").wait_for()
    assert picture.inner_html() != before
    assert page.locator(".nn-frames output").first.inner_text() == "2.5"
    slope.press("ArrowRight")
    page.locator(".nn-frames [role=img][aria-label='slope 2.6, start 0']").wait_for()
    page.evaluate("document.activeElement.blur()")
    page.locator(".jp-Notebook .jp-CodeCell").nth(3).locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1500)
    page.reload()
    page.locator(".nn-frames [role=img][aria-label='slope 2.6, start 0']").wait_for()
    context.close()

"""The explorables in a real browser, on a page that holds nothing but a small model."""

import json
import os
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anywidget
import numpy as np
import pytest
from playwright.sync_api import sync_playwright
from scipy.optimize import nnls

import nnlib as nn

WIDGETS = nn.widgets
FIGURES = {
    "perceptron": WIDGETS.PerceptronExplorable,
    "activation": WIDGETS.ActivationExplorable,
    "forward": WIDGETS.ForwardExplorable,
    "cost": WIDGETS.CostExplorable,
    "graph": WIDGETS.GraphExplorable,
    "regularization": WIDGETS.RegularizationExplorable,
    "playground": WIDGETS.PlaygroundExplorable,
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" id="style" href="perceptron.css">
<body style="margin:8px; font-family:sans-serif"><div id="at"></div>
<script type="module">
import * as engine from "./engine.js";
window.engine = engine;
window.close_figure = () => {};
window.open_figure = async (name, state) => {
  const listeners = {};
  window.module = await import(`./${name}.js`);
  window.model = {
    get: (k) => state[k],
    set: (k, v) => { state[k] = v; (listeners[k] ?? []).forEach((f) => f()); },
    save_changes: () => {},
    on: (e, f) => (listeners[e.slice(7)] ??= []).push(f),
    off: (e, f) => { listeners[e.slice(7)] = listeners[e.slice(7)].filter((g) => g !== f); },
  };
  window.state = state;
  window.close_figure();
  const style = document.getElementById("style");
  if (style.getAttribute("href") !== `${name}.css`) {
    await new Promise((done) => { style.onload = done; style.href = `${name}.css`; });
  }
  const at = document.getElementById("at");
  at.replaceChildren();
  window.close_figure = window.module.default.render({ model: window.model, el: at }) ?? (() => {});
  await Promise.resolve();
};
</script>"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def write_page(folder):
    """The modules and styles as the page gets them from Python, and the engine by itself."""
    for name, kind in FIGURES.items():
        (folder / f"{name}.js").write_text(str(kind._esm), encoding="utf-8")
        (folder / f"{name}.css").write_text(str(kind._css), encoding="utf-8")
    shutil.copy(Path(WIDGETS.__file__).parent / "engine.js", folder)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")


def synced(figure):
    """The state that a page gets: plain data."""
    own = set(figure.traits(sync=True)) - set(anywidget.AnyWidget().traits(sync=True))
    return {name: getattr(figure, name) for name in own if not name.startswith("_")}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_page(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    arguments += ["--disable-sync", "--no-first-run"]
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(
        viewport={"width": 700, "height": 800}, has_touch=True, reduced_motion="reduce"
    )
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.wait_for_function("!!window.open_figure")
    yield page
    context.close()
    assert errors == []


def open_figure(page, figure):
    name = type(figure).__name__.removesuffix("Explorable").lower()
    page.evaluate("([name, state]) => open_figure(name, state)", [name, synced(figure)])


def show(page, **arguments):
    open_figure(page, WIDGETS.PerceptronExplorable(**arguments))


def state(page):
    return page.evaluate("JSON.parse(JSON.stringify(window.state))")


def words(page):
    return page.locator("[data-explorable-state]").inner_text()


def place(page, x, y):
    """Where a point of the plane stands on the screen."""
    box = page.locator("svg").bounding_box()
    return box["x"] + (x + 3) / 6 * box["width"], box["y"] + (3 - y) / 6 * box["height"]


def drag(page, start, end):
    page.mouse.move(*place(page, *start))
    page.mouse.down()
    page.mouse.move(*place(page, *end), steps=4)
    page.mouse.up()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_a_hundred_updates_are_those_of_the_python_rule(page):
    rng = np.random.default_rng(0)
    X, y = rng.uniform(-3, 3, (15, 2)), rng.integers(0, 2, 15)
    show(page, X=X, y=y, w=rng.normal(size=2), b=0.3, learning_rate=0.37)
    unit = nn.Perceptron(state(page)["w"], state(page)["b"])
    after = []
    unit.fit(X, y, learning_rate=0.37, max_epochs=100, on_update=lambda u, i: after.append([*u.w, u.b]))
    assert len(after) >= 100
    for k in range(100):
        press(page, "One update")
        now = state(page)
        assert now["updates"] == k + 1
        np.testing.assert_allclose([*now["w"], now["b"]], after[k], rtol=0, atol=1e-10)


def test_the_bound_is_that_of_an_independent_solver(page):
    rng = np.random.default_rng(1)
    kinds = set()
    for _ in range(60):
        X = rng.uniform(-3, 3, (rng.integers(2, 9), 2))
        y = (X @ rng.normal(size=2) + rng.normal() > 0).astype(int)
        if rng.random() < 0.3:
            y[0] = 1 - y[0]
        found = page.evaluate("([X, y]) => module.mistakeBound(X, y)", [X.tolist(), y.tolist()])
        # γ is the distance from 0 to the hull of the signed points; Lawson and Hanson find it with NNLS.
        V = np.where(y[:, None] == 1, 1, -1) * np.column_stack([X, np.ones(len(X))])
        u, _ = nnls(np.vstack([V.T, np.ones(len(V))]), np.array([0.0, 0, 0, 1]))
        gamma = np.linalg.norm(u @ V) / u.sum()
        separable = bool(gamma > 1e-6)
        kinds.add(separable)
        if separable:
            assert found == pytest.approx((nn.perceptron.radius(X) / gamma) ** 2, rel=1e-7)
        else:
            assert found is None
    assert kinds == {True, False}


def test_mouse_moves_line_arrow_and_point(page):
    show(page, X=[[-2, -1], [2, 1]], y=[0, 1], w=[1, 0], b=0)
    drag(page, (0, -2), (1, -2))  # the line x = 0 to x = 1
    assert state(page)["b"] == pytest.approx(-1, abs=0.03)
    drag(page, (2, 0), (1, 1.5))  # the arrow stands on (1, 0); the line turns about its foot
    now = state(page)
    np.testing.assert_allclose([*now["w"], now["b"]], [0, 1.5, 0], atol=0.06)
    drag(page, (2, 1), (2, -1))
    assert state(page)["points"][1] == pytest.approx([2, -1], abs=0.03)
    assert "Mistakes: 1 of 2" in words(page)
    assert re.search(r"Point 2 at \(2\.00, −1\.0\d\): z = −1\.", words(page))
    assert page.locator(".nn-wrong").count() == 1


def test_double_click_adds_a_point_and_switches_a_class(page):
    show(page, X=[[-2, -1], [2, 1]], y=[0, 1])
    page.mouse.dblclick(*place(page, -2, 1))
    now = state(page)
    assert len(now["points"]) == 3
    assert now["points"][2] == pytest.approx([-2, 1], abs=0.03)
    page.mouse.dblclick(*place(page, 2, 1))
    assert (len(state(page)["points"]), state(page)["labels"]) == (3, [0, 0, 1])
    press(page, "Switch class")
    assert state(page)["labels"] == [0, 1, 1]


def test_keyboard_alone_reaches_everything(page):
    show(page, X=[[-2, -1], [2, 1]], y=[0, 1])
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("(e => e.dataset.point ?? e.ariaLabel ?? e.textContent)(document.activeElement)")
        )
        if seen[-1] == "0":
            page.keyboard.press("ArrowRight")
            page.keyboard.press("Enter")
        if seen[-1] == "b":
            page.keyboard.press("ArrowRight")
    buttons = ["One update", "Run", "From zero", "Reset", "Add a point", "Switch class"]
    assert seen == ["0", "1", "Data", "w₁", "w₂", "b", *buttons]
    now = state(page)
    assert now["points"][0] == pytest.approx([-1.9, -1])
    assert now["labels"] == [1, 1]
    assert now["b"] == pytest.approx(0.05)


def test_touch_drags_and_a_long_press_adds_a_point(page):
    show(page, X=[[-2, -1], [2, 1]], y=[0, 1])
    session = page.context.new_cdp_session(page)

    def touch(kind, *at):
        points = [dict(zip("xy", place(page, *at), strict=True))] if at else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 2, 1)
    touch("touchMove", 1, 2)
    touch("touchMove", 0.5, 2.5)
    touch("touchEnd")
    assert state(page)["points"][1] == pytest.approx([0.5, 2.5], abs=0.05)
    touch("touchStart", -2, 1)
    page.wait_for_function("state.points.length === 3")
    touch("touchEnd")


def test_presets_run_and_the_sentence_about_the_bound(page):
    show(page)
    assert "at most (R/γ)² =" in words(page)
    for name, lines in (
        ("AND", True),
        ("thin margin", True),
        ("two clouds", True),
        ("XOR (no line can)", False),
    ):
        page.get_by_label("Data").select_option(name)
        press(page, "Run")  # without motion: it jumps to the end
        now = state(page)
        if lines:
            assert "Mistakes: 0 of" in words(page)
            assert 0 < now["updates"] <= float(re.search(r"= ([\d.]+) updates", words(page))[1])
        else:
            assert "No line separates these points, so the rule will never stop." in words(page)
            assert now["updates"] == 1000
    press(page, "Reset")
    assert (state(page)["updates"], state(page)["w"]) == (0, [0, 0])
    page.get_by_label("Data").select_option("as given")
    assert state(page)["w"] == [1, 1]


def test_run_moves_step_by_step_and_pauses(page):
    page.emulate_media(reduced_motion="no-preference")
    show(page, X=[[0, 0], [0, 1], [1, 0], [1, 1]], y=[0, 1, 1, 0])
    press(page, "Run")
    page.wait_for_function("state.updates >= 3")
    press(page, "Pause")
    held = state(page)["updates"]
    assert page.evaluate("new Promise((done) => setTimeout(() => done(state.updates), 500))") == held


def test_a_change_from_python_is_drawn(page):
    show(page, X=[[-2, -1], [2, 1]], y=[0, 1])
    page.evaluate("model.set('b', -2.5)")
    assert "b = −2.50" in words(page)
    assert json.dumps(state(page))  # the state is plain data: it survives a save

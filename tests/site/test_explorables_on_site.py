"""Every explorable and every figure of frames of the built site: its story, with no kernel and no other host.

What the page says is compared with what nnlib computes; test_explorables.py does so in every detail.
"""

import itertools
import json
import re

import numpy as np
import pytest
from dev import HTML
from site_server import pages

import nnlib as nn
from nnlib.widgets import stills

COUNT = """() => {
  const json = (type) =>
    [...document.querySelectorAll(`script[type="application/vnd.jupyter.widget-${type}+json"]`)]
      .map((script) => JSON.parse(script.textContent));
  const models = Object.assign({}, ...json('state').map((state) => state.state));
  return json('view').filter(({model_id}) =>
    /^nnlib[.]widgets[.]\\w+Explorable$/.test(models[model_id]?.state?._anywidget_id ?? '')).length;
}"""
NUMBER = r"(−?[\d.]+(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"


def test_explorables_come_up(name, visit):
    seen = visit(name)
    expected = seen.page.evaluate(COUNT)
    seen.page.wait_for_function(
        "(n) => document.querySelectorAll('[data-explorable]').length === n", arg=expected
    )
    for said in seen.page.locator("[data-explorable-state]").all():
        assert len(said.inner_text()) > 20
    assert (seen.foreign, seen.missing) == ([], [])


@pytest.fixture
def look(visit):
    """Open a page again for one story, with a finger and without motion."""
    contexts = []

    def open_page(address):
        browser = visit(address).page.context.browser
        context = browser.new_context(
            viewport={"width": 1000, "height": 900}, has_touch=True, reduced_motion="reduce"
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(visit(address).page.url.partition("#")[0], wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()


def where(kind):
    """The page on which an explorable stands."""
    found = [name for name in pages(HTML) if kind in (HTML / name).read_text(encoding="utf-8")]
    chapters = [name for name in found if re.search(r"/0\d-", name)]
    assert chapters, f"no chapter shows {kind}"
    return chapters[0]


def number(text):
    """A number as the page writes it."""
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
    mantissa, _, power = text.partition("·10")
    return float(f"{mantissa.translate(digits)}e{power.translate(digits) or 0}")


class Figure:
    """An explorable on its page, with the words in which it says what it shows."""

    def __init__(self, page, kind):
        self.page, self.root = page, page.locator(f"[data-explorable={kind}]").first
        self.root.scroll_into_view_if_needed()

    def words(self):
        return self.root.locator("[data-explorable-state]").inner_text()

    def numbers(self, pattern):
        return [number(found) for found in re.search(pattern.replace("#", NUMBER), self.words()).groups()]

    def press(self, name):
        self.root.get_by_role("button", name=name, exact=True).click()

    def choose(self, name, value):
        self.root.get_by_label(name, exact=True).select_option(value)

    def key(self, name, *keys):
        for key in keys:
            self.root.get_by_label(name, exact=True).first.press(key)

    def drag(self, thing, dx, dy):
        box = thing.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=4)
        self.page.mouse.up()

    def swipe(self, thing, dx, dy):
        box = thing.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = self.page.context.new_cdp_session(self.page)
        for kind, at in (
            ("Start", [(x, y)]),
            ("Move", [(x + dx / 2, y + dy / 2)]),
            ("Move", [(x + dx, y + dy)]),
            ("End", []),
        ):
            points = [{"x": px, "y": py} for px, py in at]
            session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


def perceptron(figure):
    given = nn.widgets.PerceptronExplorable()
    unit, after = nn.Perceptron([0, 0], 0), []
    unit.fit(given.points, given.labels, max_epochs=100, on_update=lambda u, i: after.append([*u.w, u.b]))
    figure.press("From zero")
    for k, (w1, w2, b) in enumerate(after):
        figure.press("One update")
        assert figure.numbers(r"w = \(#, #\), b = #\.") == pytest.approx([w1, w2, b], abs=0.006)
        assert f"Updates: {k + 1}." in figure.words()
    assert "Mistakes: 0 of 12" in figure.words()
    assert len(after) <= figure.numbers(r"\(R/γ\)² = # updates")[0]
    figure.press("Reset")
    point = figure.root.locator("[data-point='0']")
    before = figure.numbers(r"Point 1 at \(#, #\)")
    figure.drag(point, 40, 0)
    figure.swipe(point, 0, 40)
    after = figure.numbers(r"Point 1 at \(#, #\)")
    assert after[0] > before[0]
    assert after[1] < before[1]
    point.press("ArrowLeft")
    x, y, z = figure.numbers(r"Point 1 at \(#, #\): z = #,")
    assert x == pytest.approx(after[0] - 0.1, abs=0.011)
    assert z == pytest.approx(x + y, abs=0.02)  # w = (1, 1), b = 0


def activation(figure):
    knob = figure.root.get_by_role("slider", name="z", exact=True).first
    for name in ("Tanh", "Softsign", "Sigmoid"):
        figure.choose("activation", name)
        figure.drag(knob, 20, 0)
        figure.swipe(knob, -10, 0)
        knob.press("ArrowRight")
        z, value, slope = figure.numbers(rf"{name} at z = #: value #, slope #\.")
        f = getattr(nn, name)()
        assert [value, slope] == pytest.approx([f(np.array(z)), f.derivative(np.array(z))], abs=3e-3)
        n, w = figure.numbers(r"a chain of # units with w = #,")
        a, left = z, 1.0
        for _ in range(int(n)):
            left *= w * float(f.derivative(np.array(w * a)))
            a = float(f(np.array(w * a)))
        assert figure.numbers(r"at the beginning as #[:.]")[0] == pytest.approx(left, rel=0.08)


def forward(figure):
    net = nn.Network([nn.Dense(2, 3), nn.Tanh(), nn.Dense(3, 1)], nn.BinaryCrossEntropy())
    net.params[:] = nn.widgets.ForwardExplorable().params
    x = np.array([[0.5, -1.0]])
    part = figure.root.locator("[data-part='x0.0.0']")
    part.click()
    part.press("ArrowRight")
    x[0, 0] = 0.6
    assert figure.numbers(r"output is #\.")[0] == pytest.approx(net.cost.link(net.forward(x))[0, 0], abs=6e-4)
    weight = figure.root.locator("[data-part='w1.0.1']")
    weight.focus()
    weight.press("Shift+ArrowUp")
    net.layers[0].W[0, 1] += 1
    assert figure.numbers(r"output is #\.")[0] == pytest.approx(net.cost.link(net.forward(x))[0, 0], abs=6e-4)
    figure.root.locator("[data-part='b1.2.0']").tap()
    figure.press("Set to 0")
    net.layers[0].b[2] = 0
    assert figure.numbers(r"output is #\.")[0] == pytest.approx(net.cost.link(net.forward(x))[0, 0], abs=6e-4)


def cost(figure):
    points = np.array(nn.widgets.CostExplorable().points)
    outlier = figure.root.locator("[data-point='9']")
    figure.drag(outlier, 0, -30)
    figure.swipe(outlier, 0, -30)
    outlier.press("ArrowUp")
    x, y, squared, absolute = figure.numbers(
        r"Point 10 of 10 at \(#, #\)\. squared error: slope #, .*absolute error: slope #,"
    )
    assert y > points[9, 1] + 0.5
    points[9] = x, y
    assert squared == pytest.approx(np.polyfit(*points.T, 1)[0], abs=6e-3)
    A, (px, py) = np.column_stack([points[:, 0], np.ones(10)]), points.T
    lines = [
        np.linalg.solve(A[list(pair)], py[list(pair)])
        for pair in itertools.combinations(range(10), 2)
        if len(set(px[list(pair)])) == 2
    ]
    assert absolute == pytest.approx(min(lines, key=lambda line: abs(A @ line - py).sum())[0], abs=6e-3)


def graph(figure):
    for _ in range(2):
        figure.press("Step")
    figure.root.get_by_label("expression").fill("sigmoid(w x + b)")
    figure.root.get_by_label("expression").press("Enter")
    figure.root.get_by_role("button", name="All forward").tap()
    figure.press("All backward")
    w, x, b = (float(figure.root.get_by_label(name, exact=True).input_value()) for name in "wxb")
    value = 1 / (1 + np.exp(-w * x - b))
    slope = value * (1 - value)
    drawn = figure.root.locator("svg").first.inner_html() + figure.words()
    for expected in (w * x + b, value, slope, slope * w, slope * x):
        assert f"{expected:.2f}".replace("-", "−") in drawn
    figure.key("w", "ArrowRight")
    assert float(figure.root.get_by_label("w", exact=True).input_value()) > w


def regularization(figure):
    figure.choose("penalty", "L1")
    figure.key("λ", "ArrowRight", "ArrowRight")
    rule = figure.root.locator(".nn-handle").first
    figure.drag(rule, 30, 0)
    figure.swipe(rule, -10, 0)
    lam, zeros, n, length = figure.numbers(r"λ = #: # of # weights are exactly zero; ‖w‖₁ = #,")
    given = nn.widgets.RegularizationExplorable("L1")
    X, y = np.array(given.points), np.array(given.labels)
    F = np.column_stack([X[:, 0] ** (d - j) * X[:, 1] ** j for d in range(1, 7) for j in range(d + 1)])
    F = (F - F.mean(axis=0)) / F.std(axis=0)
    net = nn.Network([nn.Dense(int(n), 1)], nn.BinaryCrossEntropy(), penalty=nn.L1(lam))
    net.params[:] = stills.fit_unit(F, y, "L1", lam, rounds=20_000)
    assert zeros > 0
    assert length == pytest.approx(abs(net.layers[0].W).sum(), rel=0.05)
    assert figure.numbers(r"Cost # on")[0] == pytest.approx(
        net.cost.value(Z := net.forward(F), y[:, None]), abs=6e-3
    )
    assert Z.shape == (len(y), 1)


def playground(figure):
    figure.page.wait_for_function(
        "/Training: cost/.test(document.querySelector('[data-explorable=playground]').innerText)"
    )
    figure.choose("optimizer", "Adam")
    step = figure.root.get_by_role("button", name="Step", exact=True)
    step.click()
    step.press("Enter")
    step.tap()
    assert "Step 3," in figure.words()
    step.evaluate("e => { for (let i = 0; i < 297; i++) e.click(); }")
    figure.page.wait_for_function(
        "/Step 300,/.test(document.querySelector('[data-explorable=playground]').innerText)"
    )
    said = figure.numbers(r"Training: cost #,")[0]
    figure.root.get_by_text("Take it with you").click()
    figure.press("Show nnlib code")
    program = figure.root.get_by_label("program with this network").input_value()
    exec(compile(program.replace("print(", "printed("), "playground.py", "exec"),
         names := {"printed": lambda *words: None})  # fmt: skip
    net = names["net"]
    assert net.n_parameters == figure.numbers(r", # parameters")[0]
    assert 0 < said < 0.5
    figure.page.reload()
    assert "=Adam" in figure.page.url  # the address has kept the settings
    assert figure.root.get_by_label("optimizer", exact=True).input_value() == "Adam"


def twin(figure):
    figure.choose("activation", "Tanh")
    figure.press("Add a layer")
    figure.key("units of hidden layer 2", "ArrowLeft")
    figure.root.locator(".nn-pair").filter(has_text="Linear(32, 15)").tap()
    assert "Weights (15, 32) and biases (15,): 495 parameters" in figure.words()
    assert figure.root.locator("tr.nn-touched").count() == 2
    figure.root.locator("summary").click()
    program = figure.root.get_by_label("nnlib program").input_value()
    costs = []
    exec(compile(program, "twin.py", "exec"), {"print": lambda *found: costs.extend(found)})
    assert figure.numbers(r"goes from # to # in 10 updates") == pytest.approx(costs, abs=6e-5)


STORIES = [perceptron, activation, forward, cost, graph, regularization, playground, twin]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_explorable_plays_its_story(look, story):
    kind = story.__name__
    page = look(where(f"{kind.capitalize()}Explorable"))
    page.locator(f"[data-explorable={kind}]").first.wait_for()
    story(Figure(page, kind))


def test_every_explorable_has_a_story():
    names = {
        name.removesuffix("Explorable").lower() for name in dir(nn.widgets) if name.endswith("Explorable")
    }
    assert names == {story.__name__ for story in STORIES}


def test_every_chapter_has_an_explorable():
    for name in pages(HTML):
        if re.search(r"chapters/0\d-", name):
            assert "Explorable" in json.dumps((HTML / name).read_text(encoding="utf-8")), name


@pytest.mark.parametrize("page", [name for name in pages(HTML) if re.search(r"chapters/0\d-", name)])
def test_frames_are_moved_by_mouse_keyboard_and_touch(look, page):
    seen = look(page)
    seen.locator(".nn-frames").first.wait_for()
    for figure in seen.locator(".nn-frames").all():
        figure.scroll_into_view_if_needed()
        picture = figure.locator("[role=img]")
        for slider in figure.get_by_role("slider").all():
            box = slider.bounding_box()
            shown = []
            slider.press("Home")
            shown.append(picture.get_attribute("aria-label"))
            seen.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            shown.append(picture.get_attribute("aria-label"))
            seen.touchscreen.tap(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2)
            shown.append(picture.get_attribute("aria-label"))
            assert len(set(shown)) == 3
            assert figure.locator("[aria-live]").inner_text() == shown[-1]
            assert slider.get_attribute("aria-valuetext")
        assert figure.locator("svg, img").count() == 1

"""The explorables in a real browser, on a page that holds nothing but a small model."""

import contextlib
import gzip
import io
import itertools
import json
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anywidget
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.optimize import linprog, nnls

import nnlib as nn

mpl.use("agg")
WIDGETS = nn.widgets
FIGURES = {
    "perceptron": WIDGETS.PerceptronExplorable,
    "activation": WIDGETS.ActivationExplorable,
    "forward": WIDGETS.ForwardExplorable,
    "cost": WIDGETS.CostExplorable,
    "graph": WIDGETS.GraphExplorable,
    "regularization": WIDGETS.RegularizationExplorable,
    "playground": WIDGETS.PlaygroundExplorable,
    "twin": WIDGETS.TwinExplorable,
}
MODULES = FIGURES | {"frames": WIDGETS.Frames}
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
    set: (k, v) => { state[k] = v; (listeners[`change:${k}`] ?? []).forEach((f) => f()); },
    save_changes: () => {},
    send: (message) => window.sent.push(message),
    hear: (message) => listeners["msg:custom"].forEach((f) => f(message)),
    on: (e, f) => (listeners[e] ??= []).push(f),
    off: (e, f) => { listeners[e] = listeners[e].filter((g) => g !== f); },
  };
  window.sent = [];
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
    for name, kind in MODULES.items():
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
    show(page)
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


# ---- the engine against nnlib ----------------------------------------------------------------------

ACTIVATIONS = ["Identity", "Step", "Sigmoid", "Tanh", "ReLU", "LeakyReLU", "Softsign"]
COSTS = [
    "MeanSquaredError",
    "MeanAbsoluteError",
    "Huber",
    "Hinge",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
]
SETUP = """({sizes, activation, cost, penalty, lam, params, X, m, y, dropout}) => {
  const net = new engine.Network({sizes, activation, cost, penalty: {kind: penalty, lam}, dropout});
  net.params.set(params);
  return [net, Float64Array.from(X.flat()), Float64Array.from(y), y.length];
}"""


class Generator:
    """The page's generator, written a second time: xorshift128 from splitmix32."""

    def __init__(self, seed):
        mask, h, self.s = 0xFFFFFFFF, seed & 0xFFFFFFFF, []
        for _ in range(4):
            h = (h + 0x9E3779B9) & mask
            t = ((h ^ (h >> 16)) * 0x21F0AAAD) & mask
            t = ((t ^ (t >> 15)) * 0x735A2D97) & mask
            self.s.append(t ^ (t >> 15))

    def bits(self):
        t = self.s.pop()
        t ^= (t << 11) & 0xFFFFFFFF
        t ^= t >> 8
        first = self.s[0]
        self.s.insert(0, t ^ first ^ (first >> 19))
        return self.s[0]

    def uniform(self):
        high, low = self.bits() >> 5, self.bits() >> 6
        return (high * 2**26 + low) / 2**53

    def permutation(self, n):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = int(self.uniform() * (i + 1))
            order[i], order[j] = order[j], order[i]
        return order


def network(sizes, activation, cost, penalty="", lam=0.0, seed=0):
    """The same network in nnlib, with random biases too."""
    layers = []
    for n_in, n_out in itertools.pairwise(sizes):
        layers += [nn.Dense(n_in, n_out), getattr(nn, activation)()]
    net = nn.Network(layers[:-1], getattr(nn, cost)(), penalty=getattr(nn, penalty)(lam) if penalty else None)
    net.params[:] = np.random.default_rng(seed).normal(scale=0.7, size=net.n_parameters)
    return net


def labels_for(cost, m, rng):
    """Targets as the page takes them: one number a sample."""
    if cost == "Hinge":
        return rng.choice([-1, 1], m)
    if cost == "CategoricalCrossEntropy":
        return rng.integers(0, 3, m)
    return rng.integers(0, 2, m)


def targets_for(cost, y):
    return (
        y if cost in ("Hinge", "BinaryCrossEntropy", "CategoricalCrossEntropy") else y[:, None].astype(float)
    )


def test_activations_and_slopes_are_those_of_nnlib(page):
    z = np.array([-800, -40, -3.3, -1, -1e-3, 0, 1e-9, 0.2, 1, 2.7, 30, 800])
    for activation in ACTIVATIONS:
        f, d = page.evaluate(
            "([n, z]) => [z.map(engine.ACTIVATIONS[n].f), z.map(engine.ACTIVATIONS[n].d)]",
            [activation, z.tolist()],
        )
        act = getattr(nn, activation)()
        np.testing.assert_allclose(f, act(z), rtol=1e-13, atol=0)
        np.testing.assert_allclose(d, act.derivative(z), rtol=1e-13, atol=1e-300)


def given(sizes, activation, cost, penalty, lam, net, X, y, dropout=0):
    names = ("sizes", "activation", "cost", "penalty", "lam", "params", "X", "y", "dropout")
    values = (sizes, activation, cost, penalty, lam, net.params.tolist(), X.tolist(), y.tolist(), dropout)
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("cost", COSTS)
def test_scores_cost_and_gradient_are_those_of_nnlib(page, cost):
    for activation, penalty in itertools.product(ACTIVATIONS, ["", "L1", "L2"]):
        rng = np.random.default_rng(len(activation) + len(cost))
        sizes = [2, 5, 4, 3 if cost == "CategoricalCrossEntropy" else 1]
        net, X = network(sizes, activation, cost, penalty, 0.03), rng.normal(size=(17, 2))
        y = labels_for(cost, 17, rng)
        scores, value, extra, grads, found = page.evaluate(
            f"""(given) => {{
              const [net, X, y, m] = ({SETUP})(given);
              const Z = [...net.forward(X, m).subarray(0, m * given.sizes.at(-1))];
              net.backward(y);
              const classes = [...y].map((_, i) => net.classify(i));
              return [Z, net.value(y), net.penaltyValue(), [...net.grads], classes];
            }}""",
            given(sizes, activation, cost, penalty, 0.03, net, X, y),
        )
        Z = net.forward(X)
        Y = net.cost.targets(Z, targets_for(cost, y))
        net.backward(Z, Y)
        np.testing.assert_allclose(np.reshape(scores, Z.shape), Z, rtol=0, atol=1e-12)
        assert value == pytest.approx(net.cost.value(Z, Y), abs=1e-12)
        if penalty:
            weights = np.concatenate([net.params[part] for part in net.weights])
            assert extra == pytest.approx(net.penalty.value(weights), abs=1e-12)
        np.testing.assert_allclose(grads, net.grads, rtol=0, atol=1e-12)
        answers = net.cost.decide(Z)
        if cost == "Hinge":
            answers = (answers + 1) // 2
        elif answers.dtype.kind == "f":
            answers = (answers[:, 0] > 0.5).astype(int)
        assert found == answers.tolist()


@pytest.mark.parametrize(
    ("activation", "cost", "penalty", "optimizer"),
    [
        ("Tanh", "BinaryCrossEntropy", "", "SGD(0.3)"),
        ("Sigmoid", "BinaryCrossEntropy", "L2", "SGD(0.5, 0.9)"),
        ("ReLU", "MeanSquaredError", "L1", "SGD(0.05, 0.5)"),
        ("Tanh", "CategoricalCrossEntropy", "L2", "Adam(0.01)"),
        ("LeakyReLU", "Hinge", "", "Adam(0.003)"),
        ("Softsign", "Huber", "L1", "Adam(0.02)"),
    ],
)
def test_a_hundred_training_steps_are_those_of_nnlib(page, activation, cost, penalty, optimizer):
    rng = np.random.default_rng(3)
    sizes = [2, 8, 8, 3 if cost == "CategoricalCrossEntropy" else 1]
    net, X = network(sizes, activation, cost, penalty, 0.01), rng.normal(size=(50, 2))
    y = labels_for(cost, 50, rng)
    costs, params = page.evaluate(
        f"""(given) => {{
          const [net, X, y] = ({SETUP})(given);
          const trainer = new engine.Trainer(net, new engine.{optimizer}, X, y, 12, 5);
          const costs = Array.from({{length: 100}}, () => trainer.step());
          return [costs, [...net.params]];
        }}""",
        given(sizes, activation, cost, penalty, 0.01, net, X, y),
    )
    step, before, moved = eval(f"nn.{optimizer}"), net.params.copy(), []
    for batch in batches(50, 12, seed=5, steps=100):
        Z = net.forward(X[batch], training=True)
        Y = net.cost.targets(Z, targets_for(cost, y[batch]))
        moved.append(net.cost.value(Z, Y))
        net.backward(Z, Y)
        step.step(net.params, net.grads)
    np.testing.assert_allclose(costs, moved, rtol=0, atol=1e-10)
    np.testing.assert_allclose(params, net.params, rtol=0, atol=1e-10)
    assert np.abs(net.params - before).max() > 0.1


def batches(m, size, seed, steps):
    """The batches that the page draws, by the second writing of its generator."""
    rng, order, at = Generator(seed ^ 0x2545F491), [], m
    for _ in range(steps):
        if at >= m:
            order, at = rng.permutation(m), 0
        yield order[at : at + size]
        at += size


def test_dropout_is_that_of_nnlib_under_the_same_mask(page):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 2)), rng.integers(0, 2, 400)
    plain = network([2, 8, 8, 1], "Tanh", "BinaryCrossEntropy")
    Z, grads, masks, clean = page.evaluate(
        f"""(given) => {{
          const [net, X, y, m] = ({SETUP})(given);
          const Z = [...net.forward(X, m, true)];
          net.backward(y);
          const masks = net.layers.slice(0, 2).map((l) => [...l.mask]);
          return [Z, [...net.grads], masks, [...net.forward(X, m)]];
        }}""",
        given([2, 8, 8, 1], "Tanh", "BinaryCrossEntropy", "", 0, plain, X, y, dropout=0.4),
    )

    class Given(nn.Dropout):
        def __init__(self, mask):
            super().__init__(0.4)
            self.given = np.reshape(mask, (400, 8))

        def forward(self, A, training=False):
            self.mask = self.given
            return A * self.mask

    dense = plain.layers[::2]
    net = nn.Network(
        [dense[0], nn.Tanh(), Given(masks[0]), dense[1], nn.Tanh(), Given(masks[1]), dense[2]],
        nn.BinaryCrossEntropy(),
    )
    net.params[:] = plain.params
    scores = net.forward(X, training=True)
    net.backward(scores, net.cost.targets(scores, y))
    np.testing.assert_allclose(np.array(Z)[:, None], scores, atol=1e-12)
    np.testing.assert_allclose(grads, net.grads, atol=1e-12)
    values, counts = np.unique(np.concatenate(masks), return_counts=True)
    np.testing.assert_allclose(values, [0, 1 / 0.6])
    assert counts[0] / counts.sum() == pytest.approx(0.4, abs=0.02)
    plain.params[:] = net.params
    np.testing.assert_allclose(np.array(clean)[:, None], plain.forward(X), atol=1e-12)


def test_the_generator_is_the_one_it_says_it_is(page):
    for seed in (0, 1, 7, 2**31 - 1):
        found = page.evaluate(
            """(s) => { const r = new engine.Random(s);
              return [[r.uniform(), r.uniform(), r.uniform()], [...r.permutation(50)]]; }""",
            seed,
        )
        mine = Generator(seed)
        assert found == [[mine.uniform() for _ in range(3)], mine.permutation(50)]
    normal = page.evaluate(
        "() => { const r = new engine.Random(3); return Array.from({length: 20000}, () => r.normal()); }"
    )
    assert np.mean(normal) == pytest.approx(0, abs=0.03)
    assert np.std(normal) == pytest.approx(1, abs=0.02)
    assert np.mean(np.abs(normal) < 1) == pytest.approx(0.6827, abs=0.015)


def test_data_sets_lie_where_those_of_nnlib_do(page):
    def made(name, noise=0):
        found = page.evaluate("([n, s]) => engine.DATASETS[n](300, s, new engine.Random(1))", [name, noise])
        return np.array(found["points"]), np.array(found["labels"])

    X, y = made("moons")
    np.testing.assert_allclose(np.hypot(*(X - np.outer(y, [1, 0.5])).T), 1, atol=2e-3)
    assert (X[y == 0, 1] >= 0).all()
    assert (X[y == 1, 1] <= 0.5).all()
    X, y = made("circles")
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y, 0.5, 1), atol=2e-3)
    X, y = made("xor")
    np.testing.assert_array_equal(X[:, 0] * X[:, 1] < 0, y)
    assert np.abs(X).min() >= 0.1
    assert np.abs(X).max() <= 1
    for name, K in (("spirals", 2), ("three arms", 3)):
        X, y = made(name)
        r = np.hypot(*X.T)
        angle = 2 * np.pi * (r + y / K)
        np.testing.assert_allclose(
            X, r[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), atol=2e-2
        )
        assert np.bincount(y).tolist() == [300 // K] * K
    X, y = made("clouds")
    assert (X[y == 1].mean(axis=0) > 0.3).all()
    noisy, _ = made("circles", 0.1)
    assert 0.05 < np.abs(np.hypot(*noisy.T) - np.where(made("circles")[1], 0.5, 1)).mean() < 0.12


def test_the_split_takes_the_same_share_of_every_class(page):
    labels = [0] * 50 + [1] * 30 + [2] * 11
    for share in (0, 0.3, 0.5):
        held = np.array(page.evaluate("([y, s]) => engine.holdOut(y, s, 4)", [labels, share]))
        for k, n in enumerate((50, 30, 11)):
            assert abs(held[np.array(labels) == k].sum() - share * n) <= 1


def test_lines_of_least_cost_are_those_of_other_solvers(page):
    rng = np.random.default_rng(5)
    for _ in range(5):
        x = rng.uniform(0, 10, 12)
        y = np.clip(0.6 * x + 1 + rng.standard_t(1.5, 12), 0, 10)
        points = np.stack([x, y], axis=1).tolist()
        mse, mae = (
            page.evaluate("([p, c]) => engine.fitLine(p, c)", [points, f"Mean{c}Error"])
            for c in ("Squared", "Absolute")
        )
        np.testing.assert_allclose([mse["w"], mse["b"]], np.polyfit(x, y, 1), atol=1e-9)
        # Least absolute error as a linear program: minimize Σ e with −e ≤ w x + b − y ≤ e.
        A = np.column_stack([x, np.ones(12)])
        rows = np.block([[A, -np.eye(12)], [-A, -np.eye(12)]])
        best = linprog(
            [0, 0, *np.ones(12)], rows, np.concatenate([y, -y]), bounds=[(None, None)] * 2 + [(0, None)] * 12
        )
        assert mae["cost"] == pytest.approx(best.fun / 12, abs=1e-9)
        for delta in (0.3, 1.0, 4.0):
            cost = nn.Huber(delta)
            found = page.evaluate("([p, d]) => engine.fitLine(p, engine.huber(d))", [points, delta])
            line = (A @ [found["w"], found["b"]])[:, None]
            assert found["cost"] == pytest.approx(cost.value(line, y[:, None]), abs=1e-12)
            np.testing.assert_allclose(A.T @ cost.gradient(line, y[:, None]), 0, atol=1e-8)


def optimal(params, F, y, kind, lam):
    """Is this where the gradient of cross-entropy and penalty is 0, or 0 lies between its two sides?"""
    net = nn.Network([nn.Dense(F.shape[1], 1)], nn.BinaryCrossEntropy())
    net.params[:] = params
    Z = net.forward(F)
    net.backward(Z, net.cost.targets(Z, y))
    w, g = net.params[:-1], net.grads[:-1]
    assert abs(net.grads[-1]) < 1e-7
    if kind == "L2":
        np.testing.assert_allclose(g, -lam * w, atol=1e-7)
    else:
        assert (np.abs(g[w == 0]) <= lam + 1e-7).all()
        np.testing.assert_allclose(g[w != 0], -lam * np.sign(w[w != 0]), atol=1e-7)


@pytest.mark.parametrize("kind", ["L1", "L2"])
def test_penalized_weights_meet_the_conditions_of_the_minimum(page, kind):
    rng = np.random.default_rng(8)
    F, y = rng.normal(size=(40, 9)), rng.integers(0, 2, 40)
    for lam in (0.001, 0.02, 0.1):
        params = page.evaluate(
            "([X, y, k, l]) => [...engine.fitUnit(Float64Array.from(X.flat()), y, k, l)]",
            [F.tolist(), y.tolist(), kind, lam],
        )
        optimal(np.array(params), F, y, kind, lam)


# ---- the stories -----------------------------------------------------------------------------------------


def touch(page, kind, x=None, y=None):
    if not hasattr(page, "fingers"):
        page.fingers = page.context.new_cdp_session(page)
    session = page.fingers
    points = [] if x is None else [{"x": x, "y": y}]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def slide(page, label, value):
    page.locator(f"input[type=range][aria-label='{label}']").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }", str(value)
    )


def number(text):
    """A number as the page writes it: true minus, ten to a raised power."""
    power = re.sub(
        r"·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)",
        lambda m: "e" + m[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")),
        text,
    )
    return float(power.replace("−", "-"))


@pytest.mark.parametrize("which", FIGURES)
def test_every_control_has_a_name_and_is_reached_by_tab_and_nothing_is_too_wide(page, which):
    page.set_viewport_size({"width": 390, "height": 800})
    open_figure(page, FIGURES[which]())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for details in page.locator("details").all():
        details.evaluate("e => { e.open = true; }")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, [tabindex], [role=slider]')]
          .filter((e) => !(e.ariaLabel || e.labels?.[0]?.textContent || e.textContent).trim())
          .map((e) => e.outerHTML)"""
    )
    assert unnamed == []
    reachable = page.evaluate(
        """() => {
          const some = 'button, input, select, textarea, summary, [tabindex="0"]';
          window.all = [...document.querySelectorAll(some)]
            .filter((e) => !e.disabled && e.getClientRects().length);
          return all.length; }"""
    )
    seen = set()
    for _ in range(reachable + 3):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("all.indexOf(document.activeElement)"))
    assert seen >= set(range(reachable))
    assert page.locator("[data-explorable-state][aria-live]").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert json.dumps(state(page))  # plain data: it survives a save


def test_all_explorables_together_are_small():
    sizes = [len(gzip.compress((str(kind._esm) + str(kind._css)).encode())) for kind in MODULES.values()]
    assert sum(sizes) <= 150_000


def test_activation_point_is_moved_by_mouse_keyboard_and_touch(page):
    open_figure(page, WIDGETS.ActivationExplorable("Tanh", z=0, n=5, w=1.5))
    knob = page.get_by_role("slider", name="z", exact=True).first
    x, y = middle(knob)
    unit = page.locator(".nn-plot").first.bounding_box()["width"] * (298 / 340) / 12
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2 * unit, y, steps=3)
    page.mouse.up()
    assert state(page)["z"] == pytest.approx(2, abs=0.05)
    knob.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    assert state(page)["z"] == pytest.approx(0.9, abs=0.05)
    x, y = middle(knob)
    touch(page, "touchStart", x, y)
    touch(page, "touchMove", x - unit, y)
    touch(page, "touchEnd")
    z = state(page)["z"]
    assert z == pytest.approx(-0.1, abs=0.08)


def test_activation_table_is_that_of_nnlib(page):
    open_figure(page, WIDGETS.ActivationExplorable("Sigmoid", z=0.7, n=12, w=-1.3))
    slide(page, "n, length of the chain", 20)
    for row in page.locator("tbody tr").all():
        name, *shown = row.inner_text().split("\t")
        act, a, gradient = getattr(nn, name)(), 0.7, 1.0
        for _ in range(20):
            z = -1.3 * a
            a, gradient = float(act(z)), gradient * -1.3 * float(act.derivative(z))
        expected = [float(act(0.7)), float(act.derivative(0.7)), gradient]
        for found, value in zip(map(number, shown), expected, strict=True):
            assert found == pytest.approx(value, rel=0.051, abs=6e-4), name
    assert "it vanishes" in words(page)
    page.get_by_label("activation").select_option("Step")
    assert "nothing is left to learn from" in words(page)
    page.get_by_label("activation").select_option("Identity")
    slide(page, "w, weight before each unit", 2)
    assert "1.0·10⁶: it explodes" in words(page)


def test_forward_shows_every_z_and_a_of_nnlib_after_each_change(page):
    net = nn.Network(
        [nn.Dense(3, 4), nn.Sigmoid(), nn.Dense(4, 2), nn.Sigmoid(), nn.Dense(2, 3)],
        nn.CategoricalCrossEntropy(),
    )
    net.params[:] = np.random.default_rng(1).normal(size=net.n_parameters).round(2)
    open_figure(page, WIDGETS.ForwardExplorable(net, x=[0.3, -1, 2]))

    def check():
        now = state(page)
        net.params[:] = now["params"]
        values = [A[0] for A in net.trace(np.array([now["x"]]))]
        probabilities = nn.Softmax()(values[5])
        expected = [
            *(f"z {show_number(z)}a {show_number(a)}" for z, a in zip(values[1], values[2], strict=True)),
            *(f"z {show_number(z)}a {show_number(a)}" for z, a in zip(values[3], values[4], strict=True)),
            *(f"z {show_number(z)}ŷ {show_number(p)}" for z, p in zip(values[5], probabilities, strict=True)),
        ]
        shown = [re.sub(r"unit.*", "", t.text_content()) for t in page.locator(".nn-unit").all()]
        assert shown == expected

    check()
    page.locator("[data-part='w2.1.3']").focus()  # by keyboard: the weight from unit 4 to unit 2 of layer 2
    before = state(page)["params"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    changed = np.flatnonzero(np.array(state(page)["params"]) != before)
    assert changed.tolist() == [16 + 1 * 4 + 3]
    assert state(page)["params"][changed[0]] == pytest.approx(before[changed[0]] + 0.2)
    check()
    page.mouse.click(*middle(page.locator("[data-part='x0.1.0']")))  # by mouse: the second input
    press(page, "Reverse sign")
    assert state(page)["x"] == [0.3, 1, 2]
    check()
    page.touchscreen.tap(*middle(page.locator("[data-part='b1.2.0']")))  # by touch: a bias
    slide(page, "bias of unit 3 in layer 1", -2)
    assert state(page)["params"][14] == -2
    assert "Bias of unit 3 in layer 1 is −2.00." in words(page)
    check()
    press(page, "Reset")
    assert (state(page)["params"], state(page)["x"]) == (before, [0.3, -1, 2])


def show_number(value):
    """Two decimals, as the page writes them; no value of the tests is so small that it takes another form."""
    return f"{value:.2f}".replace("-", "−")


def test_cost_outlier_is_dragged_and_the_lines_follow(page):
    open_figure(page, WIDGETS.CostExplorable())

    def slopes():
        return [number(v) for v in re.findall(r"slope (\S+),", words(page))]

    def check():
        X = np.array(state(page)["points"])
        assert slopes()[0] == pytest.approx(np.polyfit(X[:, 0], X[:, 1], 1)[0], abs=6e-3)

    check()
    squared, absolute, huber = slopes()
    assert squared < absolute - 0.2
    assert squared < huber - 0.2
    point = page.locator("[data-point='9']")
    x, y = middle(point)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 120, steps=4)
    page.mouse.up()
    assert state(page)["points"][9][1] > 4
    check()
    assert slopes()[0] > squared + 0.1
    assert slopes()[1] == pytest.approx(absolute, abs=0.05)  # the line of absolute error hardly moves
    point.focus()
    page.keyboard.press("Shift+ArrowUp")
    high = state(page)["points"][9]
    check()
    x, y = middle(point)
    touch(page, "touchStart", x, y)
    touch(page, "touchMove", x, y + 60)
    touch(page, "touchEnd")
    assert state(page)["points"][9][1] < high[1] - 1
    check()
    press(page, "Remove point")
    assert len(state(page)["points"]) == 9
    assert max(slopes()) - min(slopes()) < 0.1  # without the outlier all agree
    press(page, "Add a point")
    assert page.evaluate("document.activeElement.dataset.point") == "9"
    press(page, "Reset")
    assert slopes() == [squared, absolute, huber]


def edges(page):
    return [[t.text_content() for t in edge.locator("text").all()] for edge in page.locator(".nn-edge").all()]


def test_graph_steps_forward_and_backward(page):
    open_figure(page, WIDGETS.GraphExplorable())
    assert edges(page) == [["−2.00", ""], ["5.00", ""], ["", ""], ["−4.00", ""], ["", ""]]
    press(page, "Step")
    assert "(x + y) = 3.00, from −2.00 and 5.00" in words(page)
    page.locator(".nn-scroll svg").focus()
    page.keyboard.press("ArrowRight")
    assert edges(page)[4] == ["−12.00", ""]
    page.keyboard.press("ArrowRight")
    assert edges(page)[4] == ["−12.00", "1.00"]
    page.touchscreen.tap(*middle(page.get_by_role("button", name="Step", exact=True)))
    assert (
        "1.00 times the slope −4.00 gives −4.00 to (x + y); 1.00 times the slope 3.00 gives 3.00 to z"
        in words(page)
    )
    press(page, "Step")
    assert edges(page) == [
        ["−2.00", "−4.00"],
        ["5.00", "−4.00"],
        ["3.00", "−4.00"],
        ["−4.00", "3.00"],
        ["−12.00", "1.00"],
    ]
    assert "∂f/∂x = −4.00, ∂f/∂y = −4.00, ∂f/∂z = 3.00" in words(page)
    assert page.get_by_role("button", name="Step", exact=True).is_disabled()
    press(page, "Back")
    assert edges(page)[0] == ["−2.00", ""]
    slide(page, "x", 1)
    press(page, "All backward")
    assert "∂f/∂z = 6.00" in words(page)


def test_graph_takes_an_edited_expression_and_says_what_is_wrong_with_another(page):
    open_figure(page, WIDGETS.GraphExplorable())
    field = page.get_by_label("expression")
    field.fill("x x + exp(x)")
    field.press("Enter")
    press(page, "All backward")
    assert f"∂f/∂x = {show_number(-4 + np.exp(-2))}" in words(page)
    assert "x goes more than one way, and what comes back is added" in words(page)
    for wrong, message in {
        "(x + ": "something is missing at the end", "max(x)": "max takes two inputs",
        "x ? y": "cannot read this at “?”", "sin x": "expected ( after sin",
        "(x": "expected )", " + ".join(["x"] * 60): "more than 40 nodes",
    }.items():  # fmt: skip
        field.fill(wrong)
        field.press("Enter")
        assert message in page.get_by_role("alert").inner_text()
        assert state(page)["expression"] == "x x + exp(x)"
    page.get_by_label("example").select_option("log(1 + exp(-y z))")
    assert page.get_by_role("alert").inner_text() == ""
    assert state(page)["values"] == {"y": 5, "z": -4}


def test_graph_gradients_are_those_of_central_differences(page):
    open_figure(page, WIDGETS.GraphExplorable())
    names = {
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        "relu": lambda v: np.maximum(v, 0),
        "max": max,
        "min": min,
    }
    names |= {name: getattr(np, name) for name in ("exp", "log", "sqrt", "sin", "cos", "abs", "tanh")}
    values = {"a": 0.7, "b": -1.3, "c": 2.1}
    for text in (
        "a*b + c", "(a + b)*(a - c)/b", "exp(a*b) - log(c)", "sqrt(c + a^2)", "sin(a)*cos(b) + tanh(c)",
        "sigmoid(a*b + c)^3", "relu(a) + relu(b)", "max(a, b)*min(b, c)", "-a^2 + abs(b)", "c^a",
        "1/(1 + exp(-(a*b + c)))", "a - b - c/a/b", "2e-1*a^-2",
    ):  # fmt: skip
        found = page.evaluate(
            """([text, values]) => { const nodes = module.parse(text), run = module.evaluate(nodes, values);
              return [run.value.at(-1), Object.fromEntries(nodes.map((n, i) => [n.name, run.gradient[i]])
                .filter(([n]) => n in values))]; }""",
            [text, values],
        )
        code = compile(text.replace("^", "**"), "expression", "eval")
        f = lambda v, code=code: float(eval(code, {}, names | values | v))  # noqa: E731
        assert found[0] == pytest.approx(f({}), rel=1e-12), text
        for name, slope in found[1].items():
            h = 1e-5
            numeric = (f({name: values[name] + h}) - f({name: values[name] - h})) / (2 * h)
            assert slope == pytest.approx(numeric, rel=1e-7, abs=1e-8), (text, name)


def test_regularization_weights_are_optimal_and_sparse_under_l1(page):
    figure = WIDGETS.RegularizationExplorable("L2", lam=0.01)
    open_figure(page, figure)
    X = np.array(figure.points)
    powers = [(d - j, j) for d in range(1, 7) for j in range(d + 1)]
    F = np.stack([X[:, 0] ** i * X[:, 1] ** j for i, j in powers], axis=1)
    F = (F - F.mean(axis=0)) / F.std(axis=0)

    def check():
        now = state(page)
        optimal(np.array(now["params"]), F, figure.labels, now["penalty"], now["lam"])
        zeros = sum(w == 0 for w in now["params"][:-1])
        assert f"{zeros} of 27 weights are exactly zero" in words(page)
        assert page.locator(".nn-bars .nn-zero").count() == zeros
        return zeros

    assert check() == 0
    page.get_by_label("penalty").select_option("L1")
    few = check()
    assert few > 5
    page.get_by_label("λ", exact=True).focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert state(page)["lam"] == pytest.approx(10**-1.5, rel=1e-3)
    assert check() > few
    page.wait_for_selector("[data-done]")
    line = page.locator(".nn-here").first.bounding_box()
    x, y = line["x"] + line["width"] / 2, line["y"] + line["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=3)
    page.mouse.up()
    low = state(page)["lam"]
    assert low < 0.02
    check()
    touch(page, "touchStart", x - 60, y)
    touch(page, "touchMove", x, y)
    touch(page, "touchEnd")
    assert state(page)["lam"] > low
    slide(page, "degree of the polynomial", 2)
    assert len(state(page)["params"]) == 6


# ---- the playground --------------------------------------------------------------------------------------


def settled(page):
    """The state, after what waits for the end of the turn."""
    page.evaluate("new Promise((done) => setTimeout(done, 0))")
    return state(page)


def replay(start, now, steps):
    """Train nnlib's network on the batches of the page."""
    figure = WIDGETS.PlaygroundExplorable()
    for name, value in start.items():
        setattr(figure, name, value)
    net, held = figure.network(), np.array(start["held_out"])
    X, y = np.array(start["points"])[~held], np.array(start["labels"])[~held]
    rate = start["learning_rate"]
    optimizer = nn.Adam(rate) if start["optimizer"] == "Adam" else nn.SGD(rate, start["momentum"])
    for batch in batches(len(y), start["batch_size"], start["seed"], steps):
        Z = net.forward(X[batch], training=True)
        net.backward(Z, net.cost.targets(Z, targets_for(type(net.cost).__name__, y[batch])))
        optimizer.step(net.params, net.grads)
    np.testing.assert_allclose(now["params"], net.params, rtol=0, atol=1e-10)
    return net, X, y


@pytest.mark.parametrize(
    "settings",
    [
        {"data": "moons", "hidden": (8, 8), "momentum": 0.9, "penalty": "L2", "lam": 0.01},
        {
            "data": "three arms",
            "hidden": (6,),
            "activation": "ReLU",
            "optimizer": "Adam",
            "learning_rate": 0.01,
            "seed": 3,
        },
        {
            "data": "circles",
            "cost": "MeanSquaredError",
            "activation": "Sigmoid",
            "penalty": "L1",
            "lam": 0.003,
        },
    ],
    ids=["moons", "arms", "circles"],
)
def test_playground_trains_as_nnlib_does_and_says_so(page, settings):
    open_figure(page, WIDGETS.PlaygroundExplorable(**settings))
    start = settled(page)
    assert start["steps"] == 0
    page.get_by_role("button", name="Step", exact=True).evaluate(
        "e => { for (let i = 0; i < 100; i++) e.click(); }"
    )
    now = settled(page)
    assert now["steps"] == 100
    net, X, y = replay(start, now, 100)
    said = re.search(r"Training: cost (\S+), (\S+) % right of (\d+)", words(page))
    Z = net.forward(X)
    targets = net.cost.targets(Z, targets_for(type(net.cost).__name__, y))
    assert number(said[1]) == pytest.approx(net.cost.value(Z, targets), abs=6e-5)
    answers = Z.argmax(axis=1) if Z.shape[1] > 1 else Z[:, 0] > (0.5 if "cost" in settings else 0)
    assert number(said[2]) == pytest.approx(100 * np.mean(answers == y), abs=0.06)
    assert int(said[3]) == len(y) == 140


def test_playground_plays_and_pauses_and_learns(page):
    page.emulate_media(reduced_motion="no-preference")
    open_figure(page, WIDGETS.PlaygroundExplorable(hidden=(8, 8), optimizer="Adam", learning_rate=0.03))
    page.get_by_label("speed").select_option("20")
    press(page, "Play")
    page.locator("[data-explorable-state][aria-live=off]").wait_for()
    page.wait_for_function(
        "/ 100.0 % right of 140/.test(document.querySelector('[data-explorable-state]').textContent)"
    )
    press(page, "Pause")
    page.locator("[data-explorable-state][aria-live=polite]").wait_for()
    now = settled(page)
    assert now["steps"] > 20
    assert page.evaluate("new Promise((done) => setTimeout(() => done(state.steps), 300))") == now["steps"]
    assert page.locator(".nn-edge").get_attribute("d").count("M") > 20  # the boundary is drawn
    press(page, "Start again")
    assert settled(page)["steps"] == 0
    press(page, "New seed")
    assert settled(page)["seed"] == 1
    press(page, "As given")
    assert settled(page)["seed"] == 0


def test_playground_with_reduced_motion_redraws_once_a_second(page):
    open_figure(page, WIDGETS.PlaygroundExplorable())
    page.evaluate(
        """window.drawn = 0; new MutationObserver(() => { drawn += 1; })
          .observe(document.querySelector('.nn-edge'), {attributes: true})"""
    )
    press(page, "Play")
    page.wait_for_timeout(1500)
    page.wait_for_function("drawn >= 1")
    press(page, "Pause")
    assert page.evaluate("drawn") <= 5


def test_playground_program_runs_in_python_and_loads_back(page):
    for settings in (
        {"data": "xor", "hidden": (4, 3), "penalty": "L2", "lam": 0.001, "dropout": 0.1, "optimizer": "Adam"},
        {"data": "three arms", "hidden": (8,)},
        {"data": "clouds", "cost": "Hinge", "hidden": (), "batch_size": 7},
        {"data": "circles", "cost": "MeanSquaredError", "test_size": 0},
    ):
        page.evaluate("history.replaceState(null, '', location.pathname)")
        open_figure(page, WIDGETS.PlaygroundExplorable(**settings))
        page.get_by_role("button", name="Step", exact=True).evaluate(
            "e => { for (let i = 0; i < 60; i++) e.click(); }"
        )
        before = settled(page)
        page.get_by_text("Take it with you").click()
        press(page, "Show nnlib code")
        program = page.get_by_label("program with this network").input_value()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "playground.py", "exec"), names := {})
        assert before["steps"] == 60
        part = "Test" if settings.get("test_size") != 0 else "Training"
        said = re.search(rf"{part}: cost (\S+), (\S+) % right", words(page))
        cost, accuracy = re.search(r"^cost (\S+), accuracy (\S+)", printed.getvalue()).groups()
        assert float(cost) == pytest.approx(number(said[1]), abs=1.1e-4)
        assert 100 * float(accuracy) == pytest.approx(number(said[2]), abs=0.06)
        assert names["net"].n_parameters == len(before["params"])

        open_figure(page, WIDGETS.PlaygroundExplorable("moons", name="other"))
        page.get_by_text("Take it with you").click()
        page.get_by_label("program with this network").fill(program)
        press(page, "Load")
        after = settled(page)
        for name in (
            "data",
            "hidden",
            "cost",
            "params",
            "steps",
            "points",
            "labels",
            "held_out",
            "lam",
            "dropout",
        ):
            assert after[name] == before[name], name
    page.get_by_label("program with this network").fill("print('hello')")
    press(page, "Load")
    assert "Not loaded" in page.get_by_text("Not loaded").inner_text()


def test_playground_keeps_its_state_in_the_address(page):
    open_figure(page, WIDGETS.PlaygroundExplorable())
    assert page.evaluate("location.hash") == ""  # nothing of ours until the reader does something
    page.get_by_label("data").select_option("spirals")
    page.get_by_label("activation").select_option("ReLU")
    press(page, "Step")
    press(page, "+ layer")
    page.get_by_label("units in hidden layer 1").fill("7")
    page.get_by_label("units in hidden layer 1").press("Enter")
    press(page, "Step")
    page.wait_for_function("location.hash.includes('weights=')")
    before, link = settled(page), page.evaluate("location.href")
    assert before["hidden"] == [7, 4, 4]
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_function("!!window.open_figure")
    open_figure(page, WIDGETS.PlaygroundExplorable())
    after = settled(page)
    for name in ("data", "activation", "hidden", "params", "steps", "points"):
        assert after[name] == before[name], name
    # A link to a configuration, on the same page; what is out of range or unknown is left out.
    page.evaluate("location.hash = '#playground:data=xor&hidden=3&act=Nope&eta=1e9&seed=5'")
    page.wait_for_function("state.data === 'xor'")
    now = settled(page)
    assert now["noise"] == 0  # what suits xor
    assert (now["hidden"], now["activation"], now["learning_rate"], now["seed"], now["steps"]) == (
        [3],
        "ReLU",
        0.1,
        5,
        0,
    )


def test_playground_takes_the_readers_points(page):
    open_figure(page, WIDGETS.PlaygroundExplorable(n_samples=20))
    settled(page)
    plane = page.locator(".nn-plane svg")
    box = plane.bounding_box()
    plane.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.5})
    assert settled(page)["data"] == "moons"  # nothing is chosen, so a click is no change
    press(page, "add class 1")
    plane.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.25})
    now = settled(page)
    assert (now["data"], len(now["points"]), now["labels"][-1]) == ("own", 21, 1)
    page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75)
    now = settled(page)
    corner, other = now["points"][-2:]
    assert len(now["points"]) == 22
    assert other[0] - corner[0] == pytest.approx(corner[1] - other[1], abs=0.03)
    press(page, "add class 2")
    plane.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    now = settled(page)
    assert (len(now["points"]), now["labels"][-1]) == (23, 2)
    assert "Network 2-4-4-3" in words(page)  # three classes: softmax
    page.keyboard.press("Delete")
    assert len(settled(page)["points"]) == 22
    assert "Network 2-4-4-1" in words(page)


def test_playground_reads_csv_and_says_what_it_cannot_read(page, tmp_path):
    open_figure(page, WIDGETS.PlaygroundExplorable(name="csv"))
    page.get_by_text("My own points", exact=True).click()
    field = page.get_by_label("points as text")
    field.fill("length,width,kind\n" + "\n".join(f"{i},{10 * i * i},{'ab'[i % 2]}" for i in range(9)))
    press(page, "Use these points")
    now = settled(page)
    assert page.get_by_role("status").first.inner_text() == "9 points; “a” is class 0, “b” is class 1."
    X = np.array([[i, 10 * i * i] for i in range(9)], dtype=float)
    np.testing.assert_allclose(now["points"], (X - X.mean(axis=0)) / X.std(axis=0), atol=1e-4)
    assert now["labels"] == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    page.get_by_label("standardize both columns").uncheck()
    (tmp_path / "mine.csv").write_text("1,5;2,25;0\n-1;3;1\n0;0;1\n4;4;0\n")
    page.get_by_label("CSV file").set_input_files(tmp_path / "mine.csv")
    page.wait_for_function("state.points.length === 4")
    assert settled(page)["points"] == [[1.5, 2.25], [-1, 3], [0, 0], [4, 4]]
    for wrong, message in {
        "1,2": "row 1",
        "": "no rows",
        "1,2,a\nx,3,b": "row 2",
        "\n".join(f"1,2,{i}" for i in range(4)): "4 different",
    }.items():
        field.fill(wrong)
        press(page, "Use these points")
        assert message in page.get_by_role("status").first.inner_text()
    assert len(settled(page)["points"]) == 4


def test_playground_shows_a_unit_and_lets_its_weights_be_changed(page):
    open_figure(page, WIDGETS.PlaygroundExplorable(hidden=(3,)))
    before = settled(page)
    page.locator("[data-unit='1.2']").focus()
    page.keyboard.press("Enter")
    assert "The plane shows unit 3 of layer 1." in words(page)
    page.get_by_text("Change its weights by hand").click()
    slide(page, "weight from input 2", 2.5)
    now = settled(page)
    assert np.flatnonzero(np.array(now["params"]) != before["params"]).tolist() == [5]
    assert now["params"][5] == 2.5
    page.locator("[data-unit='1.2']").focus()
    page.keyboard.press("Escape")
    assert "The plane shows" not in words(page)
    page.mouse.click(*middle(page.locator("[data-unit='0.0']")))
    assert "The plane shows input 1." in words(page)


def test_playground_stops_when_it_diverges(page):
    open_figure(
        page,
        WIDGETS.PlaygroundExplorable(
            "own",
            X=[[1e3, 0], [0, 1e3], [1, 1], [5e2, 2]],
            y=[0, 1, 0, 1],
            cost="MeanSquaredError",
            activation="Identity",
            learning_rate=100,
            test_size=0,
        ),
    )
    page.get_by_role("button", name="Step", exact=True).evaluate(
        "e => { for (let i = 0; i < 200; i++) e.click(); }"
    )
    assert "no longer a number" in words(page)
    assert settled(page)["params"] == []
    press(page, "Start again")
    assert settled(page)["steps"] == 0


def test_playground_in_the_dark_is_dark(page):
    open_figure(page, WIDGETS.PlaygroundExplorable(hidden=(2,)))
    settled(page)
    pixel = """() => [...document.querySelector('.nn-plane canvas').getContext('2d')
      .getImageData(0, 0, 40, 40).data].reduce((a, b) => a + b)"""
    light = page.evaluate(pixel)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"({pixel})() < {0.9 * light}")


TWINS = [
    {},
    {
        "hidden": (16, 8),
        "activation": "Tanh",
        "optimizer": "Adam",
        "learning_rate": 0.01,
        "n_out": 3,
        "n_in": 5,
    },
    {"hidden": (), "cost": "BinaryCrossEntropy", "momentum": 0, "batch_size": 7},
    {
        "hidden": (32, 32, 32, 32),
        "cost": "MeanSquaredError",
        "activation": "LeakyReLU",
        "learning_rate": 0.01,
    },
    {"hidden": (4,), "cost": "MeanAbsoluteError", "activation": "Softsign", "batch_size": 1, "n_in": 1},
    {"hidden": (9, 3), "cost": "Huber", "activation": "Sigmoid", "optimizer": "Adam", "learning_rate": 0.1},
]


def run_program(source):
    """Run a program and return its names and the two costs that it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "program.py", "exec"), names := {})
    return names, [float(number) for number in printed.getvalue().split()]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("settings", TWINS, ids=lambda s: s.get("cost", "CategoricalCrossEntropy"))
def test_twin_programs_compute_what_the_figure_shows(page, settings, dtype):
    exact = {"rel": 1e-10, "abs": 1e-10} if dtype == "float64" else {"rel": 1e-3, "abs": 1e-4}
    open_figure(page, WIDGETS.TwinExplorable(**settings, dtype=dtype))
    found = page.evaluate("module.measure(state)")
    page.locator("summary").click()
    names, printed = run_program(page.get_by_label("nnlib program").input_value())
    net = names["net"]
    assert printed == pytest.approx([found["costs"][0], found["costs"][-1]], **exact)
    assert names["costs"] == pytest.approx(found["costs"], **exact)
    assert (net.n_parameters, net.params.dtype.name) == (found["params"], dtype)
    k = np.arange(net.n_parameters)
    net.params[:] = np.sin(k**2) / 4  # the start again
    assert net.forward(names["X"])[0] == pytest.approx(found["scores"], **exact)
    net.backward(net.forward(names["X"]), names["Y"])
    assert np.linalg.norm(net.grads) == pytest.approx(found["length"], **exact)
    held = page.evaluate("module.tensors(state)")
    for row in held:
        tensor = eval(row["ours"], {"net": net})
        assert list(tensor.shape) == row["shape"]
        assert np.shares_memory(tensor, net.params[row["from"] : row["from"] + row["count"]])
        assert tensor.size == row["count"]
    assert sum(row["count"] for row in held) == net.n_parameters


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("settings", TWINS, ids=lambda s: s.get("cost", "CategoricalCrossEntropy"))
def test_twin_programs_agree_with_each_other(page, settings, dtype):
    torch = pytest.importorskip("torch")
    exact = {"rel": 1e-10, "abs": 1e-10} if dtype == "float64" else {"rel": 1e-3, "abs": 1e-4}
    open_figure(page, WIDGETS.TwinExplorable(**settings, dtype=dtype))
    page.locator("summary").click()
    ours, here = run_program(page.get_by_label("nnlib program").input_value())
    theirs, there = run_program(page.get_by_label("PyTorch program").input_value())
    assert there == pytest.approx(here, **exact)
    flat = torch.nn.utils.parameters_to_vector(theirs["net"].parameters()).detach().numpy()
    assert flat.dtype.name == dtype
    assert flat == pytest.approx(ours["net"].params, **exact)
    scores = theirs["net"](theirs["X"]).detach().numpy()
    assert scores == pytest.approx(ours["net"].forward(ours["X"]), **exact)
    held = {row["name"]: row["shape"] for row in page.evaluate("module.tensors(state)")}
    assert {name: list(value.shape) for name, value in theirs["net"].state_dict().items()} == held


def test_twin_is_built_by_mouse_keyboard_and_touch(page):
    open_figure(page, WIDGETS.TwinExplorable())
    rows = page.locator(".nn-pair")

    def chosen():
        return page.locator(".nn-pair[aria-pressed=true]").inner_text()

    assert "64-32-10 with ReLU: 2,410 parameters in 4 tensors of float64" in words(page)
    rows.filter(has_text="Linear(64, 32)").click()
    assert "nn.Dense(64, 32)" in chosen()
    assert "Weights (32, 64) and biases (32,): 2,080 parameters" in words(page)
    assert [row.inner_text().split("\t")[0] for row in page.locator("tr.nn-touched").all()] == [
        "0.weight",
        "0.bias",
    ]
    assert page.locator(".nn-tensor.nn-touched").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "torch.nn.ReLU()" in chosen()
    assert "the number 1 does not occur in state_dict()" in words(page)

    press(page, "Add a layer")
    slide(page, "units of hidden layer 2", 5)
    page.get_by_label("activation", exact=True).select_option("Tanh")
    assert "64-32-5-10 with Tanh" in words(page)
    assert [row.locator("th").inner_text() for row in page.locator("tbody tr").all()] == [
        *("0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias")
    ]
    page.get_by_label("cost", exact=True).select_option("MeanSquaredError")
    assert "64-32-5-1 with Tanh" in words(page)
    assert not page.get_by_label("classes").is_visible()
    page.get_by_label("optimizer").select_option("Adam")
    page.get_by_label("dtype").select_option("float32")
    now = state(page)
    assert (now["optimizer"], now["momentum"], now["dtype"]) == ("Adam", 0, "float32")
    row = rows.filter(has_text="F.mse_loss(Z, y) / 2")
    row.tap()
    assert "has no half" in words(page)
    program = page.get_by_label("PyTorch program").input_value()
    assert "torch.optim.Adam(\n    net.parameters(), lr=0.1\n)" in program
    for _ in range(2):
        press(page, "Add a layer")
    assert page.get_by_role("button", name="Add a layer").is_disabled()
    for _ in range(4):
        press(page, "Remove a layer")
    assert page.get_by_role("button", name="Remove a layer").is_disabled()
    press(page, "Reset")
    assert "64-32-10 with ReLU" in words(page)
    page.evaluate("model.set('learning_rate', 0.3)")  # from Python
    assert page.get_by_label("learning rate").input_value() == "0.3"
    light = page.locator(".nn-pair[aria-pressed=true]").evaluate("e => getComputedStyle(e).backgroundColor")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = page.locator(".nn-pair[aria-pressed=true]").evaluate("e => getComputedStyle(e).backgroundColor")
    assert light != dark


# ---- frames ----------------------------------------------------------------------------------------------


def draw_line(slope, start=0.0):
    if slope == 1.5:
        raise ValueError("not here")
    figure, ax = plt.subplots(figsize=(3, 2))
    ax.plot([0, 1], [start, start + slope], color=nn.plots.PALETTE["blue"][0])
    ax.set(ylim=(0, 6))
    return figure


def line_in_words(slope, start=0.0):
    return f"A line from {start:g} with the slope {slope:g}."


def open_frames(page, figure):
    page.evaluate("([name, state]) => open_figure(name, state)", ["frames", synced(figure)])


def paint(page):
    """What the figure shows: words, the value beside each slider, and the path of the line."""
    return page.evaluate(
        """() => [document.querySelector('[role=img]').ariaLabel,
          ...[...document.querySelectorAll('output')].map((o) => o.textContent),
          [...document.querySelectorAll('svg path')].filter((p) => p.style.stroke === 'var(--nn-blue)')
            .map((p) => p.getAttribute('d')).join()]"""
    )


def test_frames_step_by_keyboard_and_only_the_shown_one_is_in_the_page(page):
    open_frames(page, WIDGETS.frames(draw_line, [1, 2, 4], "slope", line_in_words, start=1))
    assert paint(page)[:2] == ["A line from 0 with the slope 2.", "2"]
    assert page.locator("svg").count() == 1
    assert page.locator("[aria-live]").inner_text() == ""  # nothing is said before something moves
    slider = page.get_by_role("slider", name="slope")
    before = paint(page)[2]
    slider.press("ArrowRight")
    assert paint(page)[:2] == ["A line from 0 with the slope 4.", "4"]
    assert paint(page)[2] != before
    assert slider.get_attribute("aria-valuetext") == "4"
    assert page.locator("[aria-live]").inner_text() == "A line from 0 with the slope 4."
    slider.press("ArrowRight")
    slider.press("ArrowLeft")
    assert paint(page)[2] == before
    page.evaluate("model.set('at', [0])")
    assert paint(page)[1] == "1"
    assert page.evaluate("document.querySelector('path[style*=blue]').isConnected")
    blue = "getComputedStyle(document.querySelector('path[style*=\"--nn-blue\"]')).stroke"
    light = page.evaluate(blue)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(blue) != light
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_frames_of_two_parameters_show_the_frame_of_both(page):
    figure = WIDGETS.frames(draw_line, ([1, 2, 3], [0, 0.5]), ("slope", "start"), line_in_words, start=(2, 1))
    open_frames(page, figure)
    assert paint(page)[:3] == ["A line from 0.5 with the slope 3.", "3", "0.5"]
    for slope, start in itertools.product([1, 2, 3], [0, 0.5]):
        slide(page, "slope", slope - 1)
        slide(page, "start", 2 * start)
        assert paint(page)[0] == line_in_words(slope, start)
    assert state(page)["at"] == [2, 1]


def test_frames_ask_a_kernel_for_what_lies_between(page):
    figure = WIDGETS.frames(draw_line, [1.0, 2.0, 4.0], "slope", line_in_words)
    answers = []
    figure.send = answers.append
    open_frames(page, figure)

    def kernel():
        """Let Python answer what the page has asked since."""
        for content in page.evaluate("sent.splice(0)"):
            figure._answer(figure, content, [])
        for answer in answers:
            page.evaluate("(m) => model.hear(m)", answer)
        answers.clear()

    first = paint(page)[2]
    slide(page, "slope", 1.4)
    assert state(page)["at"] == [1]  # without a kernel it stops at the frames
    kernel()
    slide(page, "slope", 1.4)
    slide(page, "slope", 1.3)  # the first question is still open
    assert len(page.evaluate("sent")) == 1
    kernel()
    kernel()
    assert paint(page)[:2] == ["A line from 0 with the slope 2.6.", "2.6"]
    assert paint(page)[2] != first
    slide(page, "slope", 0.5)
    kernel()
    assert "ValueError: not here" in page.locator(".nn-refused").inner_text()
    slide(page, "slope", 0)
    assert page.locator(".nn-refused").inner_text() == ""
    assert paint(page)[1] == "1"

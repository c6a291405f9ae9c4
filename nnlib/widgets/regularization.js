// Regularization: one unit on polynomial features of few points; its weights, how many are zero, and its boundary against λ.
import { DATASETS, Features, Network, Random, fitUnit } from "./engine.js";
import { Plot, choice, clamp, contour, draggable, follow, frame, liveText, make, markPath, put, save, show, slider } from "./ui.js";

/** @typedef {import("./ui.js").Model} Model */

const GRID = 60, SIDE = 300, VIEW = [[-1.6, 2.6], [-1.85, 2.35]]; // of the plane: both intervals have one length
const LOW = -4, HIGH = 0, EACH = 0.2; // decimal logarithm of λ

/**
 * Best weights for a λ, with costs and accuracies.
 * @param {{points: number[][], labels: number[], test: number[][], testLabels: number[], degree: number}} data
 */
export function problem({ points, labels, test, testLabels, degree }) {
  const features = new Features(points, degree), X = features.of(points), T = features.of(test), p = features.exponents.length;
  const net = new Network({ sizes: [p, 1] });
  /** @param {Float64Array} F @param {number[]} y */
  const measure = (F, y) => {
    net.forward(F, y.length);
    return { cost: net.value(y), right: y.filter((label, i) => net.classify(i) === label).length / y.length };
  };
  return {
    features, p,
    /** @param {string} kind @param {number} lam @param {Float64Array} [from] */
    solve(kind, lam, from) {
      const params = fitUnit(X, labels, kind, lam, from);
      net.params.set(params);
      return { params, train: measure(X, labels), test: measure(T, testLabels), zeros: [...params.subarray(0, p)].filter((w) => w === 0).length };
    },
  };
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @param {string} name @returns {any} */
  const get = (name) => model.get(name);
  const set = (/** @type {Record<string, any>} */ changes) => save(model, changes);
  const plane = make("svg:svg", { class: "nn-plot nn-plane", viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img", "aria-label": "The points, the test points (hollow) and the boundary" });
  const side0 = make("svg:rect", { class: "nn-side0", width: SIDE, height: SIDE }), side1 = make("svg:path", { class: "nn-side1" }), edge = make("svg:path", { class: "nn-edge" }), marks = make("svg:g");
  plane.append(side0, side1, edge, marks);
  const paths = new Plot({ width: 400, height: 240, x: [LOW, HIGH], y: [-5, 5], xName: "λ", yName: "weights", alt: "Every weight against λ", margin: [40, 6, 10, 32] });
  const costs = new Plot({ width: 400, height: 180, x: [LOW, HIGH], y: [0, 1], xName: "λ", yName: "cost", alt: "Cost on training and test points against λ", margin: [40, 6, 10, 32] });
  const fan = make("svg:g", { class: "nn-fan" }), rules = [paths, costs].map(() => make("svg:g", { class: "nn-handle" }, make("svg:path", { class: "nn-hit-line" }), make("svg:path", { class: "nn-here" })));
  const trainLine = make("svg:path", { class: "nn-c nn-blue" }), testLine = make("svg:path", { class: "nn-c nn-orange nn-dash" });
  paths.svg.append(fan, rules[0]);
  costs.svg.append(trainLine, testLine, rules[1]);
  const round = (/** @type {number} */ v) => clamp(Math.round(v / 0.05) * 0.05, LOW, HIGH);
  const setLog = (/** @type {number} */ v) => set({ lam: Number((10 ** round(v)).toPrecision(6)) });
  [paths, costs].forEach((plot, i) => draggable(rules[i], plot.svg, (x, y) => setLog(plot.at(x, y)[0])));

  const lam = slider("λ", { min: LOW, max: HIGH, step: 0.05, read: () => Math.log10(get("lam")), write: setLog, format: () => String(Number(get("lam").toPrecision(2))) });
  const kind = choice("penalty", [["L2", "L2, half the squares"], ["L1", "L1, absolute values"]], () => get("penalty"), (v) => set({ penalty: v }));
  const degree = slider("degree", { min: 1, max: 8, step: 1, read: () => get("degree"), write: (v) => set({ degree: v }), format: String, label: "degree of the polynomial" });
  const bars = make("svg:svg", { class: "nn-plot nn-bars", role: "img" });
  const text = liveText();
  const key = (/** @type {string} */ style) => make("svg:svg", { class: "nn-key", viewBox: "0 0 26 10", "aria-hidden": "true" }, make("svg:path", { class: `nn-c ${style}`, d: "M0 5H26" }));
  const root = frame(el, "regularization",
    make("div", { class: "nn-stage" },
      make("div", { class: "nn-part" }, plane, make("div", { class: "nn-controls" }, kind.element, lam.element, degree.element)),
      make("div", { class: "nn-part" }, paths.svg, costs.svg, make("p", { class: "nn-hint" }, key("nn-blue"), "training  ", key("nn-orange nn-dash"), "test; the upright line is the λ of the picture"))),
    make("div", { class: "nn-scroll", tabindex: 0, role: "group", "aria-label": "weights" }, bars), text.element);

  /** @type {ReturnType<typeof problem>} */
  let task;
  let built = "", tests = { points: /** @type {number[][]} */ ([]), labels: /** @type {number[]} */ ([]) };
  /** @type {Map<number, ReturnType<ReturnType<typeof problem>["solve"]>>} */
  let path = new Map();
  let timer = 0;

  function build() {
    tests = DATASETS.moons(400, get("noise"), new Random(get("seed") + 1));
    task = problem({ points: get("points"), labels: get("labels"), test: tests.points, testLabels: tests.labels, degree: get("degree") });
    const at = (/** @type {number[]} */ p) => [((p[0] - VIEW[0][0]) / (VIEW[0][1] - VIEW[0][0])) * SIDE, ((VIEW[1][1] - p[1]) / (VIEW[1][1] - VIEW[1][0])) * SIDE];
    const mark = (/** @type {number[]} */ p, /** @type {number} */ label, /** @type {string} */ more, /** @type {number} */ r) => {
      const [x, y] = at(p);
      return make("svg:path", { class: `nn-class${label}${more}`, d: markPath(label, r), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
    };
    marks.replaceChildren(...tests.points.slice(0, 120).map((p, i) => mark(p, tests.labels[i], " nn-held", 2.2)),
      ...get("points").map((/** @type {number[]} */ p, /** @type {number} */ i) => mark(p, get("labels")[i], "", 5)));
    // The whole path, from strong to weak, a piece at a time, so that the page stays awake.
    path = new Map();
    window.clearTimeout(timer);
    let power = HIGH, from = /** @type {Float64Array | undefined} */ (undefined);
    const piece = () => {
      const end = performance.now() + 12;
      while (power > LOW - 1e-9 && performance.now() < end) {
        const found = task.solve(get("penalty"), 10 ** power, from);
        from = found.params;
        path.set(Number(power.toFixed(2)), found);
        power -= EACH;
      }
      drawPaths();
      if (power > LOW - 1e-9) timer = window.setTimeout(piece, 0);
      else put(root, { "data-done": "" });
    };
    root.removeAttribute("data-done");
    timer = window.setTimeout(piece, 0);
  }
  function drawPaths() {
    const known = [...path.entries()].sort((a, b) => a[0] - b[0]);
    const top = Math.max(0.5, ...known.flatMap(([, f]) => [...f.params.subarray(0, task.p)].map(Math.abs)));
    paths.y = [-top, top];
    costs.y = [0, 1.05 * clamp(Math.max(...known.map(([, f]) => f.test.cost)), 0.7, 2.5)];
    for (const plot of [paths, costs]) {
      plot.rule();
      for (const text_ of plot.grid.querySelectorAll("text[text-anchor=middle]")) {
        const power = Number(text_.textContent.replace("−", "-"));
        text_.textContent = Number.isInteger(power) ? String(10 ** power) : "";
      }
    }
    fan.replaceChildren(...Array.from({ length: task.p }, (_, k) => make("svg:path", { d: paths.path(known.map(([x, f]) => [x, f.params[k]])) })));
    put(trainLine, { d: costs.path(known.map(([x, f]) => [x, f.train.cost])) });
    put(testLine, { d: costs.path(known.map(([x, f]) => [x, f.test.cost])) });
    rules.forEach((rule, i) => { const plot = [paths, costs][i], d = `M${plot.px(Math.log10(get("lam")))} ${plot.box.top}V${plot.box.bottom}`; for (const line of rule.children) put(line, { d }); });
  }
  function draw() {
    const now = JSON.stringify([get("degree"), get("penalty"), get("points"), get("labels"), get("noise"), get("seed")]);
    if (now !== built) { built = now; build(); }
    const log = Math.log10(get("lam")), near = path.get(Number((Math.round(log / EACH) * EACH).toFixed(2)));
    const { params, train, test, zeros } = task.solve(get("penalty"), get("lam"), near?.params), p = task.p;
    const grid = Array.from({ length: GRID * GRID }, (_, i) => [VIEW[0][0] + ((i % GRID) / (GRID - 1)) * (VIEW[0][1] - VIEW[0][0]), VIEW[1][1] - (Math.floor(i / GRID) / (GRID - 1)) * (VIEW[1][1] - VIEW[1][0])]);
    const F = task.features.of(grid), net = new Network({ sizes: [p, 1] });
    net.params.set(params);
    const Z = net.forward(F, GRID * GRID), cell = SIDE / (GRID - 1);
    put(edge, { d: contour((i) => Z[i], GRID, SIDE) });
    let d = "";
    for (let r = 0; r < GRID; r++) { // runs of class 1 in each row
      for (let c = 0; c < GRID; c++) {
        if (Z[r * GRID + c] <= 0) continue;
        const first = c;
        while (c + 1 < GRID && Z[r * GRID + c + 1] > 0) c += 1;
        d += `M${((first - 0.5) * cell).toFixed(1)} ${((r - 0.5) * cell).toFixed(1)}H${((c + 0.5) * cell).toFixed(1)}v${cell.toFixed(1)}H${((first - 0.5) * cell).toFixed(1)}Z`;
      }
    }
    put(side1, { d });
    drawPaths();
    const w = [...params.subarray(0, p)], top = Math.max(0.3, ...w.map(Math.abs)), step = 720 / p;
    put(bars, { viewBox: "0 0 740 96", "aria-label": `The ${p} weights as bars, ${zeros} of them exactly zero` });
    bars.replaceChildren(make("svg:path", { class: "nn-base", d: "M8 40H732" }), ...w.flatMap((v, k) => {
      const x = 10 + k * step, height = (36 * Math.abs(v)) / top, [i, j] = task.features.exponents[k];
      return [v === 0 ? make("svg:path", { class: "nn-zero", d: `M${x + step / 2 - 4} 36l8 8m0-8l-8 8` })
        : make("svg:rect", { class: v < 0 ? "nn-minus" : "nn-plus", x: x + step * 0.15, width: step * 0.7, y: v < 0 ? 40 : 40 - height, height }),
      make("svg:text", { x: x + step / 2, y: 92, "text-anchor": "middle" }, p > 20 ? `${i}${j}` : `${i ? `x₁${i > 1 ? sup(i) : ""}` : ""}${j ? `x₂${j > 1 ? sup(j) : ""}` : ""}`)];
    }));
    lam.refresh();
    kind.refresh();
    degree.refresh();
    set_(params);
    text.say(`${get("penalty")} penalty with λ = ${String(Number(get("lam").toPrecision(2)))}: ${zeros} of ${p} weights are exactly zero; ‖w‖₁ = ${show(w.reduce((s, v) => s + Math.abs(v), 0))}, ‖w‖₂ = ${show(Math.hypot(...w))}. `
      + `Cost ${show(train.cost, 3)} on the ${get("points").length} training points, ${show(test.cost, 3)} on ${tests.points.length} test points; ${show(100 * train.right, 1)} % and ${show(100 * test.right, 1)} % right.${p > 20 ? " A label such as 21 below a bar means x₁² x₂." : ""}`);
  }
  /** Let Python see the weights. @param {Float64Array} params */
  function set_(params) {
    model.set("params", [...params]);
    model.save_changes();
  }
  const stop = follow(model, ["penalty", "lam", "degree", "points", "labels"], draw);
  return () => { window.clearTimeout(timer); stop(); };
}

/** @param {number} n */
const sup = (n) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[n];

export default { render };

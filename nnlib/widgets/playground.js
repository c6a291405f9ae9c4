// The training playground: data sets or the reader's own points, a network, and its training as it goes.
import { ACTIVATIONS, Adam, COSTS, DATASETS, Network, Random, SGD, Trainer, holdOut } from "./engine.js";
import { Plot, arrow, button, calm, choice, clamp, colour, contour, follow, frame, inDrawing, liveText, make, markPath, onTheme, put, save, show, slider } from "./ui.js";

/** @typedef {import("./ui.js").Model} Model */

const GRID = 40; // the surfaces are computed on GRID × GRID points
const SIDE = 400; // of the plane, in its own units
const MOST = 1000; // points
/** Settings in the order of the link, with their short names there. */
/** @type {[string, string, "text" | "number" | "list"][]} */
const SETTINGS = [["data", "data", "text"], ["n_samples", "n", "number"], ["noise", "noise", "number"], ["test_size", "test", "number"],
  ["seed", "seed", "number"], ["hidden", "hidden", "list"], ["activation", "act", "text"], ["cost", "cost", "text"], ["optimizer", "opt", "text"],
  ["learning_rate", "eta", "number"], ["momentum", "momentum", "number"], ["batch_size", "batch", "number"], ["penalty", "penalty", "text"],
  ["lam", "lam", "number"], ["dropout", "dropout", "number"]];
const REBUILD = ["data", "n_samples", "noise", "test_size", "seed", "hidden", "activation", "cost", "points", "labels"];
/** Noise that suits each data set, as in nnlib.datasets. @type {Record<string, number>} */
const NOISE = { moons: 0.1, circles: 0.1, xor: 0, spirals: 0.02, "three arms": 0.02, clouds: 0.1 };
/** @type {Record<string, [number, number]>} */
const LIMITS = { n_samples: [4, MOST], noise: [0, 2], test_size: [0, 0.9], seed: [0, 2 ** 31 - 1], learning_rate: [1e-6, 100], momentum: [0, 0.999],
  batch_size: [1, MOST], lam: [0, 10], dropout: [0, 0.9] };
const CHOICES = { data: [...Object.keys(DATASETS), "own"], activation: Object.keys(ACTIVATIONS), cost: [...Object.keys(COSTS), "CategoricalCrossEntropy"],
  optimizer: ["SGD", "Adam"], penalty: ["none", "L1", "L2"] };

/**
 * Settings, points and weights as text for a link or a file.
 * @param {Record<string, any>} state @returns {string}
 */
export function encode(state) {
  const parts = SETTINGS.map(([name, short_, kind]) => `${short_}=${kind === "list" ? state[name].join("-") : String(state[name]).replaceAll(" ", "+")}`);
  if (state.data === "own") parts.push(`points=${state.points.map((/** @type {number[]} */ p, /** @type {number} */ i) => `${p[0]},${p[1]},${state.labels[i]}`).join(";")}`);
  if (state.steps > 0) {
    const bytes = new Uint8Array(Float64Array.from(state.params).buffer);
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    parts.push(`steps=${state.steps}`, `weights=${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`);
  }
  return parts.join("&");
}

/**
 * The settings in a text made by encode; what is missing or wrong is left out.
 * @param {string} text @returns {Record<string, any>}
 */
export function decode(text) {
  /** @type {Record<string, any>} */
  const found = {};
  const given = new Map(text.split("&").map((part) => { const at = part.indexOf("="); return [part.slice(0, at), safely(part.slice(at + 1))]; }));
  for (const [name, short_, kind] of SETTINGS) {
    const value = given.get(short_);
    if (value === undefined) continue;
    if (kind === "list") {
      const list = value === "" ? [] : value.split("-").map(Number);
      if (list.length <= 4 && list.every((n) => Number.isInteger(n) && n >= 1 && n <= 8)) found[name] = list;
    } else if (kind === "number") {
      const number = Number(value), [low, high] = LIMITS[name];
      if (value !== "" && number >= low && number <= high) found[name] = ["n_samples", "seed", "batch_size"].includes(name) ? Math.round(number) : number;
    } else {
      const word = value.replaceAll("+", " ");
      if (CHOICES[/** @type {keyof typeof CHOICES} */ (name)].includes(word)) found[name] = word;
    }
  }
  if (given.has("points")) {
    const rows = String(given.get("points")).split(";").map((row) => row.split(",").map(Number));
    if (usable(rows)) { found.points = rows.map((r) => [r[0], r[1]]); found.labels = rows.map((r) => r[2]); }
  }
  if (found.data === "own" && !found.points) delete found.data;
  const weights = given.get("weights"), steps = Number(given.get("steps"));
  if (weights && Number.isInteger(steps) && steps > 0) {
    try {
      const binary = atob(weights.replaceAll("-", "+").replaceAll("_", "/"));
      const params = [...new Float64Array(Uint8Array.from(binary, (c) => c.charCodeAt(0)).buffer)];
      if (params.every(Number.isFinite)) { found.params = params; found.steps = steps; }
    } catch { /* not weights: they are left out */ }
  }
  return found;
}

/** @param {string} text */
function safely(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

/** @param {number[][]} rows x₁, x₂ and label of each point */
const usable = (rows) => rows.length >= 1 && rows.length <= MOST && rows.every((r) => r.length === 3 && r.every(Number.isFinite) && [0, 1, 2].includes(r[2]));

/**
 * Points from comma-, semicolon-, tab- or space-separated rows: two numbers and a label, which may be any word.
 * @param {string} text @returns {{points: number[][], labels: number[], names: string[]}}
 */
export function readCsv(text) {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  const split = (/** @type {string} */ line) => line.split(/\s*[;\t]\s*|\s*,\s*|\s+/).map((cell) => cell.replace(/^"(.*)"$/, "$1"));
  const decimalComma = lines.some((line) => line.includes(";")); // 1,5;2,0;a
  const rows = lines.map((line) => (decimalComma ? line.split(/\s*;\s*/).map((cell, i) => (i < 2 ? cell.replace(",", ".") : cell)) : split(line)));
  if (rows.length && !rows[0].slice(0, 2).every((cell) => cell !== "" && Number.isFinite(Number(cell)))) rows.shift(); // names of the columns
  if (!rows.length) throw new Error("there are no rows of numbers");
  if (rows.length > MOST) throw new Error(`${rows.length} rows; at most ${MOST} are taken`);
  rows.forEach((row, i) => {
    if (row.length !== 3 || row.slice(0, 2).some((cell) => cell === "" || !Number.isFinite(Number(cell))) || row[2] === "") throw new Error(`row ${i + 1} is not “number, number, label”: ${row.join(", ")}`);
  });
  const names = [...new Set(rows.map((row) => row[2]))].sort((a, b) => (Number(a) - Number(b)) || (a < b ? -1 : 1));
  if (names.length > 3) throw new Error(`${names.length} different labels (${names.slice(0, 4).join(", ")}, …); at most three are taken`);
  return { points: rows.map((row) => [Number(row[0]), Number(row[1])]), labels: rows.map((row) => names.indexOf(row[2])), names };
}

/** Subtract each column's mean and divide by its standard deviation. @param {number[][]} points */
export function standardize(points) {
  const columns = [0, 1].map((k) => {
    const mean = points.reduce((s, p) => s + p[k], 0) / points.length;
    return { mean, deviation: Math.sqrt(points.reduce((s, p) => s + (p[k] - mean) ** 2, 0) / points.length) || 1 };
  });
  return points.map((p) => columns.map(({ mean, deviation }, k) => Math.round((1e4 * (p[k] - mean)) / deviation) / 1e4));
}

/**
 * A Python program that builds the same network with nnlib, with its data and its weights; the playground reads it back.
 * @param {Record<string, any>} state @returns {string}
 */
export function exportCode(state) {
  const K = new Set(state.labels).size, { cost, widths } = shape(state), plain = cost === "BinaryCrossEntropy" || cost === "CategoricalCrossEntropy";
  const layers = widths.slice(1).flatMap((n, i) => {
    const dense = `nn.Dense(${widths[i]}, ${n})`;
    if (i === widths.length - 2) return [dense];
    return [dense, `nn.${state.activation}()`, ...(state.dropout > 0 ? [`nn.Dropout(${state.dropout})`] : [])];
  });
  const rows = state.points.map((/** @type {number[]} */ p, /** @type {number} */ i) => `    [${p[0]}, ${p[1]}, ${state.labels[i]}, ${state.held_out[i] ? 1 : 0}],`);
  const weights = [];
  for (let i = 0; i < state.params.length; i += 4) weights.push(`    ${[...state.params].slice(i, i + 4).join(", ")},`);
  const some = state.held_out.some(Boolean), part = some ? "test" : "train";
  const target = { Hinge: "2 * y - 1", MeanSquaredError: "y[:, None]", MeanAbsoluteError: "y[:, None]", Huber: "y[:, None]" }[cost] ?? "y";
  const accuracy = plain ? `net.accuracy(X[${part}], y[${part}])` : `np.mean((net.forward(X[${part}])[:, 0] > ${COSTS[cost].boundary}) == y[${part}])`;
  return `# A network from the playground, ${state.steps} steps old. This program needs nnlib; the playground can load it back.
# playground: ${encode(state)}
import numpy as np

import nnlib as nn

# x1, x2, class (0 to ${K - 1}), and 1 if the point is held out for the test
data = np.array([
${rows.join("\n")}
])
X, y, held_out = data[:, :2], data[:, 2].astype(int), data[:, 3] == 1
train, test = ~held_out, held_out
targets = ${target}

net = nn.Network(
    [${layers.join(", ")}],
    cost=nn.${cost}(),
    seed=${state.seed},${state.penalty !== "none" && state.lam > 0 ? `\n    penalty=nn.${state.penalty}(${state.lam}),` : ""}
)
# the weights of the playground; without this line they are random
net.params[:] = [
${weights.join("\n")}
]
print(f"cost {net.evaluate(X[${part}], targets[${part}]):.4f}, accuracy {${accuracy}:.4f}")

optimizer = nn.${state.optimizer === "Adam" ? `Adam(learning_rate=${state.learning_rate})` : `SGD(learning_rate=${state.learning_rate}, momentum=${state.momentum})`}
nn.fit(net, X[train], targets[train], optimizer, epochs=10, batch_size=${state.batch_size}, progress=False)
print(f"after 10 more epochs: cost {net.evaluate(X[${part}], targets[${part}]):.4f}, accuracy {${accuracy}:.4f}")
`;
}

/**
 * The cost that the data allow, and the widths of the network.
 * @param {Record<string, any>} state @returns {{cost: string, widths: number[]}}
 */
function shape(state) {
  const K = Math.max(2, 1 + Math.max(...state.labels)), cost = K > 2 ? "CategoricalCrossEntropy" : state.cost;
  return { cost, widths: [2, ...state.hidden, cost === "CategoricalCrossEntropy" ? K : 1] };
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @param {string} name @returns {any} */
  const get = (name) => model.get(name);
  const set = (/** @type {Record<string, any>} */ changes) => save(model, changes);
  const key = `#${get("name")}:`;
  const given = Object.fromEntries([...SETTINGS.map(([name]) => name), "points", "labels"].map((name) => [name, get(name)]));

  /** @type {Network} */
  let net;
  /** @type {Trainer} */
  let trainer;
  let points = /** @type {number[][]} */ ([]), labels = /** @type {number[]} */ ([]), held = /** @type {boolean[]} */ ([]);
  let trainX = new Float64Array(0), testX = trainX, trainY = trainX, testY = trainX;
  let cost = "", widths = [2, 1], built = "", tuned = "", steps = 0, playing = 0, rate = 0, mine = false, wanted = /** @type {number[] | null} */ (null);
  let history = /** @type {number[][]} */ ([]), failed = "";
  const view = { x: 0, y: 0, half: 1 };
  let gridX = new Float64Array(2 * GRID * GRID);
  /** @type {{l: number, j: number} | null} */
  let shown = null; // the unit whose surface fills the plane; the network's output if null
  let brush = -2, cross = [SIDE / 2, SIDE / 2];

  // ---- plane ------------------------------------------------------------------------------------------------
  const surface = make("canvas", { width: GRID, height: GRID, "aria-hidden": "true" });
  const small = make("canvas", { width: GRID, height: GRID });
  const edge = make("svg:path", { class: "nn-edge" }), marks = make("svg:g"), pointer = make("svg:path", { class: "nn-cross", d: "M-9 0H9M0-9V9" });
  const plane = make("svg:svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: 0, role: "application", "aria-label": "The plane of the two inputs. Arrow keys move a cross, Enter puts a point there, Delete takes the nearest away" }, edge, marks, pointer);
  const planeBox = make("div", { class: "nn-plane" }, surface, plane), corners = make("p", { class: "nn-hint" });
  plane.addEventListener("click", (/** @type {MouseEvent} */ event) => { cross = inDrawing(plane, event); paint(); });
  plane.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const step = arrow(event);
    if (step) cross = [clamp(cross[0] + 8 * step[0], 0, SIDE), clamp(cross[1] - 8 * step[1], 0, SIDE)];
    else if (event.key === "Enter" || event.key === " ") paint();
    else if (event.key === "Delete" || event.key === "Backspace") paint(true);
    else return;
    event.preventDefault();
    put(pointer, { transform: `translate(${cross[0]} ${cross[1]})` });
  });
  const toPlane = (/** @type {number[]} */ p) => [((p[0] - view.x) / view.half + 1) * (SIDE / 2), (1 - (p[1] - view.y) / view.half) * (SIDE / 2)];
  /** Put a point of the brush's class at the cross, or take the nearest away (class −1). */
  function paint(erase = brush === -1) {
    if (brush === -2 && !erase) return; // nothing chosen: the plane is for looking
    const at = [view.x + (cross[0] / (SIDE / 2) - 1) * view.half, view.y + (1 - cross[1] / (SIDE / 2)) * view.half].map((c) => Math.round(1e3 * c) / 1e3);
    let next = points.map((p, i) => ({ p, label: labels[i] }));
    if (erase) {
      if (next.length <= 4) return;
      const far = next.map(({ p }) => Math.hypot(p[0] - at[0], p[1] - at[1])), nearest = far.indexOf(Math.min(...far));
      next = next.filter((_, i) => i !== nearest);
    } else if (next.length < MOST) next.push({ p: at, label: brush });
    own(next.map(({ p }) => p), next.map(({ label }) => label), true);
  }
  /** From now on the data are the reader's own; keep what the network has learned if its shape allows. */
  function own(/** @type {number[][]} */ p, /** @type {number[]} */ l, keep = false) {
    if (keep) { wanted = [...net.params]; keepView = true; }
    set({ data: "own", points: p, labels: l });
  }
  let keepView = false;

  // ---- network ----------------------------------------------------------------------------------------------
  const drawing = make("canvas", { "aria-hidden": "true" }), overlay = make("svg:svg", { role: "group", "aria-label": "Units of the network; choose one to see its surface and to change its weights" });
  const netBox = make("div", { class: "nn-net" }, drawing, overlay);
  const COLUMN = 84, ROW = 42, UNIT = 34;
  const netSize = () => [UNIT + 12 + (widths.length - 1) * COLUMN, Math.max(3, ...widths) * ROW + 4];
  const unitAt = (/** @type {number} */ l, /** @type {number} */ j) => [6 + UNIT / 2 + l * COLUMN, netSize()[1] / 2 + (j - (widths[l] - 1) / 2) * ROW];
  const weights = make("div", { class: "nn-controls nn-weights" }), weightsBox = make("details", {}, make("summary", {}, "Change its weights by hand"), weights);
  /** @type {(() => void)[]} */
  let weightSliders = [];
  function layOut() {
    const [w, h] = netSize();
    put(drawing, { width: 2 * w, height: 2 * h });
    put(overlay, { viewBox: `0 0 ${w} ${h}` });
    netBox.style.maxWidth = `${1.25 * w}px`;
    overlay.replaceChildren();
    widths.forEach((n, l) => {
      for (let j = 0; j < n; j++) {
        const [x, y] = unitAt(l, j), name = l === 0 ? `input ${j + 1}` : l === widths.length - 1 ? (n > 1 ? `output for class ${j}` : "output") : `unit ${j + 1} of layer ${l}`;
        const box = make("svg:rect", { x: x - UNIT / 2, y: y - UNIT / 2, width: UNIT, height: UNIT, rx: 3, tabindex: 0, role: "button", "aria-label": `${name}: show its surface`, "aria-pressed": "false", "data-unit": `${l}.${j}` });
        const choose = () => { shown = shown && shown.l === l && shown.j === j ? null : { l, j }; inspect(); redraw(); };
        box.addEventListener("click", choose);
        box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
          if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
          if (event.key === "Escape") { shown = null; inspect(); redraw(); }
        });
        overlay.append(box);
      }
    });
    shown = null;
    inspect();
  }
  /** Sliders for what flows into the chosen unit. */
  function inspect() {
    for (const box of overlay.children) put(box, { "aria-pressed": String(!!shown && box.getAttribute("data-unit") === `${shown.l}.${shown.j}`) });
    const unit = shown && shown.l > 0 ? shown : { l: widths.length - 1, j: 0 }, layer = net.layers[unit.l - 1];
    const list = Array.from({ length: layer.n_in + 1 }, (_, k) => {
      const at = k < layer.n_in ? layer.w + unit.j * layer.n_in + k : layer.b + unit.j;
      return slider(k < layer.n_in ? `w${"₁₂₃₄₅₆₇₈"[k]}` : "b", { min: -4, max: 4, step: 0.05, read: () => net.params[at], write: (v) => { net.params[at] = v; steps = Math.max(1, steps); redraw(); changed(); },
        label: k < layer.n_in ? `weight from ${unit.l === 1 ? "input" : "unit"} ${k + 1}` : "bias" });
    });
    weightSliders = list.map((s) => s.refresh);
    weights.replaceChildren(make("p", { class: "nn-hint" }, unit.l === widths.length - 1 ? `Into output ${unit.j + 1}:` : `Into unit ${unit.j + 1} of layer ${unit.l}:`), ...list.map((s) => s.element));
  }

  // ---- learning curves --------------------------------------------------------------------------------------
  const curves = new Plot({ width: 380, height: 170, x: [0, 10], y: [0, 1], xName: "steps", yName: "cost", alt: "Learning curves: cost on the training set and on the test set", margin: [40, 6, 10, 30] });
  const trainLine = make("svg:path", { class: "nn-c nn-blue" }), testLine = make("svg:path", { class: "nn-c nn-orange nn-dash" });
  curves.svg.append(trainLine, testLine);
  const legend = make("p", { class: "nn-hint" }, make("svg:svg", { class: "nn-key", viewBox: "0 0 26 10", "aria-hidden": "true" }, make("svg:path", { class: "nn-c nn-blue", d: "M0 5H26" })), "training  ",
    make("svg:svg", { class: "nn-key", viewBox: "0 0 26 10", "aria-hidden": "true" }, make("svg:path", { class: "nn-c nn-orange nn-dash", d: "M0 5H26" })), "test (hollow points)");

  // ---- controls ---------------------------------------------------------------------------------------------
  const number = (/** @type {string} */ name, /** @type {string} */ words, /** @type {number[]} */ values) => {
    const read = () => String(get(name));
    const list = choice(words, [...new Set([...values, get(name)])].sort((a, b) => a - b).map((v) => [String(v), String(v)]), read, (v) => set({ [name]: Number(v) }));
    return { ...list, refresh: () => {
      if (![...list.input.options].some((o) => o.value === read())) list.input.append(make("option", { value: read() }, read()));
      list.refresh();
    } };
  };
  const words = (/** @type {keyof typeof CHOICES} */ name, /** @type {string} */ title, /** @type {string[]} */ values) =>
    choice(title, values.map((v) => [v, v]), () => get(name), (v) => set({ [name]: v }));
  const lists = [
    choice("data", [...Object.keys(DATASETS).map((v) => /** @type {[string, string]} */ ([v, v])), ["own", "my own points"]], () => get("data"), (v) => set(v === "own" ? { data: v, points, labels } : { data: v, noise: NOISE[v] })),
    slider("points", { min: 20, max: 500, step: 10, read: () => get("n_samples"), write: (v) => set({ n_samples: v }), format: String, label: "number of points" }),
    slider("noise", { min: 0, max: 0.5, step: 0.01, read: () => get("noise"), write: (v) => set({ noise: v }) }),
    slider("test share", { min: 0, max: 0.8, step: 0.05, read: () => get("test_size"), write: (v) => set({ test_size: v }), format: (v) => `${Math.round(100 * v)} %` }),
    words("activation", "activation", CHOICES.activation.filter((v) => v !== "Step")),
    choice("cost", CHOICES.cost.map((v) => [v, v]), () => cost || get("cost"), (v) => set({ cost: v })),
    words("optimizer", "optimizer", CHOICES.optimizer),
    number("learning_rate", "learning rate", [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]),
    slider("momentum", { min: 0, max: 0.99, step: 0.01, read: () => get("momentum"), write: (v) => set({ momentum: v }) }),
    number("batch_size", "batch size", [1, 2, 5, 10, 20, 50, 100, 200]),
    words("penalty", "penalty", CHOICES.penalty),
    number("lam", "λ", [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]),
    slider("dropout", { min: 0, max: 0.8, step: 0.05, read: () => get("dropout"), write: (v) => set({ dropout: v }) }),
  ];
  const hidden = make("div", { class: "nn-buttons", role: "group", "aria-label": "hidden layers" });
  function drawHidden() {
    const now = get("hidden");
    const focused = hidden.contains(document.activeElement) ? [...hidden.children].indexOf(/** @type {any} */ (document.activeElement)) : -1;
    hidden.replaceChildren(...now.map((/** @type {number} */ n, /** @type {number} */ i) => {
      const input = make("input", { type: "number", min: 1, max: 8, value: n, "aria-label": `units in hidden layer ${i + 1}` });
      input.addEventListener("change", () => set({ hidden: now.map((/** @type {number} */ old, /** @type {number} */ k) => (k === i ? clamp(Math.round(Number(input.value)) || 1, 1, 8) : old)) }));
      return input;
    }),
    button("+ layer", () => set({ hidden: [...now, 4] })), button("− layer", () => set({ hidden: now.slice(0, -1) })));
    /** @type {any} */ (hidden.children[now.length]).disabled = now.length >= 4;
    /** @type {any} */ (hidden.children[now.length + 1]).disabled = now.length === 0;
    if (focused >= 0) /** @type {any} */ (hidden.children[Math.min(focused, hidden.children.length - 1)]).focus();
  }
  let speedNow = 5;
  const speed = choice("speed", [["1", "1 step a frame"], ["5", "5 steps a frame"], ["20", "20 steps a frame"], ["100", "100 steps a frame"], ["0", "as fast as it can"]], () => String(speedNow), (v) => { speedNow = Number(v); });
  const play = button("Play", () => (playing ? pause() : start()), { class: "nn-play" });
  const brushes = make("div", { class: "nn-buttons", role: "group", "aria-label": "what a click on the plane does" });
  const brushWords = ["add class 0", "add class 1", "add class 2", "erase"];
  brushWords.forEach((w, i) => brushes.append(button(w, () => { brush = brush === (i + 1) % 4 - 1 ? -2 : (i + 1) % 4 - 1; drawBrush(); }, { "aria-pressed": "false" })));
  const drawBrush = () => [...brushes.children].forEach((b, i) => put(b, { "aria-pressed": String(brush === (i + 1) % 4 - 1) }));
  drawBrush();

  const csv = make("textarea", { rows: 5, "aria-label": "points as text: x1, x2, label in each row", placeholder: "x1, x2, label\n0.5, 1.2, 0\n−0.3, 0.8, 1", spellcheck: "false" });
  const csvFile = make("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv,text/plain", "aria-label": "CSV file" });
  const scale = make("input", { type: "checkbox" }), csvNote = make("p", { class: "nn-hint", role: "status" });
  scale.checked = true;
  csvFile.addEventListener("change", async () => { if (csvFile.files[0]) { csv.value = await csvFile.files[0].text(); useCsv(); } });
  function useCsv() {
    try {
      const found = readCsv(csv.value.replaceAll("−", "-"));
      csvNote.textContent = `${found.points.length} points; ${found.names.map((name, i) => `“${name}” is class ${i}`).join(", ")}.`;
      own(scale.checked ? standardize(found.points) : found.points, found.labels);
    } catch (e) {
      csvNote.textContent = `Not taken: ${/** @type {Error} */ (e).message}.`;
    }
  }
  const code = make("textarea", { rows: 8, "aria-label": "program with this network", spellcheck: "false" }), codeNote = make("p", { class: "nn-hint", role: "status" });
  const codeFile = make("input", { type: "file", accept: ".py,.txt", "aria-label": "file exported from a playground" });
  codeFile.addEventListener("change", async () => { if (codeFile.files[0]) { code.value = await codeFile.files[0].text(); loadCode(); } });
  const state = () => ({ ...Object.fromEntries(SETTINGS.map(([name]) => [name, get(name)])), points, labels, held_out: held, params: [...net.params], steps });
  function loadCode() {
    const found = decode((code.value.match(/^# playground: (.*)$/m)?.[1] ?? code.value.split(key).pop() ?? "").trim());
    if (!Object.keys(found).length) { codeNote.textContent = "Not loaded: the line that begins with “# playground:” is missing."; return; }
    load(found);
    codeNote.textContent = found.params ? "Loaded, with its weights." : "Loaded, without weights.";
  }
  const text = liveText();

  const root = frame(el, "playground",
    make("div", { class: "nn-buttons nn-top" }, play, button("Step", () => { pause(); advance(1); finish(); }), button("Start again", () => { pause(); restart(); }),
      button("New seed", () => set({ seed: get("seed") + 1 })), button("As given", () => { pause(); wanted = null; set({ ...given, seed: given.seed }); restart(); }), speed.element),
    make("div", { class: "nn-stage" },
      make("div", { class: "nn-left" }, planeBox, corners, brushes),
      make("div", { class: "nn-left" }, netBox, weightsBox),
      make("div", { class: "nn-left" }, curves.svg, legend),
      make("div", { class: "nn-left" }, text.element)),
    make("details", { open: "" }, make("summary", {}, "Settings"), make("div", { class: "nn-settings" },
      make("div", { class: "nn-choice" }, make("span", {}, "hidden layers"), hidden), ...lists.map((c) => c.element))),
    make("details", {}, make("summary", {}, "My own points"), make("div", { class: "nn-controls" },
      make("p", { class: "nn-hint" }, "Choose “add class” below the plane and click or tap on it; or paste rows here, or choose a file. Nothing leaves your computer."),
      csv, make("label", {}, scale, " standardize both columns"), make("div", { class: "nn-buttons" }, button("Use these points", useCsv), csvFile), csvNote)),
    make("details", {}, make("summary", {}, "Take it with you: nnlib code, link, load"), make("div", { class: "nn-controls" },
      make("div", { class: "nn-buttons" },
        button("Show nnlib code", () => { code.value = exportCode(state()); codeNote.textContent = "Copy it, or save it as a file; it runs, and it can be loaded here again."; }),
        button("Save as file", () => {
          code.value = exportCode(state());
          const link = make("a", { href: URL.createObjectURL(new Blob([code.value], { type: "text/x-python" })), download: "playground.py" });
          link.click();
          setTimeout(() => URL.revokeObjectURL(link.href), 1000);
        }),
        button("Link to this", () => { code.value = location.href.split("#")[0] + key + encode(state()); code.select(); codeNote.textContent = "This link opens the playground as it is now."; }),
        button("Load", loadCode), codeFile),
      code, codeNote)));

  // ---- training ---------------------------------------------------------------------------------------------
  /** Data and network from the settings. */
  function build() {
    const data = get("data");
    if (data === "own" && get("points").length) { points = get("points"); labels = get("labels"); }
    else ({ points, labels } = DATASETS[data === "own" ? "moons" : data](get("n_samples"), get("noise"), new Random(get("seed"))));
    held = holdOut(labels, get("test_size"), get("seed"));
    ({ cost, widths } = shape({ labels, cost: get("cost"), hidden: get("hidden") }));
    const part = (/** @type {boolean} */ test) => points.flatMap((p, i) => (held[i] === test ? p : []));
    const aims = (/** @type {boolean} */ test) => labels.flatMap((y, i) => (held[i] === test ? [cost === "Hinge" ? 2 * y - 1 : y] : []));
    [trainX, testX, trainY, testY] = [part(false), part(true), aims(false), aims(true)].map((v) => Float64Array.from(v));
    if (!keepView) {
      const low = [0, 1].map((k) => Math.min(...points.map((p) => p[k]))), high = [0, 1].map((k) => Math.max(...points.map((p) => p[k])));
      [view.x, view.y] = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
      view.half = 0.56 * Math.max(high[0] - low[0], high[1] - low[1], 0.5);
    }
    keepView = false;
    gridX = Float64Array.from({ length: 2 * GRID * GRID }, (_, i) => {
      const c = (i >> 1) % GRID, r = Math.floor((i >> 1) / GRID);
      return i % 2 ? view.y + (1 - (2 * r) / (GRID - 1)) * view.half : view.x + ((2 * c) / (GRID - 1) - 1) * view.half;
    });
    corners.textContent = `x₁ from ${show(view.x - view.half)} to ${show(view.x + view.half)}, x₂ from ${show(view.y - view.half)} to ${show(view.y + view.half)}`;
    marks.replaceChildren(...points.map((p, i) => {
      const [x, y] = toPlane(p);
      return make("svg:path", { class: `nn-class${labels[i]}${held[i] ? " nn-held" : ""}`, d: markPath(labels[i], points.length > 250 ? 3 : 4), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
    }));
    put(pointer, { transform: `translate(${cross[0]} ${cross[1]})` });
    restart();
  }
  /** Begin training anew, or from weights that are wanted. */
  function restart() {
    net = new Network({ sizes: widths, activation: get("activation"), cost, seed: get("seed") });
    const known = wanted && wanted.length === net.params.length ? wanted : null;
    if (known) net.params.set(known);
    else steps = 0;
    wanted = null;
    failed = "";
    history = [];
    tuned = "";
    tune();
    layOut();
    record();
    finish();
  }
  /** Optimizer, batches, penalty and dropout from the settings; the weights stay. */
  function tune() {
    const wish = JSON.stringify([get("optimizer"), get("momentum"), get("batch_size"), get("learning_rate")]);
    net.penalty = { kind: get("penalty") === "none" ? "" : get("penalty"), lam: get("lam") };
    net.dropout = get("dropout");
    if (wish === tuned) return;
    const old = tuned ? trainer.optimizer : null, eta = get("learning_rate");
    let optimizer = get("optimizer") === "Adam" ? new Adam(eta) : new SGD(eta, get("momentum"));
    if (old && old.constructor === optimizer.constructor) { // what it remembers stays
      Object.assign(old, { learningRate: eta, ...(old instanceof SGD ? { momentum: get("momentum") } : {}) });
      optimizer = /** @type {SGD | Adam} */ (old);
    }
    trainer = new Trainer(net, optimizer, trainX, trainY, get("batch_size"), get("seed") + steps);
    tuned = wish;
  }
  /** @param {number} n updates @param {number} [until] stop at this time */
  function advance(n, until = Infinity) {
    let made = 0;
    for (; made < n && !failed && (made % 4 || performance.now() < until); made++) {
      const value = trainer.step();
      steps += 1;
      if (!Number.isFinite(value)) { failed = `The cost is no longer a number at step ${steps}: the learning rate ${get("learning_rate")} is too large here.`; break; }
    }
    record();
    return made;
  }
  /** Cost and accuracy of a set. @param {Float64Array} X @param {Float64Array} Y */
  function measure(X, Y) {
    if (!Y.length) return { cost: NaN, right: 0, total: 0 };
    net.forward(X, Y.length);
    let right = 0;
    for (let i = 0; i < Y.length; i++) right += net.classify(i) === (cost === "Hinge" ? (Y[i] + 1) / 2 : Y[i]) ? 1 : 0;
    return { cost: net.value(Y), right, total: Y.length };
  }
  let results = { train: { cost: NaN, right: 0, total: 0 }, test: { cost: NaN, right: 0, total: 0 } };
  function record() {
    results = { train: measure(trainX, trainY), test: measure(testX, testY) };
    if (!history.length || history[history.length - 1][0] !== steps) history.push([steps, results.train.cost, results.test.cost]);
    else history[history.length - 1] = [steps, results.train.cost, results.test.cost];
    if (history.length > 400) history = history.filter((_, i) => i % 2 === 0 || i === history.length - 1);
  }
  let ticked = 0, since = 0, sinceSteps = 0;
  function tick() {
    const t = performance.now();
    if (!root.isConnected) { playing = 0; return; }
    if (!calm() || t - ticked > 1000) { // less motion: one picture a second
      advance(speedNow || 1e6, t + (calm() ? 100 : 12));
      ticked = t;
      if (t - since > 500) { rate = (1000 * (steps - sinceSteps)) / (t - since); since = t; sinceSteps = steps; }
      redraw();
    }
    if (failed) { pause(); return; }
    playing = requestAnimationFrame(tick);
  }
  function start() {
    if (failed) restart();
    since = performance.now();
    sinceSteps = steps;
    ticked = 0;
    rate = 0;
    play.textContent = "Pause";
    playing = requestAnimationFrame(tick);
  }
  function pause() {
    if (!playing) return;
    cancelAnimationFrame(playing);
    playing = 0;
    play.textContent = "Play";
    finish();
  }
  /** Draw, and let Python and the link know. */
  function finish() {
    redraw();
    changed();
  }

  // ---- drawing ----------------------------------------------------------------------------------------------
  let palette = [[0, 0, 0]], shades = [new Uint32Array(512), new Uint32Array(512)];
  const bitmap = new ImageData(GRID, GRID), bits = new Uint32Array(bitmap.data.buffer);
  function readColours() {
    palette = ["--nn-blue", "--nn-orange", "--nn-green", "--nn-paper"].map((name) => colour(root, name));
    // 512 shades from blue over paper to orange, soft for the plane, strong for the units
    shades = [0.5, 0.9].map((strength) => Uint32Array.from({ length: 512 }, (_, i) => shade(i < 256 ? 0 : 1, (strength * Math.abs(i - 255.5)) / 255.5)));
  }
  /** A mixture of paper and a class's colour as the bytes of a pixel. @param {number} k @param {number} t */
  const shade = (k, t) => {
    const [r, g, b] = [0, 1, 2].map((e) => Math.round(palette[3][e] + t * (palette[k][e] - palette[3][e])));
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  };
  /** Paint values between −1 (blue) and 1 (orange). @param {any} canvas @param {(i: number) => number} value @param {Uint32Array} colours */
  function fill(canvas, value, colours) {
    for (let i = 0; i < GRID * GRID; i++) bits[i] = colours[Math.floor(255.999 * (1 + clamp(value(i), -1, 1)))];
    canvas.getContext("2d").putImageData(bitmap, 0, 0);
  }
  /** The surface of a unit between −1 and 1, from the last forward over the grid. @returns {(i: number) => number} */
  function unitValue(/** @type {number} */ l, /** @type {number} */ j) {
    if (l === 0) return (i) => (gridX[2 * i + j] - (j ? view.y : view.x)) / view.half;
    const { Z, A, n_out } = net.layers[l - 1];
    if (l === widths.length - 1) {
      if (n_out === 1) return cost === "Hinge" ? (i) => Z[i] : (i) => 2 * net.link(Z[i]) - 1;
      return (i) => 2 * share(Z, i, n_out, j) - 1;
    }
    let top = 1e-9;
    for (let i = j; i < GRID * GRID * n_out; i += n_out) top = Math.max(top, Math.abs(A[i]));
    return (i) => A[i * n_out + j] / top;
  }
  /** Softmax of one score. */
  function share(/** @type {Float64Array} */ Z, /** @type {number} */ i, /** @type {number} */ K, /** @type {number} */ j) {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += Math.exp(Z[i * K + k] - Z[i * K + j]);
    return 1 / sum;
  }
  function redraw() {
    net.forward(gridX, GRID * GRID);
    const last = widths.length - 1, { Z, n_out } = net.layers[last - 1];
    const boundary = n_out === 1 ? (cost === "BinaryCrossEntropy" ? 0 : COSTS[cost].boundary) : 0;
    if (shown) {
      const value = unitValue(shown.l, shown.j);
      fill(surface, value, shades[0]);
      put(edge, { d: contour(value, GRID, SIDE) });
    } else if (n_out < 3) {
      fill(surface, unitValue(last, n_out - 1), shades[0]);
      put(edge, { d: contour(n_out === 1 ? (i) => Z[i] - boundary : (i) => Z[2 * i + 1] - Z[2 * i], GRID, SIDE) });
    } else {
      const lead = (/** @type {number} */ i, /** @type {number} */ j) => { let other = -Infinity; for (let k = 0; k < n_out; k++) if (k !== j) other = Math.max(other, Z[i * n_out + k]); return Z[i * n_out + j] - other; };
      for (let i = 0; i < GRID * GRID; i++) {
        let best = 0;
        for (let k = 1; k < n_out; k++) if (Z[i * n_out + k] > Z[i * n_out + best]) best = k;
        bits[i] = shade(best, 0.5 * clamp(1.5 * share(Z, i, n_out, best) - 0.5, 0, 1));
      }
      surface.getContext("2d").putImageData(bitmap, 0, 0);
      put(edge, { d: Array.from({ length: n_out }, (_, j) => contour((i) => lead(i, j), GRID, SIDE)).join("") });
    }
    // The network: its lines first, the units' surfaces upon them.
    const context = drawing.getContext("2d"), [w, h] = netSize();
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, w, h);
    net.layers.forEach(({ n_in, n_out: n, W }, l) => {
      for (let j = 0; j < n; j++) {
        for (let k = 0; k < n_in; k++) {
          const v = W[j * n_in + k], [x1, y1] = unitAt(l, k), [x2, y2] = unitAt(l + 1, j);
          context.strokeStyle = `rgb(${palette[v < 0 ? 0 : 1].join(" ")} / ${clamp(0.15 + Math.abs(v) / 2, 0, 1)})`;
          context.lineWidth = clamp(0.5 + 1.4 * Math.abs(v), 0.5, 6);
          context.setLineDash(v < 0 ? [5, 3] : []);
          context.beginPath();
          context.moveTo(x1 + UNIT / 2, y1);
          context.bezierCurveTo(x1 + COLUMN / 2, y1, x2 - COLUMN / 2, y2, x2 - UNIT / 2, y2);
          context.stroke();
        }
      }
    });
    context.setLineDash([]);
    widths.forEach((n, l) => {
      for (let j = 0; j < n; j++) {
        const [x, y] = unitAt(l, j);
        fill(small, unitValue(l, j), shades[1]);
        context.drawImage(small, x - UNIT / 2, y - UNIT / 2, UNIT, UNIT);
      }
    });
    const t = performance.now();
    if (!playing || t - plotted > 100) {
      plotted = t;
      drawCurves();
    }
    if (weightsBox.open) weightSliders.forEach((refresh) => refresh());
    describe();
  }
  let plotted = 0;
  function drawCurves() {
    const high = Math.max(...history.flatMap((r) => [r[1], r[2]]).filter(Number.isFinite), 1e-3);
    curves.x = [history[0][0], Math.max(history[0][0] + 10, steps)];
    curves.y = [0, high * 1.08];
    curves.rule();
    put(trainLine, { d: curves.path(history.map((r) => [r[0], r[1]])) });
    put(testLine, { d: curves.path(history.map((r) => [r[0], r[2]])) });
  }
  let described = 0;
  function describe() {
    const t = performance.now();
    if (playing && t - described < 250) return;
    described = t;
    const percent = (/** @type {{right: number, total: number}} */ m) => `${show((100 * m.right) / m.total, 1)} %`;
    const perEpoch = Math.ceil(trainY.length / Math.min(get("batch_size"), trainY.length));
    const what = shown ? `The plane shows ${shown.l === 0 ? `input ${shown.j + 1}` : shown.l === widths.length - 1 ? `output ${shown.j + 1}` : `unit ${shown.j + 1} of layer ${shown.l}`}. ` : "";
    text.say(`${failed ? `${failed} ` : ""}${what}Network ${widths.join("-")}, ${net.params.length} parameters. Step ${steps}, epoch ${show(steps / perEpoch, 1)}. `
      + `Training: cost ${show(results.train.cost, 4)}, ${percent(results.train)} right of ${results.train.total}. `
      + (results.test.total ? `Test: cost ${show(results.test.cost, 4)}, ${percent(results.test)} right of ${results.test.total}.` : "No points are held out for a test.")
      + (net.penalty.kind && net.penalty.lam ? ` Penalty: ${show(net.penaltyValue(), 4)}.` : "") + (playing && rate ? ` ${Math.round(rate)} steps a second.` : ""), !!playing);
  }

  // ---- state in the model and in the link --------------------------------------------------------------------
  let later = 0, touched = false;
  /** After a change by the reader: tell Python, and put it into the link a little later. */
  function changed() {
    mine = true;
    set({ held_out: held, steps, params: [...net.params].every(Number.isFinite) ? [...net.params] : [], ...(get("data") === "own" ? {} : { points, labels }) });
    mine = false;
    if (!touched || document.body.hasAttribute("data-jp-theme-light")) return; // in JupyterLab the address is not ours
    window.clearTimeout(later);
    later = window.setTimeout(() => { try { history_().replaceState(history_().state, "", key + encode(state())); } catch { /* not allowed here */ } }, 300);
  }
  const history_ = () => window.history;
  for (const kind of ["pointerdown", "keydown", "input", "change"]) root.addEventListener(kind, () => { touched = true; }, { capture: true });
  function load(/** @type {Record<string, any>} */ found) {
    pause();
    const { params, steps: s, ...settings } = found;
    wanted = params ?? null;
    built = ""; // build again, even if nothing but the weights differs
    steps = s ?? 0;
    if (settings.data && settings.noise === undefined) settings.noise = NOISE[settings.data] ?? 0;
    set(settings);
    update();
  }
  function fromLink() {
    if (!location.hash.startsWith(key)) return false;
    load(decode(location.hash.slice(key.length)));
    return true;
  }
  const onHash = () => { if (fromLink()) root.scrollIntoView({ behavior: calm() ? "auto" : "smooth" }); };

  let queued = false;
  function update() {
    queued = false;
    const all = JSON.stringify(REBUILD.filter((name) => get("data") === "own" ? !["n_samples", "noise"].includes(name) : !["points", "labels"].includes(name)).map(get));
    if (all !== built) { built = all; build(); drawHidden(); }
    else { tune(); finish(); }
    lists.forEach((list) => list.refresh());
    const K = Math.max(...labels) + 1;
    lists[5].input.disabled = K > 2;
    lists[8].input.disabled = get("optimizer") !== "SGD";
    lists[1].input.disabled = lists[2].input.disabled = get("data") === "own";
    lists[11].input.disabled = get("penalty") === "none";
  }
  readColours();
  const names = [...SETTINGS.map(([name]) => name), "points", "labels"];
  const stored = get("params"), storedSteps = get("steps");
  if (storedSteps > 0 && stored.length) { wanted = stored; steps = storedSteps; }
  const stop = follow(model, names, () => { if (!mine && !queued) { queued = true; queueMicrotask(update); } });
  const fromPython = () => {
    const params = get("params");
    if (mine || params.length !== net.params.length) return;
    net.params.set(params);
    steps = get("steps");
    record();
    redraw();
  };
  update();
  model.on("change:params", fromPython);
  if (fromLink()) requestAnimationFrame(() => root.scrollIntoView());
  const stopTheme = onTheme(() => { readColours(); redraw(); });
  window.addEventListener("hashchange", onHash);
  return () => { pause(); stop(); stopTheme(); model.off("change:params", fromPython); window.removeEventListener("hashchange", onHash); };
}

export default { render };

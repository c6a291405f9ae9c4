// Backpropagation on a computational graph: the reader's expression, one step at a time, forward and then backward.
import { button, clamp, follow, frame, liveText, make, save, show, slider } from "./ui.js";

/** @typedef {import("./ui.js").Model} Model */
/**
 * A node: a variable, a constant or an operation on earlier nodes.
 * @typedef {{op: string, name: string, inputs: number[], value: number}} GraphNode
 */

/** Value and slopes of each operation, as functions of its inputs. */
/** @type {Record<string, {f: (...v: number[]) => number, d: (...v: number[]) => number[]}>} */
export const OPERATIONS = {
  "+": { f: (a, b) => a + b, d: () => [1, 1] },
  "−": { f: (a, b) => a - b, d: () => [1, -1] },
  "×": { f: (a, b) => a * b, d: (a, b) => [b, a] },
  "/": { f: (a, b) => a / b, d: (a, b) => [1 / b, -a / (b * b)] },
  "^": { f: (a, b) => a ** b, d: (a, b) => [b === 0 ? 0 : b * a ** (b - 1), a > 0 ? a ** b * Math.log(a) : 0] },
  neg: { f: (a) => -a, d: () => [-1] },
  exp: { f: Math.exp, d: (a) => [Math.exp(a)] },
  log: { f: Math.log, d: (a) => [1 / a] },
  sqrt: { f: Math.sqrt, d: (a) => [0.5 / Math.sqrt(a)] },
  sin: { f: Math.sin, d: (a) => [Math.cos(a)] },
  cos: { f: Math.cos, d: (a) => [-Math.sin(a)] },
  abs: { f: Math.abs, d: (a) => [Math.sign(a)] },
  tanh: { f: Math.tanh, d: (a) => [1 - Math.tanh(a) ** 2] },
  sigmoid: { f: (a) => 1 / (1 + Math.exp(-a)), d: (a) => { const s = 1 / (1 + Math.exp(-a)); return [s * (1 - s)]; } },
  relu: { f: (a) => Math.max(0, a), d: (a) => [a > 0 ? 1 : 0] },
  max: { f: Math.max, d: (a, b) => [a > b ? 1 : 0, a > b ? 0 : 1] },
  min: { f: Math.min, d: (a, b) => [a < b ? 1 : 0, a < b ? 0 : 1] },
};
const TWO = ["max", "min"];

/**
 * Read an expression into nodes in the order of computation; the last one is the result.
 * A variable is one node however often it stands there; so its gradients are added.
 * @param {string} source @returns {GraphNode[]}
 */
export function parse(source) {
  const tokens = source.replace(/\*\*/g, "^").match(/\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|[A-Za-z_]\w*|\S/g) ?? [];
  /** @type {GraphNode[]} */
  const nodes = [];
  let at = 0, depth = 0;
  const fail = (/** @type {string} */ what) => { throw new Error(`${what}${at < tokens.length ? ` at “${tokens[at]}”` : " at the end"}`); };
  const add = (/** @type {string} */ op, /** @type {string} */ name, /** @type {number[]} */ inputs, value = NaN) => nodes.push({ op, name, inputs, value }) - 1;
  const take = (/** @type {string} */ token) => tokens[at] === token && ++at > 0;

  /** @returns {number} */
  function sum() {
    let left = product();
    for (;;) {
      if (take("+")) left = add("+", "+", [left, product()]);
      else if (take("-") || take("−")) left = add("−", "−", [left, product()]);
      else return left;
    }
  }
  /** @returns {number} */
  function product() {
    let left = sign();
    for (;;) {
      if (take("*") || take("×") || take("·")) left = add("×", "×", [left, sign()]);
      else if (take("/")) left = add("/", "/", [left, sign()]);
      else if (at < tokens.length && /^[\w(.]/.test(tokens[at])) left = add("×", "×", [left, sign()]); // (x + y) z
      else return left;
    }
  }
  /** @returns {number} */
  function sign() {
    if (++depth > 60) fail("too deep");
    const node = take("-") || take("−") ? add("neg", "neg", [sign()]) : take("+") ? sign() : power();
    depth -= 1;
    return node;
  }
  /** @returns {number} */
  function power() {
    const base = atom();
    return take("^") ? add("^", "^", [base, sign()]) : base;
  }
  /** @returns {number} */
  function atom() {
    const token = tokens[at];
    if (token === undefined) fail("something is missing");
    if (take("(")) {
      const inside = sum();
      if (!take(")")) fail("expected )");
      return inside;
    }
    if (/^[\d.]/.test(token) && Number.isFinite(Number(token))) { at += 1; return add("constant", token, [], Number(token)); }
    if (/^[A-Za-z_]/.test(token)) {
      at += 1;
      if (Object.hasOwn(OPERATIONS, token)) {
        if (!take("(")) fail(`expected ( after ${token}`);
        const inputs = [sum()];
        while (take(",")) inputs.push(sum());
        if (!take(")")) fail("expected )");
        if (inputs.length !== (TWO.includes(token) ? 2 : 1)) fail(`${token} takes ${TWO.includes(token) ? "two inputs" : "one input"}`);
        return add(token, token, inputs);
      }
      const known = nodes.findIndex((node) => node.op === "variable" && node.name === token);
      return known >= 0 ? known : add("variable", token, []);
    }
    return fail("cannot read this") ?? 0;
  }
  sum();
  if (at < tokens.length) fail("cannot read this");
  if (nodes.length > 40) throw new Error("more than 40 nodes: try a shorter expression");
  return nodes;
}

/**
 * Values of all nodes, and gradients of the last one in each of them with the order in which they are found.
 * @param {GraphNode[]} nodes @param {Record<string, number>} values
 */
export function evaluate(nodes, values) {
  const result = nodes.length - 1;
  /** @type {number[]} */
  const value = [];
  for (const node of nodes) {
    value.push(node.op === "variable" ? values[node.name] ?? 1 : node.op === "constant" ? node.value : OPERATIONS[node.op].f(...node.inputs.map((i) => value[i])));
  }
  const gradient = nodes.map(() => 0);
  /** What flows back along each edge: @type {{node: number, slopes: number[], flows: number[]}[]} */
  const backward = [];
  gradient[result] = 1;
  for (let i = result; i >= 0; i--) {
    const { op, inputs } = nodes[i];
    if (!inputs.length) continue;
    const slopes = OPERATIONS[op].d(...inputs.map((k) => value[k])), flows = slopes.map((s) => gradient[i] * s);
    inputs.forEach((k, e) => { gradient[k] += flows[e]; });
    backward.push({ node: i, slopes, flows });
  }
  const forward = nodes.flatMap((node, i) => (node.inputs.length ? [i] : []));
  return { value, gradient, forward, backward };
}

/** Column of each node: inputs stand one before their first use, the result last. @param {GraphNode[]} nodes */
function columns(nodes) {
  /** @type {number[]} */
  const depth = [];
  for (const { inputs } of nodes) depth.push(inputs.length ? 1 + Math.max(...inputs.map((i) => depth[i])) : 0);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const users = nodes.flatMap((node, k) => (node.inputs.includes(i) ? [depth[k]] : []));
    if (users.length && !nodes[i].inputs.length) depth[i] = Math.min(...users) - 1;
  }
  return depth;
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @param {string} name @returns {any} */
  const get = (name) => model.get(name);
  const set = (/** @type {Record<string, any>} */ changes) => save(model, changes);
  const given = { expression: get("expression"), values: get("values") };
  const field = make("input", { type: "text", "aria-label": "expression", spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  const error = make("p", { class: "nn-error", role: "alert" });
  const inputs = make("div", { class: "nn-controls" }), drawing = make("div", { class: "nn-scroll", tabindex: 0, role: "group", "aria-label": "graph" });
  const text = liveText();
  /** @type {GraphNode[]} */
  let nodes = [];
  /** @type {(() => void)[]} */
  let refreshers = [];
  let drawn = "", edge = new Map(), nodeMarks = new Map();

  field.addEventListener("change", () => accept(field.value));
  field.addEventListener("input", () => { try { parse(field.value); error.textContent = ""; } catch { /* said when the reader is done */ } });
  function accept(/** @type {string} */ expression, values = get("values")) {
    try {
      const names = parse(expression).filter((node) => node.op === "variable").map((node) => node.name);
      error.textContent = "";
      set({ expression, values: Object.fromEntries(names.map((name) => [name, values[name] ?? 1])), step: 0 });
    } catch (e) {
      error.textContent = `This expression is not understood: ${/** @type {Error} */ (e).message}.`;
    }
  }
  const presets = make("select", { "aria-label": "example" }, ...[given.expression, "(x + y) z", "sigmoid(w x + b)", "x x + x", "relu(a b) + max(a, c)",
    "log(1 + exp(-y z))", "(tanh(w x + b) - y)^2 / 2"].map((e, i) => make("option", { value: e }, i ? e : `as given: ${e}`)));
  presets.addEventListener("change", () => accept(presets.value, presets.selectedIndex ? { x: -2, y: 5, z: -4, w: 0.5, b: 0.1, a: 3, c: 2 } : given.values));

  const total = () => { const run = evaluate(nodes, get("values")); return run.forward.length + 1 + run.backward.length; };
  const go = (/** @type {number} */ step) => set({ step: clamp(step, 0, total()) });
  const next = button("Step", () => go(get("step") + 1)), back = button("Back", () => go(get("step") - 1));
  const root = frame(el, "graph",
    make("div", { class: "nn-row" }, make("label", {}, make("span", {}, "f ="), field), make("label", {}, make("span", {}, "example"), presets)), error,
    drawing,
    make("div", { class: "nn-stage" },
      make("div", { class: "nn-controls" },
        make("div", { class: "nn-buttons" }, next, back, button("All forward", () => go(evaluate(nodes, get("values")).forward.length)),
          button("All backward", () => go(total())), button("Start again", () => go(0))),
        make("p", { class: "nn-hint" }, make("span", { class: "nn-value-word" }, "value"), " above each edge, ", make("span", { class: "nn-gradient-word" }, "∂f/∂ of that value"), " below. Arrow keys on the graph step too.")),
      inputs),
    text.element);
  drawing.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    go(get("step") + (event.key === "ArrowRight" ? 1 : -1));
  });

  /** Build the picture of a new expression. */
  function build() {
    nodes = parse(get("expression"));
    const column = columns(nodes), across = Math.max(...column) + 1;
    // The order within a column: where the nodes' inputs stand, on the average; leaves in the order of the text.
    const rows = Array.from({ length: across }, (_, c) => [...nodes.keys()].filter((i) => column[i] === c));
    const y = nodes.map(() => 0), tall = 64, wide = 104, most = Math.max(...rows.map((r) => r.length), 2);
    let leaf = 0;
    const leaves = nodes.filter((n) => !n.inputs.length).length;
    nodes.forEach((node, i) => { y[i] = node.inputs.length ? node.inputs.reduce((s, k) => s + y[k], 0) / node.inputs.length : (leaf++ + 0.5) * (most / leaves) * tall; });
    for (const row of rows) { // no two nodes of a column nearer than one row
      row.sort((a, b) => y[a] - y[b]);
      row.forEach((i, r) => { if (r) y[i] = Math.max(y[i], y[row[r - 1]] + tall); });
    }
    const height = Math.max(...y) + tall / 2 + 10, width = across * wide + 60, x = nodes.map((_, i) => 34 + column[i] * wide);
    const svg = make("svg:svg", { class: "nn-plot", viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "img", style: `min-width:${Math.min(width * 0.8, 640)}px;max-width:${width * 1.15}px` });
    edge = new Map();
    nodeMarks = new Map();
    const wire = (/** @type {string} */ id, /** @type {number} */ x1, /** @type {number} */ y1, /** @type {number} */ x2, /** @type {number} */ y2, t = 0.5) => {
      const mx = x1 + t * (x2 - x1), my = y1 + t * (y2 - y1);
      const group = make("svg:g", { class: "nn-edge" }, make("svg:path", { d: `M${x1} ${y1}L${x2} ${y2}` }),
        make("svg:text", { class: "nn-value", x: mx, y: my - 5, "text-anchor": "middle" }), make("svg:text", { class: "nn-gradient", x: mx, y: my + 15, "text-anchor": "middle" }));
      edge.set(id, group);
      svg.append(group);
    };
    nodes.forEach((node, i) => node.inputs.forEach((k, e) => {
      const dy = node.inputs.length > 1 && node.inputs[0] === node.inputs[1] ? (e ? 12 : -12) : 0; // x·x: two edges side by side
      wire(`${i}.${e}`, x[k] + 18, y[k] + dy / 2, x[i] - 18, y[i] + dy, 0.52);
    }));
    const last = nodes.length - 1;
    wire("out", x[last] + 18, y[last], x[last] + 82, y[last], 0.5);
    nodes.forEach((node, i) => {
      const group = make("svg:g", { class: `nn-node nn-${node.op === "variable" ? "variable" : node.op === "constant" ? "constant" : "operation"}`, transform: `translate(${x[i]} ${y[i]})` },
        node.inputs.length ? make("svg:circle", { r: 18 }) : make("svg:rect", { x: -18, y: -14, width: 36, height: 28, rx: 5 }),
        make("svg:text", { y: 5, "text-anchor": "middle" }, node.name));
      nodeMarks.set(i, group);
      svg.append(group);
    });
    drawing.replaceChildren(svg);
    const variables = nodes.filter((node) => node.op === "variable");
    const sliders = variables.map(({ name }) => slider(name, { min: -6, max: 6, step: 0.1, read: () => get("values")[name] ?? 1, write: (v) => set({ values: { ...get("values"), [name]: v } }) }));
    refreshers = sliders.map((s) => s.refresh);
    inputs.replaceChildren(...sliders.map((s) => s.element));
    drawn = get("expression");
    field.value = drawn;
  }

  /** What a node stands for, in words: its expression. @param {number} i @returns {string} */
  function spell(i) {
    const { op, name, inputs: k } = nodes[i];
    if (!k.length) return name;
    if (op === "neg") return `−${spell(k[0])}`;
    if (k.length === 2 && !TWO.includes(op)) return `(${spell(k[0])} ${op} ${spell(k[1])})`;
    return `${name}(${k.map(spell).join(", ")})`;
  }

  function draw() {
    if (get("expression") !== drawn) build();
    refreshers.forEach((refresh) => refresh());
    const { value, gradient, forward, backward } = evaluate(nodes, get("values")), F = forward.length, last = nodes.length - 1;
    const step = clamp(get("step"), 0, F + 1 + backward.length);
    const known = new Set([...nodes.keys()].filter((i) => !nodes[i].inputs.length).concat(forward.slice(0, step)));
    const done = backward.slice(0, Math.max(0, step - F - 1));
    const current = step === 0 ? -1 : step <= F ? forward[step - 1] : step === F + 1 ? last : backward[step - F - 2].node;
    for (const group of edge.values()) { group.children[1].textContent = ""; group.children[2].textContent = ""; group.classList.remove("nn-active"); }
    nodes.forEach((node, i) => node.inputs.forEach((k, e) => {
      const group = edge.get(`${i}.${e}`);
      if (known.has(k)) group.children[1].textContent = show(value[k]);
      const flow = done.find((b) => b.node === i);
      if (flow) group.children[2].textContent = show(flow.flows[e]);
      if (i === current) group.classList.add("nn-active");
    }));
    const out = edge.get("out");
    if (known.has(last)) out.children[1].textContent = show(value[last]);
    if (step > F) out.children[2].textContent = "1.00";
    for (const [i, group] of nodeMarks) group.classList.toggle("nn-active", i === current);

    let words;
    if (step === 0) words = `f = ${get("expression")}. The values of the variables are known; Step computes the first operation.`;
    else if (step <= F) {
      const k = nodes[current].inputs;
      words = `Forward, step ${step} of ${F}: ${spell(current)} = ${show(value[current])}${k.length > 1 ? `, from ${k.map((i) => show(value[i])).join(" and ")}` : `, from ${show(value[k[0]])}`}.`;
    } else if (step === F + 1) words = `Backward begins: f = ${show(value[last])}, and ∂f/∂f = 1.`;
    else {
      const { node, slopes, flows } = backward[step - F - 2];
      words = `Backward, step ${step - F - 1} of ${backward.length}, through ${nodes[node].name}: `
        + nodes[node].inputs.map((k, e) => `${show(gradient[node])} times the slope ${show(slopes[e])} gives ${show(flows[e])} to ${spell(k)}`).join("; ") + ".";
    }
    if (step === F + 1 + backward.length) {
      const variables = nodes.flatMap((node, i) => (node.op === "variable" ? [i] : []));
      words += ` All gradients: ${variables.map((i) => `∂f/∂${nodes[i].name} = ${show(gradient[i])}`).join(", ")}.`;
      const shared = variables.filter((i) => nodes.reduce((n, node) => n + node.inputs.filter((k) => k === i).length, 0) > 1);
      if (shared.length) words += ` ${shared.map((i) => nodes[i].name).join(", ")} goes more than one way, and what comes back is added.`;
    }
    text.say(words);
    drawing.firstElementChild?.setAttribute("aria-label", `Computational graph of ${get("expression")}. ${words}`);
    next.disabled = step === F + 1 + backward.length;
    back.disabled = step === 0;
  }
  const stop = follow(model, ["expression", "values", "step"], () => {
    try { draw(); } catch (e) { error.textContent = `This expression is not understood: ${/** @type {Error} */ (e).message}.`; }
  });
  return () => { stop(); root.remove(); };
}

export default { render };

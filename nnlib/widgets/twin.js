// One network, two programs: nnlib and PyTorch line beside line, the tensors of both, and what ten updates do to the cost.
import { Adam, Network, SGD } from "./engine.js";
import { Plot, button, choice, follow, frame, liveText, make, put, save, show, slider } from "./ui.js";

/** @typedef {import("./ui.js").Model} Model */
/**
 * @typedef {{n_in: number, hidden: number[], n_out: number, activation: string, cost: string, optimizer: string, momentum: number,
 *   learning_rate: number, batch_size: number, dtype: string}} Settings
 * @typedef {{ours: string, theirs: string, about: string, layer?: number}} Pair a piece of both programs; layer: its place in the network
 */

const UPDATES = 10, MOST_LAYERS = 4;
/** How PyTorch writes a cost of nnlib, and what to know about it. @type {Record<string, [string, string]>} */
const COST_OF = {
  CategoricalCrossEntropy: ["F.cross_entropy(Z, y)", "Both take scores, apply the softmax themselves and average over the samples."],
  BinaryCrossEntropy: ["F.binary_cross_entropy_with_logits(Z, y)", "Both take scores and apply the sigmoid themselves."],
  MeanSquaredError: ["F.mse_loss(Z, y) / 2", "PyTorch's squared error has no half, so the program divides by 2."],
  MeanAbsoluteError: ["F.l1_loss(Z, y)", "With one output both are the mean of the absolute errors."],
  Huber: ["F.huber_loss(Z, y)", "Both bend from a square to a straight line at δ = 1."],
};
const ACTS = ["ReLU", "LeakyReLU", "Tanh", "Sigmoid", "Softsign"];

/** @param {Settings} s */
const sizesOf = (s) => [s.n_in, ...s.hidden, s.cost === "CategoricalCrossEntropy" ? s.n_out : 1];
/** A number with commas. @param {number} n */
const commas = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
/** @param {...number} shape */
const tuple = (...shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/**
 * Parameters of the layers, in the order of state_dict() and of net.params.
 * @param {Settings} s
 */
export function tensors(s) {
  const sizes = sizesOf(s);
  let from = 0;
  return sizes.slice(1).flatMap((n, l) => [["weight", "W", [n, sizes[l]]], ["bias", "b", [n]]].map(([theirs, ours, dims]) => {
    const shape = /** @type {number[]} */ (dims), count = shape.reduce((a, b) => a * b, 1), start = from;
    from += count;
    return { name: `${2 * l}.${theirs}`, ours: `net.layers[${2 * l}].${ours}`, shape, count, from: start, layer: 2 * l };
  }));
}

/**
 * Both programs, piece by piece. Each runs by itself, prints the cost before the first update and after the tenth.
 * @param {Settings} s @param {ReturnType<typeof measure>} found @returns {Pair[]}
 */
export function program(s, found) {
  const sizes = sizesOf(s), L = sizes.length - 1, m = s.batch_size, K = sizes[L], many = s.cost === "CategoricalCrossEntropy", binary = s.cost === "BinaryCrossEntropy";
  const [theirCost, aboutCost] = COST_OF[s.cost], n = found.params, bytes = s.dtype === "float64" ? 8 : 4, sgd = s.optimizer === "SGD";
  const rate = String(s.learning_rate), mu = sgd && s.momentum ? `, momentum=${s.momentum}` : "";
  /** @type {Pair[]} */
  const layers = [];
  for (let l = 1; l <= L; l++) {
    const [a, b] = [sizes[l - 1], sizes[l]], reach = show(1 / Math.sqrt(a), 3);
    layers.push({
      ours: `        nn.Dense(${a}, ${b}),`, theirs: `    torch.nn.Linear(${a}, ${b}),`, layer: 2 * l - 2,
      about: `Weights ${tuple(b, a)} and biases ${tuple(b)}: ${commas(b * (a + 1))} parameters. Both compute Z = A Wᵀ + b, and make ${tuple(m, b)} of ${tuple(m, a)}. `
        + `Left alone they would begin differently: nnlib by Glorot's rule with b = 0, PyTorch with W and b uniform between −${reach} and ${reach}.`,
    });
    if (l < L) {
      layers.push({
        ours: `        nn.${s.activation}(),`, theirs: `    torch.nn.${s.activation}(),`, layer: 2 * l - 1,
        about: `Entry by entry, so ${tuple(m, b)} stays ${tuple(m, b)}. It has no parameters, and the number ${2 * l - 1} does not occur in state_dict().`,
      });
    }
  }
  const targets = many ? [`y = np.arange(${m}) % ${K}`, `y = torch.arange(${m}) % ${K}`]
    : binary ? [`y = np.arange(${m}) % 2`, `y = (torch.arange(${m}) % 2).to(X.dtype)[:, None]`]
      : [`y = np.sin(np.arange(${m}))[:, None]`, `y = torch.arange(${m}).double().sin()\ny = y.to(X.dtype)[:, None]`];
  const shapes = [tuple(m, sizes[0]), ...sizes.slice(1).map((k) => tuple(m, k))].join(" → ");
  const optimizer = sgd
    ? [`optimizer = nn.SGD(${rate}${mu})`, `optimizer = torch.optim.SGD(\n    net.parameters(), lr=${rate}${mu}\n)`]
    : [`optimizer = nn.Adam(${rate})`, `optimizer = torch.optim.Adam(\n    net.parameters(), lr=${rate}\n)`];
  return [
    { ours: "import nnlib as nn\nimport numpy as np\n", theirs: "import torch\nfrom torch.nn import functional as F\n", about: "nnlib needs NumPy alone. What PyTorch computes without parameters of its own, costs among it, is in torch.nn.functional." },
    { ours: "net = nn.Network(\n    [", theirs: "net = torch.nn.Sequential(", about: "A row of layers. nnlib's network holds all parameters in one vector, net.params; in PyTorch each layer has tensors of its own." },
    ...layers,
    { ours: `    ],\n    cost=nn.${s.cost}(),`, theirs: ")", about: `nnlib's network owns its cost. In PyTorch the cost stands in the loop. ${aboutCost}` },
    { ours: `    dtype=np.${s.dtype},\n)`, theirs: `net.to(torch.${s.dtype})`, about: `${bytes} bytes a number, ${commas(bytes * n)} bytes of parameters. ${s.dtype === "float64" ? "PyTorch by itself would take float32." : "nnlib by itself would take float64. About seven digits are right."}` },
    {
      ours: "k = np.arange(net.n_parameters)\nnet.params[:] = np.sin(k**2) / 4",
      theirs: `k = torch.arange(${n}).double()\nvalues = ((k**2).sin() / 4).to(torch.${s.dtype})\ntorch.nn.utils.vector_to_parameters(\n    values, net.parameters()\n)`,
      about: `All ${commas(n)} parameters from one formula, so that both programs begin alike. The order is the same in both: weights and biases, layer after layer.`,
    },
    {
      ours: `k = np.arange(${m} * ${sizes[0]})\nX = np.cos(k**2).reshape(${m}, ${sizes[0]})\n${targets[0]}`,
      theirs: `k = torch.arange(${m} * ${sizes[0]}).double()\nX = (k**2).cos().reshape(${m}, ${sizes[0]})\nX = X.to(torch.${s.dtype})\n${targets[1]}`,
      about: `A batch of ${m} samples in rows, made up by a formula, with their targets. ${many ? "The targets are classes, as whole numbers." : "PyTorch wants targets of the scores' shape and dtype; with the shape (m,) it would compare each with each."}`,
    },
    {
      ours: `${optimizer[0]}\n`, theirs: `${optimizer[1]}\n`,
      about: sgd ? `The same rule in both: v ← ${s.momentum ? `${s.momentum} v + ` : ""}g, θ ← θ − ${rate} v. PyTorch is told which tensors to move; nnlib hears it at each step.`
        : "The same rule and the same constants in both: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸, both corrections of the bias.",
    },
    { ours: `costs = []\nfor _ in range(${UPDATES + 1}):`, theirs: `costs = []\nfor _ in range(${UPDATES + 1}):`, about: `The loop is yours in both. Its last round is there for the cost after ${UPDATES} updates.` },
    { ours: "    # nothing to clear", theirs: "    optimizer.zero_grad()", about: "nnlib overwrites its gradients. PyTorch adds to those that are there; without this line each update would use the sum of all gradients so far." },
    { ours: "    Z = net.forward(X)", theirs: "    Z = net(X)", about: `Shapes: ${shapes}. nnlib's layers remember their inputs; PyTorch records each operation in a graph.` },
    {
      ours: "    Y = net.cost.targets(Z, y)\n    costs.append(net.cost.value(Z, Y))", theirs: `    C = ${theirCost}\n    costs.append(C.item())`,
      about: `${aboutCost} The cost of the first batch is ${show(found.costs[0], 4)}.`,
    },
    { ours: "    net.backward(Z, Y)", theirs: "    C.backward()", about: `The gradient of all ${commas(n)} parameters. Its length at the start is ${show(found.length, 4)}. nnlib has derived it layer by layer; PyTorch walks its graph backwards.` },
    { ours: "    optimizer.step(net.params, net.grads)\n", theirs: "    optimizer.step()\n", about: `One update. ${UPDATES} of them take the cost from ${show(found.costs[0], 4)} to ${show(found.costs[UPDATES], 4)}.` },
    { ours: "print(costs[0], costs[-1])", theirs: "print(costs[0], costs[-1])", about: `Run both. ${s.dtype === "float64" ? "Both print the numbers of this figure, and agree with each other to about fourteen digits." : "They agree with each other, and with this figure, to about six digits."}` },
  ];
}

/**
 * What either program computes: number of parameters, the costs, the length of the first gradient, the first sample's first scores.
 * @param {Settings} s
 */
export function measure(s) {
  const sizes = sizesOf(s), m = s.batch_size, K = sizes[sizes.length - 1];
  const net = new Network({ sizes, activation: s.activation, cost: s.cost });
  net.params.forEach((_, k) => { net.params[k] = Math.sin(k * k) / 4; });
  const X = Float64Array.from({ length: m * sizes[0] }, (_, k) => Math.cos(k * k));
  const y = Array.from({ length: m }, (_, i) => (s.cost === "CategoricalCrossEntropy" ? i % K : s.cost === "BinaryCrossEntropy" ? i % 2 : Math.sin(i)));
  const optimizer = s.optimizer === "SGD" ? new SGD(s.learning_rate, s.momentum) : new Adam(s.learning_rate);
  /** @type {number[]} */
  const costs = [], scores = [...net.forward(X, m).subarray(0, K)];
  let length = 0;
  for (let k = 0; k <= UPDATES; k++) {
    net.forward(X, m);
    costs.push(net.value(y));
    net.backward(y);
    if (k === 0) length = Math.hypot(...net.grads);
    optimizer.step(net.params, net.grads);
  }
  return { params: net.params.length, costs, length, scores };
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @param {string} name @returns {any} */
  const get = (name) => model.get(name);
  const set = (/** @type {Record<string, any>} */ changes) => save(model, changes);
  const names = ["n_in", "hidden", "n_out", "activation", "cost", "optimizer", "momentum", "learning_rate", "batch_size", "dtype"];
  const settings = () => /** @type {Settings} */ (Object.fromEntries(names.map((name) => [name, get(name)])));
  const given = { ...settings(), chosen: get("chosen") };

  /** @param {string} name @param {string} label @param {number} min @param {number} max */
  const whole = (name, label, min, max) => slider(label, { min, max, step: 1, read: () => get(name), write: (v) => set({ [name]: v }), format: String });
  const inputs = whole("n_in", "inputs", 1, 64), outputs = whole("n_out", "classes", 2, 10), batch = whole("batch_size", "batch size", 1, 32);
  const widths = Array.from({ length: MOST_LAYERS }, (_, l) => slider(`layer ${l + 1}`, {
    min: 1, max: 32, step: 1, read: () => get("hidden")[l] ?? 1, format: String, label: `units of hidden layer ${l + 1}`,
    write: (v) => set({ hidden: get("hidden").map((/** @type {number} */ n, /** @type {number} */ k) => (k === l ? v : n)) }),
  }));
  const act = choice("activation", ACTS.map((name) => [name, name]), () => get("activation"), (v) => set({ activation: v }));
  const cost = choice("cost", Object.keys(COST_OF).map((name) => [name, name]), () => get("cost"), (v) => set({ cost: v }));
  const rule = choice("optimizer", [["SGD 0", "SGD"], ["SGD 0.9", "SGD, momentum 0.9"], ["Adam 0", "Adam"]], () => `${get("optimizer")} ${get("momentum")}`,
    (v) => set({ optimizer: v.split(" ")[0], momentum: Number(v.split(" ")[1]) }));
  const rate = choice("learning rate", ["0.001", "0.003", "0.01", "0.03", "0.1", "0.3"].map((v) => [v, v]), () => String(get("learning_rate")), (v) => set({ learning_rate: Number(v) }));
  const dtype = choice("dtype", [["float64", "float64"], ["float32", "float32"]], () => get("dtype"), (v) => set({ dtype: v }));
  const more = button("Add a layer", () => set({ hidden: [...get("hidden"), 16], chosen: 0 })), fewer = button("Remove a layer", () => set({ hidden: get("hidden").slice(0, -1), chosen: 0 }));

  const code = make("div", { class: "nn-code", role: "group", "aria-label": "Both programs, nnlib on the left and PyTorch on the right" });
  const chain = make("svg:svg", { class: "nn-plot nn-chain", role: "img" }), body = make("tbody");
  const curve = new Plot({ width: 300, height: 150, x: [0, UPDATES], y: [0, 1], xName: "updates", yName: "cost", alt: "Cost of the batch against the number of updates" });
  const line = make("svg:path", { class: "nn-c nn-blue" });
  curve.svg.append(line);
  const areas = ["nnlib", "PyTorch"].map((name) => make("textarea", { readonly: "", rows: 8, "aria-label": `${name} program`, spellcheck: "false" }));
  const text = liveText();
  frame(el, "twin",
    make("div", { class: "nn-stage" },
      make("div", { class: "nn-controls" }, inputs.element, ...widths.map((w) => w.element), outputs.element, batch.element,
        make("div", { class: "nn-buttons" }, more, fewer, button("Reset", () => set(given)))),
      make("div", { class: "nn-controls" }, act.element, cost.element, rule.element, rate.element, dtype.element, curve.svg)),
    chain,
    make("div", { class: "nn-heads", "aria-hidden": "true" }, make("span", {}, "nnlib"), make("span", {}, "PyTorch")), code, text.element,
    make("div", { class: "nn-scroll", tabindex: 0, role: "group", "aria-label": "tensors" }, make("table", {}, make("thead", {}, make("tr", {}, ...["in state_dict()", "in nnlib", "shape", "numbers", "in net.params"].map((h) => make("th", { scope: "col" }, h)))), body)),
    make("details", {}, make("summary", {}, "Both programs as text, to copy and run"), ...areas));

  /** Draw what becomes of the batch: one box a tensor, as high as it is wide. @param {number[]} sizes @param {number | undefined} layer */
  function drawChain(sizes, layer) {
    const boxes = sizes.flatMap((n, l) => (l === 0 ? [["X", n, -1]] : l === sizes.length - 1 ? [["Z", n, 2 * l - 2]] : [["Z", n, 2 * l - 2], ["A", n, 2 * l - 1]]));
    const wide = 46, parts = boxes.map(([name, n, at], i) => {
      const h = 12 + 10 * Math.log2(Number(n)), x = 14 + i * wide, y = 48 - h / 2;
      return make("svg:g", { class: `nn-tensor nn-${name}${at === layer ? " nn-touched" : ""}` }, ...(i ? [make("svg:path", { class: "nn-flow", d: `M${x - 22} 48h14m-4 -4l4 4l-4 4` })] : []),
        make("svg:rect", { x: x - 6, y, width: 24, height: h, rx: 3 }), make("svg:text", { x: x + 6, y: 52, "text-anchor": "middle" }, String(name)),
        make("svg:text", { class: "nn-size", x: x + 6, y: 102, "text-anchor": "middle" }, String(n)));
    });
    put(chain, { viewBox: `0 0 ${boxes.length * wide - 4} 108`, "aria-label": `The batch on its way: ${boxes.map(([name, n]) => `${name} with ${n} columns`).join(", ")}` });
    chain.style.maxWidth = `${boxes.length * wide * 1.25}px`;
    chain.replaceChildren(...parts);
  }

  function draw() {
    const s = settings(), sizes = sizesOf(s), found = measure(s), pairs = program(s, found), held = tensors(s);
    const at = Math.min(get("chosen"), pairs.length - 1), chosen = pairs[at], many = s.cost === "CategoricalCrossEntropy";
    [inputs, outputs, batch, act, cost, rule, rate, dtype, ...widths].forEach((control) => control.refresh());
    outputs.element.hidden = !many;
    widths.forEach(({ element }, l) => { element.hidden = l >= s.hidden.length; });
    more.disabled = s.hidden.length === MOST_LAYERS;
    fewer.disabled = s.hidden.length === 0;
    while (code.children.length > pairs.length) code.lastElementChild.remove();
    while (code.children.length < pairs.length) {
      const i = code.children.length;
      code.append(button("", () => set({ chosen: i }), { class: "nn-pair", "data-pair": String(i) }));
    }
    pairs.forEach(({ ours, theirs }, i) => {
      const row = code.children[i];
      put(row, { "aria-pressed": String(i === at) });
      if (row.getAttribute("data-code") === ours + theirs) return;
      put(row, { "data-code": ours + theirs });
      row.replaceChildren(...[ours, theirs].map((words) => make("code", {}, words.trimEnd())));
    });
    drawChain(sizes, chosen.layer);
    body.replaceChildren(...held.map(({ name, ours, shape, count, from, layer }) => make("tr", layer === chosen.layer ? { class: "nn-touched" } : {},
      make("th", { scope: "row" }, name), ...[ours, tuple(...shape), commas(count), `[${from}:${from + count}]`].map((v) => make("td", {}, v)))));
    const finite = found.costs.filter(Number.isFinite);
    curve.y = [0, Math.max(...finite, 1e-9) * 1.3];
    curve.rule();
    put(line, { d: curve.path(found.costs.map((c, k) => [k, c])) });
    ["ours", "theirs"].forEach((side, i) => { areas[i].value = pairs.map((pair) => pair[/** @type {"ours"} */ (side)]).join("\n") + "\n"; });
    text.say(`${sizes.join("-")} with ${s.activation}: ${commas(found.params)} parameters in ${held.length} tensors of ${s.dtype}. The cost of the batch goes from ${show(found.costs[0], 4)} to `
      + `${show(found.costs[UPDATES], 4)} in ${UPDATES} updates. Line ${at + 1} of ${pairs.length}: ${chosen.about}`);
  }
  return follow(model, [...names, "chosen"], draw);
}

export default { render };

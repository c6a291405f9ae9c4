// Forward propagation: a drawn network; every input, weight and bias can be changed, and z and a of every unit are shown.
import { ACTIVATIONS, COSTS, Network } from "./engine.js";
import { arrow, button, choice, clamp, follow, frame, liveText, make, put, save, show, slider } from "./ui.js";

/** @typedef {import("./ui.js").Model} Model */
/** @typedef {{kind: "x" | "w" | "b", layer: number, j: number, k: number}} Part an input, weight or bias of the picture */

const WIDE = 130, TALL = 74, R = 25;

/** The number below or above a letter. @param {number | string} n @param {string} digits */
const small = (n, digits) => [...String(n)].map((c) => digits[Number(c)]).join("");
const sub = (/** @type {number} */ n) => small(n, "₀₁₂₃₄₅₆₇₈₉");
const sup = (/** @type {number} */ n) => `⁽${small(n, "⁰¹²³⁴⁵⁶⁷⁸⁹")}⁾`;

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @param {string} name @returns {any} */
  const get = (name) => model.get(name);
  const set = (/** @type {Record<string, any>} */ changes) => save(model, changes);
  const sizes = /** @type {number[]} */ (get("sizes")), L = sizes.length - 1, most = Math.max(...sizes);
  const given = { x: get("x"), params: get("params"), activation: get("activation") };
  const width = 2 * R + 30 + L * WIDE, height = Math.max(2, most) * TALL + 26;
  /** @type {Part} */
  let chosen = { kind: "x", layer: 0, j: 0, k: 0 };
  /** @type {Network} */
  let net;

  const place = (/** @type {number} */ l, /** @type {number} */ j) => [R + 15 + l * WIDE, height / 2 + 6 + (j - (sizes[l] - 1) / 2) * TALL];
  const svg = make("svg:svg", { class: "nn-plot", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Network with ${sizes.join(", ")} units` });
  const links = make("svg:g"), units = make("svg:g");
  svg.append(links, units);

  /** Where a weight or bias stands in the parameter vector. @param {Part} part */
  const index = ({ kind, layer, j, k }) => (kind === "b" ? net.layers[layer - 1].b + j : net.layers[layer - 1].w + j * sizes[layer - 1] + k);
  const read = (part = chosen) => (part.kind === "x" ? get("x")[part.j] : get("params")[index(part)]);
  function change(/** @type {number} */ v, part = chosen) {
    v = Math.round(clamp(v, -100, 100) * 1000) / 1000;
    const name = part.kind === "x" ? "x" : "params", at = part.kind === "x" ? part.j : index(part);
    set({ [name]: get(name).map((/** @type {number} */ old, /** @type {number} */ i) => (i === at ? v : old)) });
  }
  const nameOf = (/** @type {Part} */ { kind, layer, j, k }) =>
    (kind === "x" ? `x${sub(j + 1)}` : kind === "b" ? `b${sub(j + 1)}${sup(layer)}` : `w${sub(j + 1)}${sub(k + 1)}${sup(layer)}`);
  const longName = (/** @type {Part} */ p) => (p.kind === "x" ? `input ${p.j + 1}` : p.kind === "b" ? `bias of unit ${p.j + 1} in layer ${p.layer}`
    : `weight of layer ${p.layer}, from ${p.layer === 1 ? "input" : "unit"} ${p.k + 1} to unit ${p.j + 1}`);
  const same = (/** @type {Part} */ p) => p.kind === chosen.kind && p.layer === chosen.layer && p.j === chosen.j && (p.kind !== "w" || p.k === chosen.k);

  /** A part of the picture that arrow keys change. @type {{part: Part, element: any}[]} */
  const parts = [];
  function operable(/** @type {any} */ element, /** @type {Part} */ part) {
    put(element, { tabindex: 0, role: "slider", "data-part": `${part.kind}${part.layer}.${part.j}.${part.k}` });
    const choose = () => { if (!same(part)) { chosen = part; draw(); } };
    element.addEventListener("focus", choose);
    element.addEventListener("click", () => { element.focus(); choose(); });
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = arrow(event);
      if (!step) return;
      event.preventDefault();
      change(read(part) + 0.1 * (step[0] + step[1]), part);
    });
    parts.push({ part, element });
    return element;
  }

  for (let l = 1; l <= L; l++) {
    for (let j = 0; j < sizes[l]; j++) {
      for (let k = 0; k < sizes[l - 1]; k++) {
        const [x1, y1] = place(l - 1, k), [x2, y2] = place(l, j);
        links.append(operable(make("svg:g", { class: "nn-link" },
          make("svg:line", { class: "nn-grip", x1, y1, x2, y2 }), make("svg:line", { class: "nn-wire", x1, y1, x2, y2 })), { kind: "w", layer: l, j, k }));
      }
    }
  }
  /** @type {any[][]} */
  const nodes = sizes.map((n, l) => Array.from({ length: n }, (_, j) => {
    const [x, y] = place(l, j);
    const node = make("svg:g", { class: l ? "nn-unit" : "nn-input", transform: `translate(${x} ${y})` }, make("svg:circle", { r: R }),
      make("svg:text", { y: -2, "text-anchor": "middle" }), make("svg:text", { y: 12, "text-anchor": "middle" }), make("svg:text", { class: "nn-name", y: -R - 4, "text-anchor": "middle" }));
    node.lastChild.textContent = l === 0 ? `x${sub(j + 1)}` : `unit ${j + 1}${sup(l)}`;
    units.append(operable(node, l ? { kind: "b", layer: l, j, k: 0 } : { kind: "x", layer: 0, j, k: 0 }));
    return node;
  }));

  const value = slider("value", { min: -5, max: 5, step: 0.05, read: () => (net ? read() : 0), write: (v) => change(v) });
  const label = value.element.firstChild;
  const act = choice("activation", Object.keys(ACTIVATIONS).map((n) => [n, n]), () => get("activation"), (v) => set({ activation: v }));
  const text = liveText();
  frame(el, "forward",
    make("div", { class: "nn-stage" }, svg,
      make("div", { class: "nn-controls" }, act.element, value.element,
        make("div", { class: "nn-buttons" },
          button("Set to 0", () => change(0)), button("Reverse sign", () => change(-read())),
          button("Reset", () => set(given))),
        make("p", { class: "nn-hint" }, "Choose an input, a line (weight) or a unit (its bias): by mouse, finger or Tab. Change it with the slider or the arrow keys."))),
    text.element);

  function draw() {
    net = new Network({ sizes, activation: get("activation"), cost: get("cost") });
    net.params.set(get("params"));
    net.forward(Float64Array.from(get("x")), 1);
    const top = net.layers[L - 1], out = get("cost") === "CategoricalCrossEntropy" ? softmax([...top.Z.subarray(0, sizes[L])])
      : [...top.Z.subarray(0, sizes[L])].map(COSTS[get("cost")].link);
    nodes.forEach((column, l) => column.forEach((node, j) => {
      const [, , first, second] = [null, ...node.children];
      if (l === 0) { first.textContent = show(get("x")[j]); return; }
      first.textContent = `z ${show(net.layers[l - 1].Z[j])}`;
      second.textContent = `${l === L ? "ŷ" : "a"} ${show(l === L ? out[j] : net.layers[l - 1].A[j])}`;
    }));
    for (const { part, element } of parts) {
      const v = read(part);
      put(element, { "aria-label": `${longName(part)}`, "aria-valuenow": v, "aria-valuemin": -100, "aria-valuemax": 100, "aria-valuetext": show(v) });
      element.classList.toggle("nn-chosen", same(part));
      if (part.kind === "w") {
        const wire = element.lastChild;
        wire.style.strokeWidth = String(clamp(0.6 + 1.6 * Math.abs(v), 0.6, 7));
        wire.setAttribute("class", `nn-wire ${v < 0 ? "nn-minus" : "nn-plus"}`);
      }
    }
    label.textContent = nameOf(chosen);
    value.input.setAttribute("aria-label", longName(chosen));
    put(value.input, { min: -5, max: 5 });
    value.refresh();
    act.refresh();
    explain(out);
  }

  /** Write out the sum of the unit that the chosen part leads to. @param {number[]} out */
  function explain(out) {
    const l = Math.max(1, chosen.layer), j = chosen.kind === "x" ? 0 : chosen.j, layer = net.layers[l - 1];
    const below = l === 1 ? get("x") : [...net.layers[l - 2].A.subarray(0, sizes[l - 1])];
    const terms = below.map((/** @type {number} */ a, /** @type {number} */ k) => `${bracket(layer.W[j * sizes[l - 1] + k])}·${bracket(a)}`).join(" + ");
    const unit = `${sub(j + 1)}${sup(l)}`, last = l === L;
    const z = `z${unit} = ${terms} + ${bracket(layer.B[j])} = ${show(layer.Z[j], 3)}`;
    const a = last ? `ŷ${sub(j + 1)} = ${linkName(get("cost"))}${show(out[j], 3)}` : `a${unit} = ${get("activation")}(z${unit}) = ${show(layer.A[j], 3)}`;
    text.say(`${longName(chosen)[0].toUpperCase()}${longName(chosen).slice(1)} is ${show(read())}. ${z}; ${a}. `
      + `The network's output is ${out.map((v) => show(v, 3)).join(", ")}.`);
  }
  return follow(model, ["x", "params", "activation"], draw);
}

/** @param {number} v */
const bracket = (v) => (v < 0 ? `(${show(v)})` : show(v));
/** @param {string} cost */
const linkName = (cost) => (cost === "BinaryCrossEntropy" ? "σ(z) = " : cost === "CategoricalCrossEntropy" ? "softmax(z) = " : "z = ");
/** @param {number[]} z */
function softmax(z) {
  const top = Math.max(...z), e = z.map((v) => Math.exp(v - top)), sum = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / sum);
}

export default { render };

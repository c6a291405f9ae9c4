// Activations: a function, its slope at the point that the reader moves, and the gradient left after a chain of n of them.
import { ACTIVATIONS } from "./engine.js";
import { Plot, choice, clamp, draggable, follow, frame, liveText, make, put, save, show, slider } from "./ui.js";

/** @typedef {import("./ui.js").Model} Model */

/**
 * Pass x through n units a ← f(w a), and the gradient along with it.
 * @param {string} name @param {number} x @param {number} n @param {number} w
 * @returns {{a: number[], z: number[], gradient: number[]}} after 0 … n units; gradient[k] is the derivative of a[k] in x
 */
export function chain(name, x, n, w) {
  const { f, d } = ACTIVATIONS[name], a = [x], z = [NaN], gradient = [1];
  for (let k = 1; k <= n; k++) {
    z.push(w * a[k - 1]);
    a.push(f(z[k]));
    gradient.push(gradient[k - 1] * w * d(z[k]));
  }
  return { a, z, gradient };
}

const LOW = -12; // decimal logarithm of the smallest gradient shown

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @param {string} name @returns {any} */
  const get = (name) => model.get(name);
  const set = (/** @type {Record<string, any>} */ changes) => save(model, changes);

  const curves = new Plot({ width: 340, height: 250, x: [-6, 6], y: [-1.5, 2.5], xName: "z", alt: "The function, its slope, and the point z" });
  const [slope, value, tangent, rule] = ["nn-orange nn-dash", "nn-blue", "nn-thin", "nn-thin nn-dot"].map((c) => make("svg:path", { class: `nn-c ${c}` }));
  const knob = make("svg:g", { class: "nn-handle", tabindex: 0, role: "slider", "aria-label": "z", "aria-valuemin": -6, "aria-valuemax": 6 },
    make("svg:circle", { class: "nn-hit", r: 20 }), make("svg:circle", { class: "nn-knob", r: 7 }));
  const slopeMark = make("svg:path", { class: "nn-slope-mark", d: "M0-6L6 0L0 6L-6 0Z" });
  curves.svg.append(rule, slope, value, tangent, slopeMark, knob);
  const move = (/** @type {number} */ z) => set({ z: clamp(Math.round(z * 100) / 100, -6, 6) });
  draggable(knob, curves.svg, (x, y) => move(curves.at(x, y)[0]), { key: (dx, dy) => move(get("z") + 0.1 * (dx + dy)) });

  const survival = new Plot({ width: 340, height: 250, x: [0, 10], y: [LOW, 2], xName: "units passed, k", alt: "Size of the gradient after each unit of the chain, logarithmic" });
  survival.ticks = false;
  const marks = make("svg:g", { class: "nn-survival" }), others = make("svg:g", { class: "nn-others" });
  survival.svg.append(others, marks);

  const names = Object.keys(ACTIVATIONS);
  const controls = [
    choice("activation", names.map((n) => [n, n]), () => get("activation"), (v) => set({ activation: v })),
    slider("z", { min: -6, max: 6, step: 0.05, read: () => get("z"), write: (z) => set({ z }) }),
    slider("n", { min: 1, max: 50, step: 1, read: () => get("n"), write: (n) => set({ n }), format: String, label: "n, length of the chain" }),
    slider("w", { min: -4, max: 4, step: 0.05, read: () => get("w"), write: (w) => set({ w }), label: "w, weight before each unit" }),
  ];
  const table = make("tbody");
  const text = liveText();
  frame(el, "activation",
    make("div", { class: "nn-stage" },
      make("div", { class: "nn-figure" }, curves.svg, make("p", { class: "nn-hint" }, key("nn-blue"), "value f(z)  ", key("nn-orange nn-dash"), "slope f′(z)")),
      make("div", { class: "nn-figure" }, survival.svg, make("p", { class: "nn-hint" }, "|gradient| after k units a ← f(w a), beginning at a = z; grey: the other activations")),
      make("div", { class: "nn-controls" }, ...controls.map((c) => c.element)),
      make("table", {}, make("thead", {}, make("tr", {}, ...["", "f(z)", "f′(z)", "gradient left"].map((h) => make("th", { scope: "col" }, h)))), table)),
    text.element);

  function draw() {
    const name = get("activation"), z = get("z"), n = get("n"), w = get("w"), { f, d } = ACTIVATIONS[name];
    put(value, { d: name === "Step" ? curves.path([[-6, 0], [0, 0], [0, NaN], [0, 1], [6, 1]]) : curves.curve(f) });
    put(slope, { d: jumps(name) ? curves.path([[-6, d(-1)], [0, d(-1)], [0, NaN], [0, d(1)], [6, d(1)]]) : curves.curve(d) });
    const y = f(z), s = d(z), run = 1.2 / Math.hypot(1, s);
    put(tangent, { d: curves.path([[z - run, y - s * run], [z + run, y + s * run]]) });
    put(rule, { d: `M${curves.px(z)} ${curves.box.top}V${curves.box.bottom}` });
    put(knob, { transform: `translate(${curves.px(z)} ${clamp(curves.py(y), 4, 216)})`, "aria-valuenow": z,
      "aria-valuetext": `z = ${show(z)}, value ${show(y, 3)}, slope ${show(s, 3)}` });
    put(slopeMark, { transform: `translate(${curves.px(z)} ${clamp(curves.py(s), 4, 216)})` });

    survival.x = [0, n];
    survival.rule();
    const { left, bottom } = survival.box;
    for (const power of [0, -3, -6, -9, -12]) {
      survival.grid.append(make("svg:path", { d: `M${left} ${survival.py(power)}H${survival.box.right}` }),
        make("svg:text", { x: left - 4, y: survival.py(power) + 4, "text-anchor": "end" }, power ? `10${[...String(-power)].reduce((t, c) => t + "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)], "⁻")}` : "1"));
    }
    for (const k of new Set([0, Math.round(n / 2), n])) {
      survival.grid.append(make("svg:text", { x: survival.px(k), y: bottom + 14, "text-anchor": "middle" }, String(k)));
    }
    const height = (/** @type {number} */ g) => (g === 0 ? NaN : Math.log10(Math.abs(g)));
    others.replaceChildren(...names.filter((other) => other !== name).map((other) =>
      make("svg:path", { d: survival.path(chain(other, z, n, w).gradient.map((g, k) => [k, clamp(height(g), LOW - 1, 3)])) })));
    const result = chain(name, z, n, w);
    marks.replaceChildren(...result.gradient.map((g, k) => {
      const dead = g === 0 || height(g) < LOW, top = survival.py(clamp(dead ? LOW : height(g), LOW, 2));
      return dead ? make("svg:path", { class: "nn-dead", d: `M${survival.px(k) - 3} ${bottom - 7}l6 6m0-6l-6 6` })
        : make("svg:circle", { cx: survival.px(k), cy: top, r: n > 25 ? 2.5 : 4 });
    }));
    table.replaceChildren(...names.map((other) => make("tr", other === name ? { class: "nn-now" } : {},
      make("th", { scope: "row" }, other), ...[ACTIVATIONS[other].f(z), ACTIVATIONS[other].d(z), chain(other, z, n, w).gradient[n]].map((v) => make("td", {}, show(v, 3))))));
    for (const control of controls) control.refresh();
    const left_ = result.gradient[n];
    text.say(`${name} at z = ${show(z)}: value ${show(y, 3)}, slope ${show(s, 3)}. Through a chain of ${n} unit${n > 1 ? "s" : ""} with w = ${show(w)}, `
      + `a gradient of 1 at the end arrives at the beginning as ${show(left_, 4)}${left_ === 0 ? ": nothing is left to learn from." : Math.abs(left_) < 1e-3 ? ": it vanishes." : Math.abs(left_) > 100 ? ": it explodes." : "."}`);
  }
  return follow(model, ["activation", "z", "n", "w"], draw);
}

/** Does the slope jump at 0? @param {string} name */
const jumps = (name) => ["Step", "ReLU", "LeakyReLU"].includes(name);

/** A short piece of line for a legend. @param {string} kind */
const key = (kind) => make("svg:svg", { class: "nn-key", viewBox: "0 0 26 10", "aria-hidden": "true" }, make("svg:path", { class: `nn-c ${kind}`, d: "M0 5H26" }));

export default { render };

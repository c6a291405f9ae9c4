// Cost functions: a line through points under three costs; the reader drags a point and sees which line follows it.
import { COSTS, fitLine, huber } from "./engine.js";
import { Plot, arrow, button, clamp, draggable, follow, frame, liveText, make, put, save, show, slider } from "./ui.js";

/** @typedef {import("./ui.js").Model} Model */

const KINDS = [["MeanSquaredError", "nn-blue", "squared error"], ["MeanAbsoluteError", "nn-orange nn-dash", "absolute error"], ["Huber", "nn-green nn-dot", "Huber"]];

/**
 * The three lines of least cost.
 * @param {number[][]} points @param {number} delta
 */
export function fits(points, delta) {
  return KINDS.map(([name]) => fitLine(points, name === "Huber" ? huber(delta) : name));
}

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  /** @param {string} name @returns {any} */
  const get = (name) => model.get(name);
  const set = (/** @type {Record<string, any>} */ changes) => save(model, changes);
  const given = get("points");
  let touched = given.length - 1;

  const plane = new Plot({ width: 380, height: 330, x: [0, 10], y: [0, 10], xName: "x", yName: "y", alt: "Points and three lines fitted to them" });
  const lines = KINDS.map(([, style]) => make("svg:path", { class: `nn-c ${style}` }));
  const residuals = make("svg:path", { class: "nn-residual" }), marks = make("svg:g");
  plane.svg.append(residuals, ...lines, marks);

  const losses = new Plot({ width: 300, height: 210, x: [-6, 6], y: [0, 8], xName: "residual ŷ − y", yName: "loss", alt: "Loss against residual for the three costs" });
  const lossLines = KINDS.map(([, style]) => make("svg:path", { class: `nn-c ${style}` }));
  const lossMarks = KINDS.map(([, style]) => make("svg:circle", { class: `nn-loss ${style.split(" ")[0]}`, r: 5 }));
  losses.svg.append(...lossLines, ...lossMarks);

  const delta = slider("δ", { min: 0.1, max: 5, step: 0.1, read: () => get("delta"), write: (v) => set({ delta: v }), label: "δ, where Huber's cost turns from square to straight" });
  const body = make("tbody");
  const text = liveText();
  frame(el, "cost",
    make("div", { class: "nn-stage" }, plane.svg,
      make("div", { class: "nn-controls" }, losses.svg, delta.element,
        make("div", { class: "nn-buttons" },
          button("Add a point", () => { touched = get("points").length; set({ points: [...get("points"), [5, 9]] }); marks.lastElementChild?.focus(); }),
          button("Remove point", () => {
            if (get("points").length <= 3) return;
            const at = touched;
            touched = Math.max(0, at - 1);
            set({ points: get("points").filter((/** @type {number[]} */ _, /** @type {number} */ i) => i !== at) });
          }),
          button("Reset", () => { touched = given.length - 1; set({ points: given }); })),
        make("p", { class: "nn-hint" }, "Drag a point up or down; or Tab to it and use the arrow keys."))),
    make("div", { class: "nn-scroll", tabindex: 0, role: "group", "aria-label": "losses" }, make("table", {}, make("thead", {}, make("tr", {}, ...["cost", "line", "value", "loss of the point", "its pull ∂J/∂ŷ"].map((h) => make("th", { scope: "col" }, h)))), body)),
    text.element);

  function movePoint(/** @type {number} */ i, /** @type {number} */ x, /** @type {number} */ y) {
    touched = i;
    const to = [clamp(x, 0, 10), clamp(y, 0, 10)].map((c) => Math.round(c * 100) / 100);
    set({ points: get("points").map((/** @type {number[]} */ p, /** @type {number} */ k) => (k === i ? to : p)) });
  }

  function mark(/** @type {number} */ i) {
    const group = make("svg:g", { class: "nn-handle", tabindex: 0, role: "button", "data-point": i },
      make("svg:circle", { class: "nn-hit", r: 16 }), make("svg:circle", { class: "nn-dot-mark", r: 6 }));
    draggable(group, plane.svg, (x, y) => { const [px, py] = plane.at(x, y); movePoint(i, px, py); });
    group.addEventListener("focus", () => { touched = i; draw(); });
    group.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = arrow(event), [x, y] = get("points")[i];
      if (!step) return;
      event.preventDefault();
      movePoint(i, x + 0.1 * step[0], y + 0.1 * step[1]);
    });
    return group;
  }

  function draw() {
    const points = get("points"), found = fits(points, get("delta")), bend = huber(get("delta"));
    const costs = KINDS.map(([name]) => (name === "Huber" ? bend : COSTS[name]));
    touched = clamp(touched, 0, points.length - 1);
    while (marks.children.length > points.length) marks.lastElementChild?.remove();
    while (marks.children.length < points.length) marks.append(mark(marks.children.length));
    const [x, y] = points[touched];
    points.forEach((/** @type {number[]} */ p, /** @type {number} */ i) => put(marks.children[i], {
      transform: `translate(${plane.px(p[0])} ${plane.py(p[1])})`, class: `nn-handle${i === touched ? " nn-touched" : ""}`,
      "aria-label": `point ${i + 1} at (${show(p[0])}, ${show(p[1])}); arrow keys move it`,
    }));
    put(residuals, { d: found.map(({ w, b }) => plane.path([[x, y], [x, w * x + b]])).join("") });
    body.replaceChildren(...found.map(({ w, b, cost }, i) => {
      const r = w * x + b - y;
      put(lines[i], { d: plane.path([[0, b], [10, 10 * w + b]]) });
      put(lossLines[i], { d: losses.curve((v) => costs[i].loss(v, 0)) });
      put(lossMarks[i], { cx: losses.px(clamp(r, -6, 6)), cy: losses.py(clamp(costs[i].loss(r, 0), 0, 8)) });
      return make("tr", {}, make("th", { scope: "row" }, make("svg:svg", { class: "nn-key", viewBox: "0 0 26 10", "aria-hidden": "true" },
        make("svg:path", { class: `nn-c ${KINDS[i][1]}`, d: "M0 5H26" })), KINDS[i][2]),
      ...[`ŷ = ${show(w)} x ${b < 0 ? "−" : "+"} ${show(Math.abs(b))}`, show(cost, 3), show(costs[i].loss(r, 0)), show(costs[i].slope(r, 0))].map((v) => make("td", {}, v)));
    }));
    delta.refresh();
    const away = found.map(({ w, b }) => Math.abs(w * x + b - y));
    text.say(`Point ${touched + 1} of ${points.length} at (${show(x)}, ${show(y)}). `
      + KINDS.map(([, , words], i) => `${words}: slope ${show(found[i].w)}, ${show(away[i])} away from it`).join("; ") + ".");
  }
  return follow(model, ["points", "delta"], draw);
}

export default { render };

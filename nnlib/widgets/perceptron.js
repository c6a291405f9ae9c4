// The perceptron explorable: points of two classes, a unit's boundary, and Rosenblatt's rule one step at a time.
// The state (w, b, points, labels, updates) lives in the model, so that Python and the page share it;
// on a static page the model is the one that was saved with the notebook.

const SVG = "http://www.w3.org/2000/svg";
const VIEW = 3; // the plane shows -VIEW … VIEW on both axes
const SIZE = 400; // of the drawing, in its own units

/** Points with their class. @type {Record<string, number[][]>} */
const PRESETS = {
  "two clouds": [[-1.8, 0.9, 0], [-1.2, 1.7, 0], [-0.9, 0.3, 0], [-2.2, -0.4, 0], [-0.4, 1.2, 0], [-1.5, -1.1, 0],
    [1.6, -0.8, 1], [0.9, -1.7, 1], [2.1, 0.2, 1], [1.3, 0.6, 1], [0.4, -0.9, 1], [2.2, -1.6, 1]],
  AND: [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]],
  "thin margin": [[-2, -1.6, 0], [-1, -0.7, 0], [0, 0.2, 0], [1, 1.1, 0], [2, 1.9, 0],
    [-2, -2.2, 1], [-1, -1.3, 1], [0, -0.4, 1], [1, 0.5, 1], [2, 1.3, 1]],
  "XOR (no line can)": [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]],
};

/** What an arrow key does to a point. @type {Record<string, number[]>} */
const STEPS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };

/**
 * Weighted sum plus bias.
 * @param {number[]} w @param {number} b @param {number[]} x @returns {number}
 */
export function preActivation(w, b, x) {
  return w[0] * x[0] + w[1] * x[1] + b;
}

/**
 * Does the unit answer this point wrongly, or leave it on the boundary?
 * @param {number[]} w @param {number} b @param {number[]} x @param {number} label 0 or 1 @returns {boolean}
 */
export function isMistake(w, b, x, label) {
  return (label ? 1 : -1) * preActivation(w, b, x) <= 0;
}

/**
 * One update by Rosenblatt's rule.
 * @param {number[]} w @param {number} b @param {number[]} x @param {number} label 0 or 1 @param {number} eta
 * @returns {{w: number[], b: number}}
 */
export function update(w, b, x, label, eta) {
  const s = label ? 1 : -1;
  return { w: [w[0] + eta * s * x[0], w[1] + eta * s * x[1]], b: b + eta * s };
}

/**
 * R² / γ² of the points with a 1 appended, or null if no line separates them.
 * γ is the distance from the origin to the convex hull of the s·(x, 1). The nearest point of a hull lies on a
 * face spanned by at most three of them, so the best of all faces is exact.
 * @param {number[][]} points @param {number[]} labels @returns {number | null}
 */
export function mistakeBound(points, labels) {
  const v = points.map((p, i) => [p[0], p[1], 1].map((c) => (labels[i] ? c : -c)));
  const dot = (/** @type {number[]} */ a, /** @type {number[]} */ b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const radius2 = Math.max(...v.map((a) => dot(a, a)));
  let best = 0;
  const tryNormal = (/** @type {number[]} */ u) => { // u: a candidate for the nearest point of the hull
    const n2 = dot(u, u);
    if (n2 < 1e-18) return;
    const length = Math.sqrt(n2);
    let gamma = Infinity;
    for (const a of v) {
      gamma = Math.min(gamma, dot(u, a) / length);
      if (gamma <= best) return; // no better than what is known: most candidates end here
    }
    best = gamma;
  };
  for (let i = 0; i < v.length; i++) {
    tryNormal(v[i]);
    for (let j = i + 1; j < v.length; j++) {
      const d = v[j].map((c, k) => c - v[i][k]);
      const d2 = dot(d, d);
      if (d2 > 1e-18) tryNormal(v[i].map((c, k) => c - (dot(v[i], d) / d2) * d[k])); // foot on the line through i, j
      for (let k = j + 1; k < v.length; k++) {
        const e = v[k].map((c, m) => c - v[i][m]);
        const n = [d[1] * e[2] - d[2] * e[1], d[2] * e[0] - d[0] * e[2], d[0] * e[1] - d[1] * e[0]];
        const sign = dot(n, v[i]) < 0 ? -1 : 1;
        tryNormal(n.map((c) => sign * c)); // normal of the plane through i, j, k
      }
    }
  }
  return best > 1e-9 ? radius2 / (best * best) : null;
}

/**
 * An element with attributes and children; "svg:circle" makes one for drawings.
 * @param {string} tag @param {Record<string, string | number>} [attributes] @param {...(Node | string)} children
 * @returns {any}
 */
function make(tag, attributes = {}, ...children) {
  const element = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  // JupyterLab takes the arrow keys and Enter from whatever has the focus, unless it says that they are its own.
  if ("tabindex" in attributes || ["button", "input", "select"].includes(tag)) element.setAttribute("data-lm-suppress-shortcuts", "true");
  element.append(...children);
  return element;
}

/** @param {number} x */
const toX = (x) => ((x + VIEW) / (2 * VIEW)) * SIZE;
/** @param {number} y */
const toY = (y) => ((VIEW - y) / (2 * VIEW)) * SIZE;
/** @param {number} v @param {number} low @param {number} high */
const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
/** @param {number} v */
const show = (v) => (Math.abs(v) < 5e-3 ? 0 : v).toFixed(2).replace("-", "−");

/**
 * The part of an anywidget model that is used here, and what the figure shows.
 * @typedef {{get: (name: string) => any, set: (name: string, value: any) => void, save_changes: () => void,
 *   on: (event: string, action: () => void) => void, off: (event: string, action: () => void) => void}} Model
 * @typedef {{points?: number[][], labels?: number[], w?: number[], b?: number, updates?: number}} State
 */

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const root = make("div", { class: "nn-explorable", "data-explorable": "perceptron" });
  const drawing = make("svg:svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group", "aria-label": "Points and boundary of the perceptron" });
  const state = make("p", { class: "nn-state", "data-explorable-state": "", "aria-live": "polite" });
  let touched = 0; // index of the point whose z is shown
  let cursor = 0; // where the rule looks next
  let timer = 0;
  /** @type {number[] | null} */
  let held = null; // the foot of the arrow while its tip is dragged
  /** @type {number | null} */
  let bound = null;
  /** @type {any[]} */
  let boundOf = []; // the points and labels that the bound was computed for

  const get = (/** @type {string} */ name) => model.get(name);
  const snapshot = () => ({ points: get("points"), labels: get("labels"), w: get("w"), b: get("b"), updates: 0 });
  const given = snapshot();
  /** @type {State} */
  let start = given; // what Reset goes back to
  function set(/** @type {State} */ changes) {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
    draw();
  }

  // ---- controls -------------------------------------------------------------------------------------------
  /** How each slider is brought up to date. @type {Record<string, () => void>} */
  const sliders = {};
  /** @param {string} name @param {() => number} read @param {(v: number) => void} write */
  function slider(name, read, write) {
    const input = make("input", { type: "range", step: 0.05, "aria-label": name });
    const output = make("output");
    input.addEventListener("input", () => write(Number(input.value)));
    sliders[name] = () => {
      const reach = Math.max(5, Math.ceil(Math.abs(read()))); // updates may carry a weight beyond 5
      input.min = -reach; input.max = reach; input.value = read();
      output.textContent = show(read());
    };
    return make("label", {}, make("span", {}, name), input, output);
  }
  /** @param {string} text @param {() => void} action */
  function button(text, action) {
    const element = make("button", { type: "button" }, text);
    element.addEventListener("click", action);
    return element;
  }
  const preset = make("select", { "aria-label": "Data" },
    ...["as given", ...Object.keys(PRESETS)].map((name) => make("option", { value: name }, name)));
  preset.addEventListener("change", () => {
    const rows = PRESETS[preset.value];
    start = rows ? { points: rows.map((r) => [r[0], r[1]]), labels: rows.map((r) => r[2]), w: [0, 0], b: 0, updates: 0 } : given;
    reset();
  });
  function reset(changes = start) {
    stop();
    touched = cursor = 0;
    set(changes);
  }
  const run = button("Run", () => (timer ? stop() : play()));
  const controls = make("div", { class: "nn-controls" },
    make("label", {}, make("span", {}, "data"), preset),
    slider("w₁", () => get("w")[0], (v) => set({ w: [v, get("w")[1]] })),
    slider("w₂", () => get("w")[1], (v) => set({ w: [get("w")[0], v] })),
    slider("b", () => get("b"), (v) => set({ b: v })),
    make("div", { class: "nn-buttons" },
      button("One update", () => { stop(); learn(1); }), run,
      button("From zero", () => reset({ w: [0, 0], b: 0, updates: 0 })),
      button("Reset", () => reset()),
      button("Add a point", () => {
        addPoint([clamp(0.5 * get("points").length - 2.5, -2.5, 2.5), 2.4]);
        marks.lastElementChild.focus();
      }),
      button("Switch class", () => flip(touched))),
    make("p", { class: "nn-hint" }, "Drag the line, the tip of its arrow or a point. Double-click, or press and hold, to add a point; "
      + "on a point, double-click switches its class. By keyboard: arrow keys move a point, Enter switches its class."));

  // ---- the rule -------------------------------------------------------------------------------------------
  /** Make up to n updates, each on the next mistake in the order of the points; false once none is left. @param {number} n */
  function learn(n) {
    const points = get("points"), labels = get("labels");
    let unit = { w: get("w"), b: get("b") }, updates = get("updates"), seen = 0;
    for (; n > 0 && seen < points.length; seen++, cursor = (cursor + 1) % points.length) {
      if (!isMistake(unit.w, unit.b, points[cursor], labels[cursor])) continue;
      unit = update(unit.w, unit.b, points[cursor], labels[cursor], get("learning_rate"));
      touched = cursor;
      updates++; n--;
      seen = -1;
    }
    if (updates !== get("updates")) set({ ...unit, updates });
    return seen < points.length;
  }
  function play() {
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) { learn(1000); return; } // the end, without the motion
    timer = window.setInterval(() => { if (!learn(1)) stop(); }, 200);
    run.textContent = "Pause";
  }
  function stop() {
    window.clearInterval(timer);
    timer = 0;
    run.textContent = "Run";
  }

  // ---- dragging -------------------------------------------------------------------------------------------
  function inPlane(/** @type {{clientX: number, clientY: number}} */ event) {
    const box = drawing.getBoundingClientRect();
    return [clamp(((event.clientX - box.left) / box.width) * 2 * VIEW - VIEW, -VIEW, VIEW),
      clamp(VIEW - ((event.clientY - box.top) / box.height) * 2 * VIEW, -VIEW, VIEW)];
  }
  /** @param {any} element @param {(to: number[]) => void} move */
  function draggable(element, move, grab = () => {}) {
    // A finger on the rest of the picture scrolls the page; here it drags. Chromium does not read touch-action inside an SVG.
    element.addEventListener("touchstart", (/** @type {Event} */ event) => event.preventDefault(), { passive: false });
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (event.button) return;
      event.preventDefault();
      event.stopPropagation(); // the plane must not take it for a press of its own
      element.focus();
      stop();
      grab();
      element.setPointerCapture(event.pointerId);
      const drag = (/** @type {PointerEvent} */ e) => move(inPlane(e));
      element.addEventListener("pointermove", drag);
      element.addEventListener("lostpointercapture", () => {
        element.removeEventListener("pointermove", drag);
        held = null;
        draw();
      }, { once: true });
    });
  }
  drawing.addEventListener("dblclick", (/** @type {MouseEvent} */ event) => addPoint(inPlane(event)));
  drawing.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType !== "touch") return;
    const hold = window.setTimeout(() => addPoint(inPlane(event)), 600);
    for (const end of ["pointerup", "pointercancel", "pointermove"]) {
      drawing.addEventListener(end, () => window.clearTimeout(hold), { once: true });
    }
  });
  function addPoint(/** @type {number[]} */ at) {
    touched = get("points").length;
    set({ points: [...get("points"), at], labels: [...get("labels"), 1], updates: 0 });
  }
  function movePoint(/** @type {number} */ i, /** @type {number[]} */ to) {
    touched = i;
    set({ points: get("points").map((/** @type {number[]} */ p, /** @type {number} */ k) => (k === i ? to : p)), updates: 0 });
  }

  // ---- drawing --------------------------------------------------------------------------------------------
  const sides = [make("svg:polygon", { class: "nn-side0" }), make("svg:polygon", { class: "nn-side1" })];
  const axes = make("svg:path", { class: "nn-axes", d: `M0 ${SIZE / 2}H${SIZE}M${SIZE / 2} 0V${SIZE}` });
  const line = make("svg:line", { class: "nn-line" });
  const grip = make("svg:line", { class: "nn-grip" });
  const arrow = make("svg:path", { class: "nn-arrow" });
  const tip = make("svg:circle", { class: "nn-tip", r: 12 });
  const marks = make("svg:g");
  drawing.append(...sides, axes, line, grip, arrow, tip, marks);
  draggable(grip, (p) => set({ b: -(get("w")[0] * p[0] + get("w")[1] * p[1]) }));
  draggable(tip, (p) => { // the line turns about the foot of the arrow, which stays where it is
    if (!held) return;
    const w = [p[0] - held[0], p[1] - held[1]];
    if (w[0] || w[1]) set({ w, b: -(w[0] * held[0] + w[1] * held[1]) });
  }, () => { held = nearest(); });
  for (const element of [grip, tip]) element.addEventListener("dblclick", (/** @type {Event} */ event) => event.stopPropagation());

  /** The point of the boundary nearest to the middle of the picture. */
  function nearest() {
    const [w1, w2] = get("w"), n2 = w1 * w1 + w2 * w2;
    return n2 ? [(-get("b") * w1) / n2, (-get("b") * w2) / n2] : [0, 0];
  }

  /** The part of the picture's square on which sign·z ≥ 0 (Sutherland–Hodgman clipping). @param {number} sign */
  function side(sign) {
    const z = (/** @type {number[]} */ p) => sign * preActivation(get("w"), get("b"), p);
    const corners = [[-VIEW, -VIEW], [VIEW, -VIEW], [VIEW, VIEW], [-VIEW, VIEW]];
    /** @type {number[][]} */
    const out = [];
    corners.forEach((p, i) => {
      const q = corners[(i + 1) % 4], zp = z(p), zq = z(q);
      if (zp >= 0) out.push(p);
      if (zp * zq < 0) out.push([0, 1].map((k) => p[k] + (zp / (zp - zq)) * (q[k] - p[k])));
    });
    return out.map((p) => `${toX(p[0])},${toY(p[1])}`).join(" ");
  }

  function drawPoint(/** @type {number} */ i) {
    const [x, y] = get("points")[i], label = get("labels")[i];
    const wrong = isMistake(get("w"), get("b"), [x, y], label);
    let group = marks.children[i];
    if (!group) {
      group = make("svg:g", { "data-point": i, tabindex: 0, role: "button" });
      draggable(group, (p) => movePoint(i, p));
      group.addEventListener("focus", () => { touched = i; draw(); });
      group.addEventListener("dblclick", (/** @type {Event} */ event) => { event.stopPropagation(); flip(i); });
      group.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
        const step = STEPS[event.key];
        const at = get("points")[i];
        if (step) movePoint(i, [clamp(at[0] + step[0], -VIEW, VIEW), clamp(at[1] + step[1], -VIEW, VIEW)]);
        else if (event.key === "Enter" || event.key === " ") flip(i);
        else return;
        event.preventDefault();
      });
      group.append(make("svg:circle", { class: "nn-hit", r: 18 }), make("svg:circle", { class: "nn-ring", r: 13 }), make("svg:path"));
      marks.append(group);
    }
    group.setAttribute("transform", `translate(${toX(x)} ${toY(y)})`);
    group.setAttribute("class", `nn-point${label}${wrong ? " nn-wrong" : ""}${i === touched ? " nn-touched" : ""}`);
    group.setAttribute("aria-label", `point ${i + 1} at (${show(x)}, ${show(y)}), class ${label}, ${wrong ? "a mistake" : "right"}; arrow keys move it, Enter changes its class`);
    group.lastChild.setAttribute("d", label ? "M0-8L7.5 6H-7.5Z" : "M-6.5 0A6.5 6.5 0 1 0 6.5 0A6.5 6.5 0 1 0-6.5 0Z");
  }
  function flip(/** @type {number} */ i) {
    touched = i;
    set({ labels: get("labels").map((/** @type {number} */ label, /** @type {number} */ k) => (k === i ? 1 - label : label)), updates: 0 });
  }

  function describe() {
    const w = get("w"), b = get("b"), points = get("points"), labels = get("labels");
    const mistakes = points.filter((/** @type {number[]} */ p, /** @type {number} */ i) => isMistake(w, b, p, labels[i])).length;
    const z = preActivation(w, b, points[touched]);
    if (boundOf[0] !== points || boundOf[1] !== labels) [bound, boundOf] = [mistakeBound(points, labels), [points, labels]];
    const limit = bound === null ? "No line separates these points, so the rule will never stop."
      : `A line separates them: from zero weights the rule stops after at most (R/γ)² = ${bound.toFixed(1)} updates.`;
    state.textContent = `w = (${show(w[0])}, ${show(w[1])}), b = ${show(b)}. Mistakes: ${mistakes} of ${points.length}. `
      + `Point ${touched + 1} at (${show(points[touched][0])}, ${show(points[touched][1])}): z = ${show(z)}, answer ${z > 0 ? 1 : 0}. `
      + `Updates: ${get("updates")}. ${limit}`;
  }

  function draw() {
    const [w1, w2] = get("w"), length = Math.hypot(w1, w2), points = get("points");
    sides[0].setAttribute("points", side(-1));
    sides[1].setAttribute("points", length || get("b") > 0 ? side(1) : "");
    for (const element of [line, grip, arrow, tip]) element.style.display = length ? "" : "none";
    if (length) {
      const [fx, fy] = held ?? nearest(), [dx, dy] = [(-w2 / length) * 9, (w1 / length) * 9];
      for (const element of [line, grip]) {
        element.setAttribute("x1", toX(fx - dx)); element.setAttribute("y1", toY(fy - dy));
        element.setAttribute("x2", toX(fx + dx)); element.setAttribute("y2", toY(fy + dy));
      }
      const scale = Math.min(1, 2.5 / length); // a long arrow would leave the picture
      const [tx, ty] = [toX(fx + scale * w1), toY(fy + scale * w2)], [ux, uy] = [w1 / length, -w2 / length];
      arrow.setAttribute("d", `M${toX(fx)} ${toY(fy)}L${tx} ${ty}M${tx - 10 * ux - 6 * uy} ${ty - 10 * uy + 6 * ux}L${tx} ${ty}L${tx - 10 * ux + 6 * uy} ${ty - 10 * uy - 6 * ux}`);
      tip.setAttribute("cx", tx); tip.setAttribute("cy", ty);
    }
    touched = Math.min(touched, points.length - 1);
    while (marks.children.length > points.length) marks.lastChild.remove();
    points.forEach((/** @type {number[]} */ _, /** @type {number} */ i) => drawPoint(i));
    Object.values(sliders).forEach((refresh) => refresh());
    describe();
  }

  root.append(make("div", { class: "nn-stage" }, drawing, controls), state);
  el.append(root);
  const names = ["w", "b", "points", "labels", "updates"];
  names.forEach((name) => model.on(`change:${name}`, draw));
  draw();
  return () => { stop(); names.forEach((name) => model.off(`change:${name}`, draw)); };
}

export default { render };

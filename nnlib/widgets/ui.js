// What the explorables share on the page: elements, named controls, axes, dragging, text for screen readers.
// Colours are CSS variables (ui.css), so that light and dark mode are the page's affair.

const SVG_NS = "http://www.w3.org/2000/svg";

/**
 * The part of an anywidget model that is used here.
 * @typedef {{get: (name: string) => any, set: (name: string, value: any) => void, save_changes: () => void,
 *   on: (event: string, action: () => void) => void, off: (event: string, action: () => void) => void}} Model
 */

/**
 * An element with attributes and children; "svg:circle" makes one for drawings.
 * @param {string} tag @param {Record<string, string | number>} [attributes] @param {...(Node | string)} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
  const element = tag.startsWith("svg:") ? document.createElementNS(SVG_NS, tag.slice(4)) : document.createElement(tag);
  put(element, attributes);
  // JupyterLab takes the arrow keys and Enter from whatever has the focus, unless it says that they are its own.
  if ("tabindex" in attributes || ["button", "input", "select", "textarea"].includes(tag)) put(element, { "data-lm-suppress-shortcuts": "true" });
  element.append(...children);
  return element;
}

/** Set several attributes. @param {Element} element @param {Record<string, string | number>} attributes */
export function put(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** @param {number} v @param {number} low @param {number} high */
export const clamp = (v, low, high) => Math.min(high, Math.max(low, v));

/**
 * A number for the reader, with a true minus.
 * @param {number} v @param {number} [digits] decimals @returns {string}
 */
export function show(v, digits = 2) {
  if (Number.isNaN(v)) return "not a number";
  if (!Number.isFinite(v)) return v > 0 ? "∞" : "−∞";
  if (v !== 0 && (Math.abs(v) >= 1e5 || Math.abs(v) < 10 ** -digits / 2)) {
    const [mantissa, power] = v.toExponential(1).split("e");
    return `${mantissa}·10${[...String(Number(power))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)] ?? "⁻").join("")}`.replace("-", "−");
  }
  return v.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−");
}

/** Does the reader ask for less motion? @returns {boolean} */
export const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * A slider with its name and value. refresh() shows what read() gives.
 * @param {string} name @param {{min: number, max: number, step: number, read: () => number, write: (v: number) => void,
 *   format?: (v: number) => string, label?: string}} options @returns {{element: any, input: any, refresh: () => void}}
 */
export function slider(name, { min, max, step, read, write, format = show, label = name }) {
  const input = make("input", { type: "range", min, max, step, "aria-label": label }), output = make("span", { class: "nn-out", "aria-hidden": "true" }); // the slider speaks for itself
  input.addEventListener("input", () => write(Number(input.value)));
  const refresh = () => {
    const v = read(), reach = Math.abs(v);
    if (v < Number(input.min) && min < 0) { input.min = -Math.ceil(reach); input.max = Math.ceil(reach); }
    if (v > Number(input.max)) { input.max = Math.ceil(reach); if (min < 0) input.min = -Math.ceil(reach); }
    input.value = v;
    output.textContent = format(v);
    input.setAttribute("aria-valuetext", format(v));
  };
  refresh();
  return { element: make("label", { class: "nn-slider" }, make("span", {}, name), input, output), input, refresh };
}

/**
 * A drop-down list with its name.
 * @param {string} name @param {[string, string][]} options value and words of each
 * @param {() => string} read @param {(v: string) => void} write @returns {{element: any, input: any, refresh: () => void}}
 */
export function choice(name, options, read, write) {
  const input = make("select", { "aria-label": name }, ...options.map(([value, words]) => make("option", { value }, words)));
  input.addEventListener("change", () => write(input.value));
  const refresh = () => { input.value = read(); };
  refresh();
  return { element: make("label", { class: "nn-choice" }, make("span", {}, name), input), input, refresh };
}

/** @param {string} words @param {() => void} action @param {Record<string, string>} [attributes] @returns {any} */
export function button(words, action, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, words);
  element.addEventListener("click", action);
  return element;
}

/**
 * Text that says what the figure shows. While it plays, screen readers are left in peace.
 * @returns {{element: any, say: (words: string, playing?: boolean) => void}}
 */
export function liveText() {
  const element = make("p", { class: "nn-state", "data-explorable-state": "", "aria-live": "polite" });
  return {
    element,
    say(words, playing = false) {
      put(element, { "aria-live": playing ? "off" : "polite" });
      if (element.textContent !== words) element.textContent = words;
    },
  };
}

/**
 * Let an element be dragged by mouse, pen and finger, and moved by arrow keys.
 * @param {any} element @param {any} svg the drawing @param {(x: number, y: number) => void} move in the drawing's units
 * @param {{grab?: () => void, drop?: () => void, key?: (dx: number, dy: number) => void}} [more]
 */
export function draggable(element, svg, move, { grab = () => {}, drop = () => {}, key } = {}) {
  // A finger on the rest of the picture scrolls the page; here it drags. Chromium does not read touch-action inside an SVG.
  element.addEventListener("touchstart", (/** @type {Event} */ event) => event.preventDefault(), { passive: false });
  element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    element.focus();
    grab();
    element.setPointerCapture(event.pointerId);
    const drag = (/** @type {PointerEvent} */ e) => { const [x, y] = inDrawing(svg, e); move(x, y); };
    element.addEventListener("pointermove", drag);
    element.addEventListener("lostpointercapture", () => { element.removeEventListener("pointermove", drag); drop(); }, { once: true });
  });
  if (key) {
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = arrow(event);
      if (!step) return;
      event.preventDefault();
      key(step[0], step[1]);
    });
  }
}

/** The direction of an arrow key, ten times as far with Shift. @param {KeyboardEvent} event @returns {number[] | null} */
export function arrow(event) {
  /** @type {Record<string, number[]>} */
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const way = ways[event.key];
  return way ? way.map((c) => c * (event.shiftKey ? 10 : 1)) : null;
}

/** Where a pointer is, in the units of a drawing's viewBox. @param {any} svg @param {{clientX: number, clientY: number}} event */
export function inDrawing(svg, event) {
  const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
  return [view.x + ((event.clientX - box.left) / box.width) * view.width, view.y + ((event.clientY - box.top) / box.height) * view.height];
}

/**
 * A drawing with two axes; curves and marks are given in the units of the data.
 */
export class Plot {
  /**
   * @param {{width: number, height: number, x: number[], y: number[], xName?: string, yName?: string, alt: string,
   *   ticks?: boolean, margin?: number[]}} options margin: left, top, right, bottom
   */
  constructor({ width, height, x, y, xName = "", yName = "", alt, ticks = true, margin = [34, 8, 8, 30] }) {
    this.x = x;
    this.y = y;
    this.box = { left: margin[0], top: margin[1], right: width - margin[2], bottom: height - margin[3] };
    this.ticks = ticks;
    this.grid = make("svg:g", { class: "nn-grid" });
    this.svg = make("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "nn-plot", role: "group", "aria-label": alt }, this.grid);
    const { left, right, top } = this.box;
    if (xName) this.svg.append(make("svg:text", { class: "nn-axis", x: (left + right) / 2, y: height - 3, "text-anchor": "middle" }, xName));
    if (yName) this.svg.append(make("svg:text", { class: "nn-axis", x: left + 5, y: top + 11 }, yName));
    this.rule();
  }

  /** @param {number} v @returns {number} */
  px(v) { return this.box.left + ((v - this.x[0]) / (this.x[1] - this.x[0])) * (this.box.right - this.box.left); }

  /** @param {number} v @returns {number} */
  py(v) { return this.box.bottom - ((v - this.y[0]) / (this.y[1] - this.y[0])) * (this.box.bottom - this.box.top); }

  /** Data units of a place in the drawing. @param {number} px @param {number} py @returns {number[]} */
  at(px, py) {
    const { left, right, top, bottom } = this.box;
    return [this.x[0] + ((px - left) / (right - left)) * (this.x[1] - this.x[0]), this.y[0] + ((bottom - py) / (bottom - top)) * (this.y[1] - this.y[0])];
  }

  /** Draw the frame, the lines and the numbers of the axes anew, after x or y has changed. */
  rule() {
    const { left, right, top, bottom } = this.box, parts = [];
    if (this.ticks) {
      for (const v of roundNumbers(this.x)) {
        parts.push(make("svg:path", { d: `M${this.px(v)} ${top}V${bottom}` }), make("svg:text", { x: this.px(v), y: bottom + 14, "text-anchor": "middle" }, short(v)));
      }
      for (const v of roundNumbers(this.y)) {
        parts.push(make("svg:path", { d: `M${left} ${this.py(v)}H${right}` }), make("svg:text", { x: left - 5, y: this.py(v) + 4, "text-anchor": "end" }, short(v)));
      }
    }
    parts.push(make("svg:path", { class: "nn-frame-line", d: `M${left} ${top}V${bottom}H${right}` }));
    this.grid.replaceChildren(...parts);
  }

  /**
   * Path of a curve through points; a jump or a value that is no number breaks it.
   * @param {Iterable<number[]>} points @returns {string}
   */
  path(points) {
    let d = "", pen = "M";
    for (const [x, y] of points) {
      if (!Number.isFinite(y)) { pen = "M"; continue; }
      // far outside the frame the renderer loses precision
      d += `${pen}${this.px(x).toFixed(1)} ${clamp(this.py(y), -4e3, 4e3).toFixed(1)}`;
      pen = "L";
    }
    return d;
  }

  /** Curve of a function over the x axis. @param {(x: number) => number} f @param {number} [n] @returns {string} */
  curve(f, n = 240) {
    return this.path(Array.from({ length: n + 1 }, (_, i) => {
      const x = this.x[0] + (i / n) * (this.x[1] - this.x[0]);
      return [x, f(x)];
    }));
  }
}

/** Some four round numbers within an interval. @param {number[]} interval @returns {number[]} */
function roundNumbers([low, high]) {
  const raw = (high - low) / 4, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((f) => f * power).find((s) => s >= raw * 0.99) ?? 10 * power, found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(i * step);
  return found;
}

/** @param {number} v @returns {string} */
const short = (v) => String(Number(v.toPrecision(6))).replace("-", "−").replace(/e([−+])?(\d+)/, "e$1$2");

/**
 * Keep a figure in step with its model: draw now and after every change of the named traits.
 * @param {Model} model @param {string[]} names @param {() => void} draw @returns {() => void} call it to stop
 */
export function follow(model, names, draw) {
  for (const name of names) model.on(`change:${name}`, draw);
  draw();
  return () => { for (const name of names) model.off(`change:${name}`, draw); };
}

/** Write changes to the model. @param {Model} model @param {Record<string, any>} changes */
export function save(model, changes) {
  for (const [name, value] of Object.entries(changes)) model.set(name, value);
  model.save_changes();
}

/** The frame of an explorable. @param {HTMLElement} el @param {string} name @param {...Node} children @returns {any} */
export function frame(el, name, ...children) {
  const root = make("div", { class: `nn-explorable nn-${name}`, "data-explorable": name }, ...children);
  el.append(root);
  return root;
}

/** Call an action when the page changes between light and dark. @param {() => void} action @returns {() => void} */
export function onTheme(action) {
  const observer = new MutationObserver(action);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  return () => observer.disconnect();
}

/** Red, green and blue of a CSS variable. @param {Element} element @param {string} name @returns {number[]} */
export function colour(element, name) {
  const text = getComputedStyle(element).getPropertyValue(name).trim();
  return [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
}

/** The mark of a class: circle, triangle, square. @param {number} label @param {number} [r] @returns {string} */
export function markPath(label, r = 4) {
  if (label === 1) return `M0${-1.25 * r}L${1.15 * r} ${0.9 * r}H${-1.15 * r}Z`;
  if (label === 2) return `M${-0.9 * r}${-0.9 * r}H${0.9 * r}V${0.9 * r}H${-0.9 * r}Z`;
  return `M${-r} 0A${r} ${r} 0 1 0 ${r} 0A${r} ${r} 0 1 0${-r} 0Z`;
}

/**
 * Segments of the line f = 0 on a grid of n × n points over a square drawing (marching squares), as an SVG path.
 * @param {(i: number) => number} f of the point's index, row by row from the top @param {number} n
 * @param {number} side of the drawing @returns {string}
 */
export function contour(f, n, side) {
  const cell = side / (n - 1), value = Float64Array.from({ length: n * n }, (_, i) => f(i));
  let d = "";
  for (let i = 0; i < n * (n - 1); i++) {
    const c = i % n;
    if (c === n - 1) continue;
    const v0 = value[i], v1 = value[i + 1], v2 = value[i + n + 1], v3 = value[i + n];
    const kind = (v0 > 0 ? 1 : 0) + (v1 > 0 ? 1 : 0) + (v2 > 0 ? 1 : 0) + (v3 > 0 ? 1 : 0);
    if (kind === 0 || kind === 4) continue; // most cells: the line does not pass
    const r = (i - c) / n, v = [v0, v1, v2, v3], corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]], cuts = [];
    for (let k = 0; k < 4; k++) {
      const a = v[k], b = v[(k + 1) % 4];
      if (a > 0 === b > 0) continue;
      const t = a / (a - b), p = corners[k], q = corners[(k + 1) % 4];
      cuts.push(`${((p[0] + t * (q[0] - p[0])) * cell).toFixed(1)} ${((p[1] + t * (q[1] - p[1])) * cell).toFixed(1)}`);
    }
    for (let k = 0; k + 1 < cuts.length; k += 2) d += `M${cuts[k]}L${cuts[k + 1]}`;
  }
  return d;
}

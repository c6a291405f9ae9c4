// Drawn frames behind one slider or two. With a kernel behind the page, a frame between two values is drawn on demand.

/** @typedef {{get: (k: string) => any, set: (k: string, v: any) => void, save_changes: () => void, send: (m: any) => void,
 *   on: (e: string, f: (m: any) => void) => void, off: (e: string, f: (m: any) => void) => void}} Model */

/** @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const make = (/** @type {string} */ tag, /** @type {string} */ name = "") => Object.assign(document.createElement(tag), { className: name });
  const root = make("div", "nn-frames"), picture = make("div"), refused = make("p", "nn-refused"), aloud = make("p", "nn-aloud");
  picture.setAttribute("role", "img");
  aloud.setAttribute("aria-live", "polite");
  const texts = /** @type {string[][]} */ (model.get("texts"));
  let kernel = false, waiting = "", moved = false;

  const sliders = /** @type {string[]} */ (model.get("names")).map((name, k) => {
    const label = make("label"), input = /** @type {HTMLInputElement} */ (make("input")), output = make("output");
    Object.assign(input, { type: "range", min: "0", max: String(texts[k].length - 1), step: "1", ariaLabel: name });
    input.setAttribute("data-lm-suppress-shortcuts", "true"); // in JupyterLab its keys are its own
    input.addEventListener("input", () => {
      moved = true;
      model.set("at", sliders.map((s) => Number(s.input.value)));
      model.save_changes();
    });
    output.setAttribute("aria-hidden", "true"); // the slider says it
    label.append(name, input, output);
    root.append(label);
    return { input, output };
  });
  root.append(picture, refused, aloud);
  el.append(root);

  /** Write the values beside the sliders. @param {string[]} words */
  function write(words) {
    sliders.forEach(({ input, output }, k) => {
      output.textContent = words[k];
      input.setAttribute("aria-valuetext", words[k]);
    });
  }

  /** @param {string} html @param {string} alt */
  function paint(html, alt) {
    picture.innerHTML = html;
    picture.setAttribute("aria-label", alt);
    if (moved) aloud.textContent = alt;
  }

  function show() {
    const at = /** @type {number[]} */ (model.get("at")), near = at.map(Math.round), asked = at.join();
    sliders.forEach(({ input }, k) => { input.value = String(at[k]); });
    if (kernel && asked !== near.join()) {
      if (!waiting) model.send({ at });
      waiting = asked;
      return;
    }
    const i = near.reduce((sum, p, k) => sum * texts[k].length + p, 0), run = model.get("frames")[i], lines = model.get("lines");
    let html = "";
    for (let r = 0; r < run.length; r += 2) html += lines.slice(run[r], run[r] + run[r + 1]).join("\n");
    refused.textContent = "";
    write(near.map((p, k) => texts[k][p]));
    paint(html, model.get("alts")[i]);
  }

  /** What Python says. @param {any} message */
  function hear(message) {
    if (message.between) {
      kernel = true;
      sliders.forEach(({ input }, k) => { if (message.between[k]) input.step = "0.05"; });
      show();
    } else if (message.at) {
      waiting = "";
      if (message.at.join() !== model.get("at").join()) { show(); return; } // the reader has moved on
      write(message.texts);
      refused.textContent = message.refused ? `No picture here. ${message.refused}` : "";
      if (message.html) paint(message.html, message.alt);
    }
  }

  model.on("change:at", show);
  model.on("msg:custom", hear);
  show();
  model.send({});
  return () => { model.off("change:at", show); model.off("msg:custom", hear); };
}

export default { render };

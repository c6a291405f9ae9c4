// Brings the live figures of a page to life, without a kernel. Each is an anywidget: its state, which the page
// holds as JSON, has the JavaScript that draws it. (Jupyter's own loader does this, too, and weighs 900 KB.)

/** @typedef {{[name: string]: any}} State */

/** @type {{[id: string]: {state: State}}} */
const MODELS = Object.assign({}, ...[...document.querySelectorAll('script[type="application/vnd.jupyter.widget-state+json"]')]
  .map((script) => JSON.parse(script.textContent).state));

/** @type {Map<string, Promise<any>>} */
const modules = new Map();

/** Import a module from its text, once. @param {string} text */
function imported(text) {
  const url = () => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  if (!modules.has(text)) modules.set(text, import(url()).then((module) => module.default));
  return modules.get(text);
}

/** The part of a Jupyter model that a figure uses; nobody listens at the other end. @param {State} state */
function modelOf(state) {
  /** @type {Map<string, Set<(value?: any) => void>>} */
  const listeners = new Map();
  const tell = (/** @type {string} */ event) => listeners.get(event)?.forEach((listener) => listener());
  return {
    get: (/** @type {string} */ name) => state[name],
    set(/** @type {string} */ name, /** @type {any} */ value) {
      if (state[name] === value) return;
      state[name] = value;
      tell(`change:${name}`);
      tell("change");
    },
    on: (/** @type {string} */ event, /** @type {() => void} */ listener) =>
      event.split(" ").forEach((one) => listeners.set(one, (listeners.get(one) ?? new Set()).add(listener))),
    off: (/** @type {string} */ event, /** @type {() => void} */ listener) =>
      event.split(" ").forEach((one) => listeners.get(one)?.delete(listener)),
    save_changes() {},
    send() {},
  };
}

const styles = new Set();

/** Draw the figure behind the script that asks for it. @param {Element} script */
async function draw(script) {
  const { state } = MODELS[JSON.parse(script.textContent ?? "").model_id], el = document.createElement("div");
  el.className = "live";
  script.after(el);
  if (!styles.has(state._css)) {
    styles.add(state._css);
    document.head.append(Object.assign(document.createElement("style"), { textContent: state._css }));
  }
  const { render } = await imported(state._esm);
  render({ model: modelOf(state), el });
}

// One after the other, so that the text can be read and scrolled meanwhile.
(async () => {
  for (const script of document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]')) await draw(script);
})();

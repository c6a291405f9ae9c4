// A click on the link beside an equation's number copies its address; the page goes there, too.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest(".eqno a.headerlink") : null;
  if (!(link instanceof HTMLAnchorElement) || !navigator.clipboard) return;
  navigator.clipboard.writeText(link.href).then(() => {
    const note = document.createElement("span");
    note.className = "copied";
    note.setAttribute("role", "status");
    note.textContent = "link copied";
    link.after(note);
    setTimeout(() => note.remove(), 2000);
  }, () => {}); // not allowed here: the address bar has it
});

// Opened as a file, a page cannot start JupyterLite, which a server must send.
if (location.protocol === "file:") {
  document.addEventListener("DOMContentLoaded", () => {
    for (const invitation of document.querySelectorAll(".run-here")) invitation.remove();
  });
}

// The theme takes the focus from a button that opens a list of contents: give it back when the list is closed.
for (const side of ["primary", "secondary"]) {
  document.getElementById(`pst-${side}-sidebar-modal`)?.addEventListener("close", () => {
    const button = document.querySelector(`.bd-header-article .${side}-toggle`);
    if (button instanceof HTMLElement) button.focus();
  });
}

// The keyboard stops at formulas that can be moved sideways, and at no other.
const formulas = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});
document.addEventListener("DOMContentLoaded", async () => {
  await /** @type {any} */ (window).MathJax?.startup?.promise;
  for (const formula of document.querySelectorAll("mjx-container[display='true']")) formulas.observe(formula);
});

"""Every page passes axe-core's rules for WCAG 2.2 AA: in the light and the dark mode, wide and narrow."""

import pytest
from dev import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
# What may differ in a mode when the same page passes all rules wide and narrow, once in each mode.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
LOOKS = [("light", 1280, ALL), ("dark", 1280, OF_COLOURS), ("dark", 390, ALL), ("light", 390, OF_COLOURS)]
# Within a formula MathJax draws hundreds of boxes that no screen reader sees; what it reads is beside.
# They are taken out while axe-core looks, and one box of their size stands in for them: half the time.
RUN = """async rules => {
  const drawn = [...document.querySelectorAll("mjx-math")].map(math =>
    ({math, box: math.getBoundingClientRect(), parts: [...math.childNodes],
      style: math.getAttribute("style")}));
  for (const {math, box} of drawn) {
    math.replaceChildren();
    math.style.cssText += `; display: inline-block; width: ${box.width}px; height: ${box.height}px`;
  }
  const result = await axe.run({exclude: [["mjx-math"]]}, {runOnly: rules, resultTypes: ["violations"]});
  for (const {math, parts, style} of drawn) {
    math.replaceChildren(...parts);
    if (style === null) math.removeAttribute("style");
    else math.setAttribute("style", style);
  }
  return result.violations.flatMap(broken => broken.nodes.map(node =>
    `${broken.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


@pytest.mark.parametrize(
    ("mode", "width", "rules"), LOOKS, ids=[f"{mode}-{width}" for mode, width, _ in LOOKS]
)
def test_axe_finds_no_violation(visit, name, mode, width, rules):
    seen = visit(name)
    seen.look(mode, width)
    # A button changes its colour slowly. Where nothing is drawn, a change may never end.
    seen.page.evaluate(
        "Promise.race([Promise.allSettled(document.getAnimations().map(each => each.finished)),"
        " new Promise(done => setTimeout(done, 1000))])"
    )
    # The theme lets the keyboard into whatever scrolls, a moment after the window's size has changed.
    seen.page.wait_for_function(
        "[...document.querySelectorAll('pre, .pst-scrollable-table-container, mjx-container[display=true]')]"
        ".every(e => e.tabIndex === 0 || e.scrollWidth <= e.clientWidth)"
    )
    if not seen.page.evaluate("'axe' in window"):
        seen.page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = seen.page.evaluate(RUN, rules)
    assert not violations, f"{len(violations)} violations\n" + "\n".join(violations[:20])

"""Every page passes axe-core's rules for WCAG 2.2 AA: wide in the light mode, narrow in the dark mode."""

import pytest
from dev import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
# Within a formula MathJax draws hundreds of boxes that no screen reader sees; what it reads is beside.
RUN = """rules => axe.run({exclude: [["mjx-math"]]}, {runOnly: rules, resultTypes: ["violations"]}).then(
  result =>
  result.violations.flatMap(broken => broken.nodes.map(node =>
    `${broken.id}: ${node.target.join(" ")}: ${node.failureSummary}`)))"""


@pytest.mark.parametrize(("mode", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_no_violation(visit, name, mode, width):
    seen = visit(name)
    seen.look(mode, width)
    # The theme lets the keyboard into whatever scrolls, a moment after the window's size has changed.
    seen.page.wait_for_function(
        "[...document.querySelectorAll('pre, .pst-scrollable-table-container')]"
        ".every(e => e.tabIndex === 0 || e.scrollWidth <= e.clientWidth)"
    )
    if not seen.page.evaluate("'axe' in window"):
        seen.page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = seen.page.evaluate(RUN, RULES)
    assert not violations, f"{len(violations)} violations\n" + "\n".join(violations[:20])

"""Every explorable of the built site comes up on its page, with no kernel and no other host."""

COUNT = """() => {
  const json = (type) =>
    [...document.querySelectorAll(`script[type="application/vnd.jupyter.widget-${type}+json"]`)]
      .map((script) => JSON.parse(script.textContent));
  const models = Object.assign({}, ...json('state').map((state) => state.state));
  return json('view').filter(({model_id}) =>
    /^nnlib[.]widgets[.]/.test(models[model_id]?.state?._anywidget_id ?? '')).length;
}"""


def test_explorables_come_up(name, visit):
    seen = visit(name)
    expected = seen.page.evaluate(COUNT)
    seen.page.wait_for_function(
        "(n) => document.querySelectorAll('[data-explorable]').length === n", arg=expected
    )
    for said in seen.page.locator("[data-explorable-state]").all():
        assert len(said.inner_text()) > 20
    assert (seen.foreign, seen.missing) == ([], [])

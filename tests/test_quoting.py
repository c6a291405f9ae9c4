"""What a cell hands to the text is what MyST-NB's own glue would hand over."""

import pytest

import nnlib as nn

glue = pytest.importorskip("myst_nb.ext.glue")


def shown(monkeypatch, module, call):
    """Bundles that a call displays."""
    bundles = []
    monkeypatch.setattr(module, lambda data, raw, metadata: bundles.append((data, raw, metadata)))
    call()
    return bundles


def test_quote_stores_what_glue_stores(monkeypatch):
    ours = shown(monkeypatch, "IPython.display.display", lambda: nn.quote(share="97.2 %", runs="it's 3"))
    theirs = shown(
        monkeypatch, "myst_nb.ext.glue.ipy_display", lambda: glue.glue("share", "97.2 %", display=False)
    ) + shown(monkeypatch, "myst_nb.ext.glue.ipy_display", lambda: glue.glue("runs", "it's 3", display=False))
    assert ours == theirs
    assert len(ours) == 2


def test_only_text_is_quoted_and_nothing_if_one_value_is_none(monkeypatch):
    def call():
        with pytest.raises(TypeError, match=r'n must be a text, such as f"\{n:.3g\}"; got int 3'):
            nn.quote(good="1", n=3)

    assert shown(monkeypatch, "IPython.display.display", call) == []

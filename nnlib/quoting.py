"""Numbers for the text of a page, from the cell that computed them.

A notebook of the book quotes a result by its name; the page then shows what the cell handed over, so that
text and computation cannot disagree.
"""

KIND = "application/papermill.record/"


def quote(**values: str) -> None:
    """Hand computed values, as they shall be read, to the text of the page.

    In the text, ``{glue:text}`name``` stands for the value. The cell that quotes shows nothing itself.

    Parameters
    ----------
    **values : str
        Text by name. A number comes as it shall be printed, ``f"{accuracy:.1%}"``, so that the last digits,
        which differ from machine to machine, do not come along.

    Raises
    ------
    TypeError
        If a value is not a text.

    Notes
    -----
    This is what ``myst_nb.glue(name, value, display=False)`` stores, without the need of MyST-NB, which is
    not there in a notebook that runs in the browser [1]_.

    References
    ----------
    .. [1] Executable Books, "Embed outputs as variables", MyST-NB documentation.

    Examples
    --------
    >>> import nnlib as nn
    >>> nn.quote(seconds=0.25)
    Traceback (most recent call last):
        ...
    TypeError: seconds must be a text, such as f"{seconds:.3g}"; got float 0.25
    """
    for name, value in values.items():
        if not isinstance(value, str):
            kind = type(value).__name__
            raise TypeError(f'{name} must be a text, such as f"{{{name}:.3g}}"; got {kind} {value!r}')
    from IPython.display import display  # a notebook has it; nnlib does without

    for name, value in values.items():
        display(  # type: ignore[no-untyped-call]
            {f"{KIND}text/plain": repr(value)},
            raw=True,
            metadata={"scrapbook": {"name": name, "mime_prefix": KIND}},
        )

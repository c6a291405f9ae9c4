"""Matplotlib's figures for the middle of a page: small SVG, or small PNG, and what many have in common."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"


def svg_of(drawing: Any, text: bool = False) -> str:
    """Return a figure as SVG without what nobody sees, one element a line, the same on every run; close it.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure or matplotlib.axes.Axes
        The figure, or axes in it.
    text : bool, default False
        Leave the letters to the reader's fonts; else they are drawn as outlines.

    Returns
    -------
    str
        One element, without the head of a file.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nnlib.widgets.drawing import svg_of
    >>> svg_of(plt.subplots()[0]).startswith("<svg ")
    True
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    figure = getattr(drawing, "figure", drawing)
    file = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none" if text else "path", "svg.hashsalt": "nnlib"}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return lean(file.getvalue().decode())


def png_of(drawing: Any) -> str:
    """Return a figure as an img element that holds a PNG of 64 colours, two pixels a point; close it.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure or matplotlib.axes.Axes
        The figure, or axes in it.

    Returns
    -------
    str

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from nnlib.widgets.drawing import png_of
    >>> png_of(plt.subplots()[0]).startswith("<img width=")
    True
    """
    import matplotlib.pyplot as plt
    from PIL import Image

    file, small = io.BytesIO(), io.BytesIO()
    figure = getattr(drawing, "figure", drawing)
    figure.savefig(file, format="png", dpi=144, bbox_inches="tight")
    plt.close(figure)
    picture = Image.open(file).convert("RGB").quantize(64)
    picture.save(small, format="PNG", optimize=True)
    width, height = (round(side * 2 / 3) for side in picture.size)
    data = base64.b64encode(small.getvalue()).decode()
    return f'<img width="{width}" height="{height}" alt="" src="data:image/png;base64,{data}"/>'


def in_page(svg: str, mark: str) -> str:
    r"""Give an SVG ids that begin with a mark, and colours by name, which the page's style knows.

    Parameters
    ----------
    svg : str
    mark : str
        Of the figure: no other on a page has it.

    Returns
    -------
    str

    Examples
    --------
    >>> from nnlib.widgets.drawing import in_page
    >>> in_page('<path id="p" style="fill:#0060a8"/><use href="#p"/>', "a-")
    '<path id="a-p" style="fill:var(--nn-blue)"/><use href="#a-p"/>'
    """
    from ..plots import PALETTE

    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{mark}", svg).replace("DejaVuSans", "")
    for name, (light, _) in PALETTE.items():
        svg = svg.replace(light, f"var(--nn-{name.replace('_', '-')})")
    return svg


def as_file(frame: str) -> tuple[bytes, str]:
    """Make a file of a frame that was made for a page, in the colours of the light mode.

    Parameters
    ----------
    frame : str
        What `in_page` or `png_of` returned.

    Returns
    -------
    content : bytes
    suffix : {"svg", "png"}

    Examples
    --------
    >>> from nnlib.widgets.drawing import as_file
    >>> as_file('<path style="fill:var(--nn-blue)"/>')
    (b'<path style="fill:#0060a8"/>', 'svg')
    """
    from ..plots import PALETTE

    if frame.startswith("<img"):
        return base64.b64decode(re.findall(r"base64,([^\"]+)", frame)[0]), "png"
    named = {f"var(--nn-{name.replace('_', '-')})": light for name, (light, _) in PALETTE.items()}
    return re.sub(r"var\([^)]*\)", lambda match: named[match[0]], frame).encode(), "svg"


def shared(frames: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    r"""Write the lines of all frames once.

    Parameters
    ----------
    frames : sequence of str

    Returns
    -------
    lines : list of str
        Every line that occurs.
    runs : list of list of int
        For each frame where a run of lines begins and how many there are, in turn.

    Examples
    --------
    >>> from nnlib.widgets.drawing import shared
    >>> shared(["axes\nticks\nred", "axes\nticks\nblue"])
    (['axes', 'ticks', 'red', 'blue'], [[0, 3], [0, 2, 3, 1]])
    """
    number: dict[tuple[str, int], int] = {}
    runs: list[list[int]] = []
    for frame in frames:
        row: list[int] = []
        times: Counter[str] = Counter()
        for line in frame.split("\n"):
            times[line] += 1  # a second </g> has a number of its own, or it would cut every run
            i = number.setdefault((line, times[line]), len(number))
            if row and row[-2] + row[-1] == i:
                row[-1] += 1
            else:
                row += [i, 1]
        runs.append(row)
    return [line for line, _ in number], runs


def joined(lines: Sequence[str], run: Sequence[int]) -> str:
    r"""Put one frame together again.

    Parameters
    ----------
    lines, run
        As `shared` gives them.

    Returns
    -------
    str

    Examples
    --------
    >>> from nnlib.widgets.drawing import joined
    >>> joined(["axes", "ticks", "red", "blue"], [0, 2, 3, 1])
    'axes\nticks\nblue'
    """
    return "\n".join(line for i, n in zip(run[::2], run[1::2], strict=True) for line in lines[i : i + n])


def lean(svg: str) -> str:
    r"""Take out of matplotlib's SVG what nobody sees: comments, names, empty groups, all decimals but one.

    Parameters
    ----------
    svg : str
        As matplotlib writes it.

    Returns
    -------
    str

    Examples
    --------
    >>> from nnlib.widgets.drawing import lean
    >>> lean('<svg xmlns="http://www.w3.org/2000/svg"><g id="a"><path d="M 0.123 4 "/></g></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg">\n<path d="M.1 4"/>\n</svg>'
    """
    root = ElementTree.fromstring(svg)
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    _strip(root, used, inside=False)
    for mark in list(root.iter(f"{_SVG}path")):  # matplotlib gives a mark its style at every place
        copies = [use for use in root.iter(f"{_SVG}use") if use.get("href") == f"#{mark.get('id')}"]
        if len({use.get("style") for use in copies} - {None}) == 1:
            mark.set("style", copies[0].attrib["style"])
            for use in copies:
                del use.attrib["style"]
    for style in root.iter(f"{_SVG}style"):  # it would speak to the whole page
        root.set("style", (style.text or "").removeprefix("*{").removesuffix("}"))
        style.clear()
    _flatten(root)
    ElementTree.register_namespace("", _SVG[1:-1])
    out = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    return out.replace(" />", "/>").replace("><", ">\n<")


def _strip(element: ElementTree.Element, used: set[str], inside: bool) -> None:
    """Shorten an element and those in it; inside says that it is in defs, as letters and marks are."""
    if element.get("id") not in used:
        element.attrib.pop("id", None)
    if _LINK in element.attrib:
        element.set("href", element.attrib.pop(_LINK))
    for name, value in element.attrib.items():
        if name == "d":
            element.set(name, _path(_short(value, 3 if inside else 1)))
        elif name in ("x", "y", "width", "height", "viewBox"):
            element.set(name, _short(value, 3 if inside else 1))
        elif name == "transform":
            element.set(name, re.sub(r"translate\([^)]*\)", lambda m: _short(m[0], 1), value))
        elif name == "style":
            element.set(name, _lean_style(value))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if element.tag not in (f"{_SVG}text", f"{_SVG}tspan", f"{_SVG}style"):
        element.text = None
    for child in list(element):
        child.tail = None
        if child.tag.endswith(("}metadata", "}title")):
            element.remove(child)
        else:
            _strip(child, used, inside or element.tag == f"{_SVG}defs")


def _lean_style(style: str) -> str:
    """Shorten an element's style: two decimals, one font for all, nothing that holds anyway."""
    style = re.sub(r"([;:]) ", r"\1", style).replace("stroke-dashoffset:0;", "")
    style = re.sub(r"font-family:[^;]*", "font-family:sans-serif", style)
    return re.sub(r"\d+\.\d{3,}", lambda number: _short(number[0], 2), style)


def _short(numbers: str, digits: int) -> str:
    """Round the numbers of an attribute."""

    def rounded(match: re.Match[str]) -> str:
        text = f"{float(match[0]):.{digits}f}".rstrip("0").rstrip(".") if "." in match[0] else match[0]
        return re.sub(r"^(-?)0(?=\.)", r"\1", "0" if text == "-0" else text)

    return " ".join(re.sub(r"-?\d+\.?\d*(?:e[-+]?\d+)?", rounded, numbers).split())


def _path(d: str) -> str:
    """Leave out of a path the points that lie on the straight line between others, and blanks."""
    pieces = re.findall(r"([A-Za-z]) ?([^A-Za-z]*)", d)
    out: list[str] = []
    run: list[tuple[str, complex]] = []
    for letter, rest in [*pieces, ("", "")]:
        if letter in ("M", "L") and not (letter == "M" and run):
            x, y = map(float, rest.split())
            run.append((letter + rest.strip(), complex(x, y)))
            continue
        out += [run[i][0] for i in _corners([point for _, point in run])]
        run = []
        if letter == "M":
            x, y = map(float, rest.split())
            run.append((letter + rest.strip(), complex(x, y)))
        else:
            out.append(letter + rest.strip())
    return "".join(out)


def _corners(points: list[complex]) -> list[int]:
    """Indices of the points that a broken line needs, to a twentieth of a point."""
    kept = [0] if points else []
    for i in range(2, len(points)):
        start = points[kept[-1]]
        along = points[i] - start
        for between in points[kept[-1] + 1 : i]:
            # The component across, and whether the point lies between the two ends.
            turned = (between - start) * along.conjugate()
            if abs(turned.imag) > 0.05 * abs(along) or not 0 <= turned.real <= abs(along) ** 2:
                kept.append(i - 1)
                break
    return kept + [len(points) - 1] * (len(points) > 1)


def _flatten(element: ElementTree.Element) -> None:
    """Put what a group without attributes holds in the group's place, and drop what is empty."""
    for child in list(element):
        _flatten(child)
    for child in list(element):
        at = list(element).index(child)
        if child.tag == f"{_SVG}g" and not child.attrib:
            element.remove(child)
            for i, inner in enumerate(list(child)):
                element.insert(at + i, inner)
        elif not (child.attrib or len(child) or child.text):
            element.remove(child)

"""SVG as a tree of elements. Escaping is the library's, colours are CSS classes, and there is no style attribute:
the content policy of the pages forbids it."""

from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from hub.texts import shown

Value = str | int | float
Key = tuple[Markup, str]
"""A sign of a chart, drawn, and what it means."""


def _attributes(values: dict[str, Value | None]) -> dict[str, str]:
    attributes = {}
    for name, value in values.items():
        if value is not None:
            written = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
            attributes[name.rstrip("_").replace("__", ":").replace("_", "-")] = written
    return attributes


def picture(
    name: str, title: str, description: str, width: float, height: float, class_: str, *, is_linked: bool = False
) -> Element:
    """An SVG image that says what it shows. `name` is unique on its page: title and description are found by it. What
    is within an image nobody reaches, so that one with links in it (`is_linked`) is a group."""
    role = "group" if is_linked else "img"
    root = Element(
        "svg",
        {
            **_attributes({"class": class_, "role": role, "aria_labelledby": f"{name}-t {name}-d"}),
            "viewBox": f"0 0 {width:g} {height:g}",
            "focusable": "false",
        },
    )
    add(root, "title", title, id=f"{name}-t")
    add(root, "desc", description, id=f"{name}-d")
    return root


def ornament(width: float, height: float, class_: str, stretch: bool = False) -> Element:
    """An SVG that repeats what stands beside it in words, and is silent for a screen reader."""
    box = {"viewBox": f"0 0 {width:g} {height:g}", "aria-hidden": "true", "focusable": "false", "class": class_}
    return Element("svg", box | ({"preserveAspectRatio": "none"} if stretch else {}))


def add(parent: Element, tag: str, words: str | None = None, **attributes: Value | None) -> Element:
    """A child element; `class_` is class, `stroke_width` is stroke-width."""
    child = SubElement(parent, tag, _attributes(attributes))
    child.text = words
    return child


def markup(root: Element) -> Markup:
    """The tree as text that a template takes as it is: every value in it went through the serializer's escaping."""
    return Markup(shown(tostring(root, encoding="unicode", short_empty_elements=True)))  # noqa: S704

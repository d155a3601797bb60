"""Footnotes of a Word document, which python-docx reads past: the part that holds them, and the marks in the text."""

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.text.paragraph import Paragraph

from hub.official_form import JUSTIFY, add_small_style
from hub.texts import shown_in_line

TEXT, MARK = "FootnoteText", "FootnoteReference"
"""Styles of a footnote and of its number."""
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_SEPARATORS = ((-1, "separator"), (0, "continuationSeparator"))


def _within(parent: BaseOxmlElement, name: str) -> BaseOxmlElement:
    """A new element at the end of another."""
    made: BaseOxmlElement = OxmlElement(name)
    parent.append(made)
    return made


class Footnotes:
    """The footnotes of one document, numbered from 1 in the order in which they are added."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._add_styles()
        self._root = parse_xml(f"<w:footnotes {nsdecls('w')}/>")
        self._count = 0
        for number, kind in _SEPARATORS:
            note = self._note(number)
            note.set(qn("w:type"), kind)
            paragraph = _within(note, "w:p")
            spacing = _within(_within(paragraph, "w:pPr"), "w:spacing")
            spacing.set(qn("w:after"), "0")
            _within(_within(paragraph, "w:r"), f"w:{kind}")

    def add(self, paragraph: Paragraph, text: str) -> int:
        """A number at the end of the paragraph that leads to `text`; gives the number."""
        self._count += 1
        run = paragraph.add_run()
        properties = run._r.get_or_add_rPr()
        style = OxmlElement("w:rStyle")
        style.set(qn("w:val"), MARK)
        properties.insert(0, style)
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), str(self._count))
        run._r.append(reference)
        self._write(text)
        return self._count

    def _add_styles(self) -> None:
        text = add_small_style(self._document, TEXT)
        text.paragraph_format.alignment = JUSTIFY
        mark = self._document.styles.add_style(MARK, WD_STYLE_TYPE.CHARACTER)
        mark.font.superscript = True
        for style, name in ((text, "footnote text"), (mark, "footnote reference")):  # as Word names its own
            style.element.find(qn("w:name")).set(qn("w:val"), name)
            style.element.attrib.pop(qn("w:customStyle"), None)

    def attach(self) -> None:
        """Puts the footnotes into the document; call it once, when all are added."""
        body = serialize_part_xml(self._root)
        package = self._document.part.package
        part = Part(PackURI("/word/footnotes.xml"), _CONTENT_TYPE, body, package)
        self._document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        settings = self._document.settings.element
        own = OxmlElement("w:footnotePr")
        for number, _ in _SEPARATORS:
            separator = OxmlElement("w:footnote")
            separator.set(qn("w:id"), str(number))
            own.append(separator)
        before = settings.find(qn("w:compat"))
        if before is None:
            settings.append(own)
        else:
            before.addprevious(own)  # the schema orders the settings

    def _note(self, number: int) -> BaseOxmlElement:
        note = _within(self._root, "w:footnote")
        note.set(qn("w:id"), str(number))
        return note

    def _write(self, text: str) -> None:
        paragraph = _within(self._note(self._count), "w:p")
        properties = _within(paragraph, "w:pPr")
        _within(properties, "w:pStyle").set(qn("w:val"), TEXT)
        mark = _within(paragraph, "w:r")
        _within(_within(mark, "w:rPr"), "w:rStyle").set(qn("w:val"), MARK)
        _within(mark, "w:footnoteRef")
        words = _within(_within(paragraph, "w:r"), "w:t")
        words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        words.text = f" {shown_in_line(text)}"

"""Footnotes of a Word document, which python-docx reads past: the part that holds them, and the marks in the text."""

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph
from lxml import etree

from hub.texts import shown_in_line

TEXT, MARK = "FootnoteText", "FootnoteReference"
"""Styles of a footnote and of its number."""
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_SEPARATORS = ((-1, "separator"), (0, "continuationSeparator"))


class Footnotes:
    """The footnotes of one document, numbered from 1 in the order in which they are added."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._root = etree.fromstring(f"<w:footnotes {nsdecls('w')}/>")
        self._count = 0
        for number, kind in _SEPARATORS:
            note = self._note(number)
            note.set(qn("w:type"), kind)
            paragraph = etree.SubElement(note, qn("w:p"))
            spacing = etree.SubElement(etree.SubElement(paragraph, qn("w:pPr")), qn("w:spacing"))
            spacing.set(qn("w:after"), "0")
            etree.SubElement(etree.SubElement(paragraph, qn("w:r")), qn(f"w:{kind}"))

    def add(self, paragraph: Paragraph, text: str) -> int:
        """A number at the end of the paragraph that leads to `text`; gives the number."""
        self._count += 1
        run = paragraph.add_run()
        properties = run._r.get_or_add_rPr()  # noqa: SLF001 - python-docx offers no other way to the XML
        style = OxmlElement("w:rStyle")
        style.set(qn("w:val"), MARK)
        properties.insert(0, style)
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), str(self._count))
        run._r.append(reference)  # noqa: SLF001
        self._write(text)
        return self._count

    def attach(self) -> None:
        """Puts the footnotes into the document; call it once, when all are added."""
        body = etree.tostring(self._root, xml_declaration=True, encoding="UTF-8", standalone=True)
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

    def _note(self, number: int) -> etree._Element:
        note = etree.SubElement(self._root, qn("w:footnote"))
        note.set(qn("w:id"), str(number))
        return note

    def _write(self, text: str) -> None:
        paragraph = etree.SubElement(self._note(self._count), qn("w:p"))
        properties = etree.SubElement(paragraph, qn("w:pPr"))
        etree.SubElement(properties, qn("w:pStyle")).set(qn("w:val"), TEXT)
        mark = etree.SubElement(paragraph, qn("w:r"))
        etree.SubElement(etree.SubElement(mark, qn("w:rPr")), qn("w:rStyle")).set(qn("w:val"), MARK)
        etree.SubElement(mark, qn("w:footnoteRef"))
        words = etree.SubElement(etree.SubElement(paragraph, qn("w:r")), qn("w:t"))
        words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        words.text = f" {shown_in_line(text)}"

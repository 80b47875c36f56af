"""Owns what a PDF's text layer says, as XML: pages, lines, where each stands. What the XML is called is inferred.

    <document name="a.pdf"><page number="1" width="595" height="842">
      <line left="72" top="70.1" width="120.5" height="12">Text</line></page></document>

Numbers are points from the upper left corner. A document without any text is an empty element.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pypdfium2 as pdfium

PAGES = 10_000
_LINES = 20_000  # of one page


def extract(file: Path, name: str, out: Path) -> int:
    """Write the XML. Returns the number of lines."""
    document = pdfium.PdfDocument(file)
    lines = 0
    try:
        root = ET.Element("document")
        for number in range(min(len(document), PAGES)):
            page = document[number]
            try:
                found = _page(page, number + 1)
            finally:
                page.close()
            lines += len(found)
            root.append(found)
        if not lines:
            root = ET.Element("document")
        root.set("name", _clean(name))
        ET.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    finally:
        document.close()
    return lines


def _page(page: pdfium.PdfPage, number: int) -> ET.Element:
    width, height = page.get_size()
    found = ET.Element("page", number=str(number), width=_number(width), height=_number(height))
    text = page.get_textpage()
    try:
        left_edge, _, _, top_edge = page.get_cropbox()
        for index in range(min(text.count_rects(), _LINES)):
            left, bottom, right, top = text.get_rect(index)
            words = _clean(text.get_text_bounded(left, bottom, right, top)).strip()
            if not words:
                continue
            line = ET.SubElement(found, "line", left=_number(left - left_edge), top=_number(top_edge - top))
            line.set("width", _number(right - left))
            line.set("height", _number(top - bottom))
            line.text = words
    finally:
        text.close()
    return found


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(
        c for c in text if c in "\t\n" or " " <= c < "\ud800" or "\ue000" <= c < "\ufffe" or c > "\uffff"
    )

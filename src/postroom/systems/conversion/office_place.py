"""Owns the folder that LibreOffice takes for its own where its real one lacks something.

Debian's packages without a graphical interface leave out the descriptions of windows. LibreOfficeKit shows no
window, but builds those of a spreadsheet's input line, and gives up where they are not described. So it is
shown a folder of links to everything that is there, with two descriptions of ours in the place of the missing.
"""

from __future__ import annotations

import shutil
from pathlib import Path

_FORMS = Path("share/config/soffice.cfg/modules/scalc/ui")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<interface domain="sc">\n'


def _widget(kind: str, name: str = "", *children: str, more: str = "") -> str:
    inner = "".join(f"<child>{child}</child>" for child in children)
    label = f' id="{name}"' if name else ""
    return f'<object class="{kind}"{label}><property name="visible">True</property>{more}{inner}</object>'


_INPUT = _widget(
    "GtkBox",
    "InputBar",
    _widget(
        "GtkBox",
        "background",
        _widget(
            "GtkScrolledWindow",
            "scrolledwindow",
            _widget("GtkViewport", "", _widget("GtkDrawingArea", "sc_input_window")),
        ),
        _widget("GtkButton", "up"),
        _widget("GtkButton", "down"),
    ),
)
_ENTRY = '<property name="has-entry">True</property><child internal-child="entry">'
_ENTRY += '<object class="GtkEntry" id="pos_window-entry"/></child>'
_POSITION = _widget("GtkBox", "PosWidget", _widget("GtkComboBoxText", "pos_window", more=_ENTRY))


def complete(program: Path, folder: Path) -> Path | None:
    """A base folder in `folder` that has it all; None if the real one (above `program`) has."""
    base = program.parent
    if (base / _FORMS / "inputbar.ui").is_file():
        return None
    place = Path()
    for part in (*_FORMS.parts, None):
        target = folder / place
        target.mkdir(parents=True, exist_ok=True)
        for entry in (base / place).iterdir():
            if entry.name != part:
                (target / entry.name).symlink_to(entry)
        place = place / (part or "")
    # Copied into each new profile by a way of its own, which takes no links.
    (folder / "presets").unlink(missing_ok=True)
    shutil.copytree(base / "presets", folder / "presets")
    for name, form in (("inputbar.ui", _INPUT), ("posbox.ui", _POSITION)):
        (folder / _FORMS / name).write_text(f"{_HEAD}{form}\n</interface>\n")
    return folder

"""Owns what is mended in a PDF so that it may become PDF/A: one function per kind of thing, each told once.

Everything changes the open document in memory and looks the same afterwards, or is told as an event. Pages
that cannot be mended like this are left for the steps that follow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, PdfImage, Stream

from postroom.systems.conversion.event import Notes
from postroom.systems.conversion.pdfa import colour, font

_JPEG2000 = "6.2.8.3"  # rules of parts 2 and 3 on pictures of that kind
_PIXELS = 60_000_000  # of a picture that is written anew
_DEEP = 50  # fields within fields
_MOST = 500_000  # objects of one document that are looked at
_ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/SubmitForm"}  # that may stay
_NAMED = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_ANNOTATIONS_1 = {
    "/Text", "/Link", "/FreeText", "/Line", "/Square", "/Circle", "/Highlight", "/Underline", "/Squiggly",
    "/StrikeOut", "/Stamp", "/Ink", "/Popup", "/Widget", "/PrinterMark", "/TrapNet",
}  # fmt: skip
_ANNOTATIONS = _ANNOTATIONS_1 | {
    "/Polygon",
    "/PolyLine",
    "/Caret",
    "/FileAttachment",
    "/Watermark",
    "/Redact",
}
_ATTACHED = "Attached files were removed, which PDF/A-{} does not take{}."
_MULTIMEDIA = {"/Sound", "/Movie", "/Screen", "/3D", "/RichMedia"}
_NO_LOOKS = {"/Link", "/Popup"}  # need no appearance
_BLENDS = {
    "/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten", "/ColorDodge",
    "/ColorBurn", "/HardLight", "/SoftLight", "/Difference", "/Exclusion", "/Hue", "/Saturation", "/Color",
    "/Luminosity",
}  # fmt: skip


def repair(pdf: Pdf, part: int, failures: Mapping[str, str], notes: Notes) -> None:
    """Mend what can be mended. failures: rules that the verifier found broken, with its sentences."""
    _form(pdf, notes)
    _annotations(pdf, part, notes)
    _catalog(pdf, part, notes)
    _layers(pdf, part, notes)
    everything = list(_walk(pdf))
    _actions(everything, notes)
    if part < 3:
        _attached(everything, part, notes)
    _states(everything, part)
    _objects(everything)
    _fonts(pdf, everything, notes)
    if any("CMYK" in text for text in failures.values()) or colour.uses_cmyk(pdf):
        places = [
            one[Name.Resources] for one in everything if isinstance(one.get(Name.Resources), Dictionary)
        ]
        colour.add_default_cmyk(pdf, places)
        notes.info("Colorants", "Colours given as CMYK were given a fixed meaning.")
    if any(rule.startswith(_JPEG2000) for rule in failures):
        _pixels(everything)
    if part == 1:
        _opaque(pdf, everything)


def _walk(pdf: Pdf) -> Iterator[Any]:
    """Every dictionary and stream that the document's root leads to, direct ones too, each once."""
    seen: set[tuple[int, int]] = set()
    stack: list[Any] = [pdf.Root]
    count = 0
    while stack and count < _MOST:
        item = stack.pop()
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if isinstance(item, Array):
            stack += [one for one in item if isinstance(one, (Array, Dictionary, Stream))]
            continue
        count += 1
        yield item
        inner = item.stream_dict if isinstance(item, Stream) else item
        stack += [one for _, one in inner.items() if isinstance(one, (Array, Dictionary, Stream))]


def _drop(place: Any, *keys: str) -> bool:
    found = [key for key in keys if key in place]
    for key in found:
        del place[key]
    return bool(found)


# --- forms, annotations, actions -------------------------------------------------------------------------


def _form(pdf: Pdf, notes: Notes) -> None:
    form = pdf.Root.get(Name.AcroForm)
    if not isinstance(form, Dictionary):
        return
    if _sign_off(form):
        notes.warn("SignatureRemoved", "A signature was removed: it would not hold for the changed file.")
    if bool(form.get(Name.NeedAppearances, False)):
        pdf.generate_appearance_streams()
    _drop(form, "/NeedAppearances", "/XFA", "/SigFlags")
    _drop(pdf.Root, "/NeedsRendering", "/Perms")


def _sign_off(form: Dictionary) -> bool:
    stack = [(one, 0) for one in form.get(Name.Fields, ()) if isinstance(one, Dictionary)]
    signed = False
    while stack:
        field, depth = stack.pop()
        if field.get(Name.FT) == Name.Sig and "/V" in field:
            del field["/V"]
            signed = True
        if depth < _DEEP:
            kids = field.get(Name.Kids, ())
            stack += [(one, depth + 1) for one in kids if isinstance(one, Dictionary)]
    return signed


def _annotations(pdf: Pdf, part: int, notes: Notes) -> None:
    allowed = _ANNOTATIONS_1 if part == 1 else _ANNOTATIONS
    if part < 3:
        allowed = allowed - {"/FileAttachment"}
    for number, page in enumerate(pdf.pages, 1):
        found = page.obj.get(Name.Annots)
        if not isinstance(found, Array):
            continue
        kept = []
        for one in found:
            if not isinstance(one, Dictionary):
                continue
            kind = str(one.get(Name.Subtype, ""))
            if kind in _MULTIMEDIA:
                notes.warn("MultimediaRemoved", f"Sound, film or 3D was removed from page {number}.")
            elif kind not in allowed:
                notes.warn("AnnotationRemoved", f"A note was removed from page {number}: {kind[1:50]}.")
            elif not _has_looks(one, kind):
                notes.warn(
                    "AnnotationRemoved",
                    f"A note without looks was removed from page {number}: {kind[1:]}.",
                )
            else:
                _tidy(pdf, one, kind, part)
                kept.append(one)
        if len(kept) == len(found):
            continue
        page.obj[Name.Annots] = Array(kept)


def _has_looks(one: Dictionary, kind: str) -> bool:
    if kind in _NO_LOOKS:
        return True
    looks = one.get(Name.AP)
    if isinstance(looks, Dictionary) and isinstance(looks.get(Name.N), (Stream, Dictionary)):
        return True
    try:
        left, bottom, right, top = (float(number) for number in one.get(Name.Rect, (0, 0, 0, 0)))
    except (TypeError, ValueError):
        return False
    return left == right and bottom == top


def _tidy(pdf: Pdf, one: Dictionary, kind: str, part: int) -> None:
    looks = one.get(Name.AP)
    if isinstance(looks, Dictionary):
        _drop(looks, "/D", "/R")
        normal = looks.get(Name.N)
        button = kind == "/Widget" and _kind_of_field(one) == Name.Btn
        if button and isinstance(normal, Stream):
            looks[Name.N] = Dictionary(On=normal)
            one[Name.AS] = Name.On
        elif button and isinstance(normal, Dictionary):
            for look, drawn in normal.items():
                if not isinstance(drawn, Stream):
                    normal[look] = _empty(pdf)
        elif isinstance(normal, Dictionary) and not isinstance(normal, Stream) and not button:
            state = one.get(Name.AS)
            chosen = normal.get(str(state)) if isinstance(state, pikepdf.Name) else None
            if chosen is None:
                chosen = next((value for _, value in normal.items() if isinstance(value, Stream)), None)
            if isinstance(chosen, Stream):
                looks[Name.N] = chosen
    _drop(one, "/AA")
    if kind == "/Widget":
        _drop(one, "/A")
    if part == 1:
        _drop(one, "/CA")
        if kind not in ("/Link", "/Widget"):
            _drop(one, "/C", "/IC")


def _empty(pdf: Pdf) -> Stream:
    return pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]))


def _kind_of_field(one: Dictionary) -> object:
    """What a field is may be said by what it is a part of."""
    for _ in range(_DEEP):
        if Name.FT in one:
            return one[Name.FT]
        parent = one.get(Name.Parent)
        if not isinstance(parent, Dictionary):
            break
        one = parent
    return None


def _actions(everything: list[Any], notes: Notes) -> None:
    removed = False
    for one in everything:
        removed |= _drop(one, "/AA") and "/Type" in one
        for key in ("/A", "/OpenAction", "/Next", "/PA"):
            if key in ("/A", "/Next") and (Name.S in one) != (key == "/Next"):
                continue  # of an element of the structure its attributes, of a bookmark the one behind it
            action = one.get(key)
            if isinstance(action, Array) and key == "/Next":
                action = next((step for step in action if _forbidden(step)), None)
            if _forbidden(action):
                del one[key]
                removed = True
    if removed:
        notes.warn("ActionRemoved", "Actions (scripts, starting of programs, and the like) were removed.")


def _forbidden(action: object) -> bool:
    if not isinstance(action, Dictionary):
        return False
    kind = str(action.get(Name.S, ""))
    if kind == "/Named":
        return str(action.get(Name.N, "")) not in _NAMED
    return kind not in _ACTIONS


# --- the catalog -----------------------------------------------------------------------------------------


def _catalog(pdf: Pdf, part: int, notes: Notes) -> None:
    root = pdf.Root
    _drop(root, "/Requirements", "/NeedsRendering")
    names = root.get(Name.Names)
    if not isinstance(names, Dictionary):
        return
    if _drop(names, "/JavaScript"):
        notes.warn("ActionRemoved", "Scripts of the document were removed.")
    _drop(names, "/AlternatePresentations", "/Renditions")
    listed = _attachments(pdf)
    if part < 3 and _drop(names, "/EmbeddedFiles"):
        _drop(root, "/AF", "/Collection")
        notes.warn("Generic", _ATTACHED.format(part, listed and f": {listed}"))


def _attachments(pdf: Pdf) -> str:
    """Their names, for people; empty if they cannot be read."""
    try:
        return ", ".join(f"'{name[:100]}'" for name in pdf.attachments)
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
        return ""


def _attached(everything: list[Any], part: int, notes: Notes) -> None:
    """Files that hang on a note or on anything else."""
    removed = False
    for one in everything:
        removed |= _drop(one, "/EF")
    if removed:
        notes.warn("Generic", _ATTACHED.format(part, ""))


def _layers(pdf: Pdf, part: int, notes: Notes) -> None:
    layers = pdf.Root.get(Name.OCProperties)
    if not isinstance(layers, Dictionary):
        return
    if part == 1:
        return  # hidden contents would appear: such pages become pictures, and then `forget_layers` is called
    groups = [one for one in layers.get(Name.OCGs, ()) if isinstance(one, Dictionary)]
    settings = [layers.get(Name.D), *layers.get(Name.Configs, ())]
    for number, setting in enumerate(one for one in settings if isinstance(one, Dictionary)):
        _drop(setting, "/AS")
        setting[Name.Name] = pikepdf.String(f"Layers {number + 1}")
        if "/Order" in setting:
            setting[Name.Order] = Array(groups)
    for group in groups:
        if not isinstance(group.get(Name.Name), pikepdf.String):
            group[Name.Name] = pikepdf.String("Layer")


def forget_layers(pdf: Pdf) -> bool:
    return _drop(pdf.Root, "/OCProperties")


# --- everything else -------------------------------------------------------------------------------------


def _states(everything: list[Any], part: int) -> None:
    for one in everything:
        states = one.get(Name.ExtGState)
        for _, state in states.items() if isinstance(states, Dictionary) else ():
            if not isinstance(state, Dictionary):
                continue
            _drop(state, "/TR", "/HTP", "/HTO")
            if state.get("/TR2", Name.Default) != Name.Default:
                _drop(state, "/TR2")
            if (
                part > 1
                and isinstance(state.get(Name.BM), pikepdf.Name)
                and str(state[Name.BM]) not in _BLENDS
            ):
                state[Name.BM] = Name.Normal
            if str(state.get("/RI", "/Perceptual")) not in _INTENTS:
                _drop(state, "/RI")


_INTENTS = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"}


def _pixels(everything: list[Any]) -> None:
    """Pictures in JPEG 2000 of a kind that PDF/A does not take: the same pixels, written plainly."""
    for one in everything:
        if not isinstance(one, Stream) or one.get(Name.Subtype) != Name.Image or not _is_jpeg2000(one):
            continue
        if int(one.get(Name.Width, 0)) * int(one.get(Name.Height, 0)) > _PIXELS:
            continue
        with contextlib.suppress(pikepdf.PdfError, OSError, ValueError, TypeError, NotImplementedError):
            picture = PdfImage(one).as_pil_image()
            if picture.mode not in ("L", "RGB"):
                picture = picture.convert("L" if picture.mode in ("1", "LA", "I;16") else "RGB")
            one.write(picture.tobytes())
            one[Name.Width], one[Name.Height] = picture.size
            one[Name.BitsPerComponent] = 8
            one[Name.ColorSpace] = Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB
            _drop(one, "/Decode", "/SMaskInData")


def _is_jpeg2000(one: Stream) -> bool:
    last = one.get(Name.Filter)
    if isinstance(last, Array) and len(last):
        last = last[-1]
    return last == Name.JPXDecode


def _objects(everything: list[Any]) -> None:
    for one in everything:
        kind = one.get(Name.Subtype)
        if kind == Name.Image:
            _drop(one, "/Alternates", "/OPI")
            if one.get(Name.Interpolate) is True:
                one[Name.Interpolate] = False
            if str(one.get("/Intent", "/Perceptual")) not in _INTENTS:
                _drop(one, "/Intent")
        elif kind == Name.Form:
            _drop(one, "/OPI", "/Ref", "/PS", "/Subtype2")
        elif one.get(Name.Type) == Name.Page:
            _drop(one, "/PresSteps", "/AA")


def _fonts(pdf: Pdf, everything: list[Any], notes: Notes) -> None:
    for one in everything:
        if one.get(Name.Type) not in (Name.Font, Name.FontDescriptor, None) or isinstance(one, Stream):
            continue
        kind = one.get(Name.Subtype)
        if kind == Name.CIDFontType2:
            descriptor = one.get(Name.FontDescriptor)
            if (
                isinstance(descriptor, Dictionary)
                and "/FontFile2" in descriptor
                and "/CIDToGIDMap" not in one
            ):
                one[Name.CIDToGIDMap] = Name.Identity
        if isinstance(one.get(Name.FontDescriptor), Dictionary):
            # Lists of what a subset holds: often wrong, never needed.
            _drop(one[Name.FontDescriptor], "/CIDSet", "/CharSet")
        for key in ("/BaseFont", "/FontName"):
            if key in one:
                font.mend_name(one, key)
        if "/BaseFont" in one and font.lacks_program(one):
            name = str(one[Name.BaseFont])[1:60]
            used = font.embed(pdf, one)
            if used is not None:
                # Those that everybody was to have are made up for by fonts of the very same widths.
                tell = notes.info if font.is_standard(name) else notes.warn
                tell(
                    "FontSubstituted", f"The font '{name}' is not in the file; '{used}' was put in its place."
                )


def _opaque(pdf: Pdf, everything: list[Any]) -> None:
    """A page's transparency group without anything transparent in it says nothing."""
    for one in everything:
        states = one.get(Name.ExtGState)
        for _, state in states.items() if isinstance(states, Dictionary) else ():
            if isinstance(state, Dictionary) and _transparent(state):
                return
        if one.get(Name.Subtype) == Name.Image and "/SMask" in one:
            return
    for one in everything:
        group = one.get(Name.Group)
        if isinstance(group, Dictionary) and group.get(Name.S) == Name.Transparency:
            del one[Name.Group]


def _transparent(state: Dictionary) -> bool:
    try:
        clear = any(float(state.get(key, 1)) < 1 for key in ("/ca", "/CA"))
    except (TypeError, ValueError):
        clear = True
    blend = state.get(Name.BM, Name.Normal)
    return (
        clear
        or state.get(Name.SMask, Name("/None")) != Name("/None")
        or blend not in (Name.Normal, Name.Compatible)
    )

from __future__ import annotations

import pytest

from postroom.intake.filename import FileName, extended


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("a.pdf", "a.pdf"),
        ("", ""),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\bill.pdf", "bill.pdf"),
        ("folder/", "folder"),
        ("..", ""),
        ("/", ""),
        ("a\r\nb.pdf", "a b.pdf"),
        ("a\tb   c.pdf", "a b c.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("\x1b[31mred.pdf", "[31mred.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("  spaced.pdf  ", "spaced.pdf"),
        (".pdf", ".pdf"),
        ("u\u0308ber.pdf", "über.pdf"),
        ("می\u200cخواهم.pdf", "می\u200cخواهم.pdf"),
        ("😀" * 10 + ".pdf", "😀" * 10 + ".pdf"),
        ("x" * 4000 + ".pdf", "x" * 251 + ".pdf"),
        ("x" * 4000, "x" * 255),
        ("x." + "y" * 4000, "x." + "y" * 253),
        ("\ud800a.pdf", "a.pdf"),
    ],
)
def test_what_is_shown_is_clean_and_short(sent: str, shown: str) -> None:
    assert FileName.of(sent).shown == shown


def test_what_was_sent_is_kept_up_to_a_bound_and_can_be_stored() -> None:
    assert FileName.of("a/b\\c\n.pdf").sent == "a/b\\c\n.pdf"
    assert FileName.of("x" * 4000).sent == "x" * 1024
    assert FileName.of("a\x00\ud800").sent == "a\ufffd\ufffd"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('form-data; name="f"; filename="a"', None),
        ("form-data; name=f; filename*=UTF-8''na%C3%AFve%20file.pdf", "naïve file.pdf"),
        ("form-data; name=f; filename=\"x\"; filename*=utf-8'en'%e2%82%ac.pdf", "€.pdf"),
        ("form-data; name=f; FileName* = iso-8859-1''%e9", "é"),
        ("form-data; name=f; filename*=utf-8''%ff", None),
        ("form-data; name=f; filename*=koi8-r''x", None),
        ("form-data; name=f; filename*=bare", None),
        ("form-data; name=f; filename=\"a; filename*=utf-8''evil\"", None),
    ],
)
def test_an_extended_name_is_decoded_or_ignored(disposition: str, name: str | None) -> None:
    assert extended(disposition) == name

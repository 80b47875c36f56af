"""Owns what no honest client sends: values, paths, queries, headers and bodies; and `spoil`, which puts such values
where Schemathesis has put honest ones.

A contract knows types and lengths; it does not know what a database, a parser or a calendar chokes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

TEXTS = (
    *("", " ", "\0", "a\0b", "\x1b[2J", "\r\nX: y", "\u202egpj.exe", "\ufffe", "\U0010ffff", "e\u0301" * 50),
    *(
        "-",
        ".",
        "+",
        "--1",
        "0x10",
        "1_000",
        "1e5",
        "1e400",
        "-0",
        "nan",
        "Infinity",
        "\u0663",
        "\u00b2",
        "9" * 400,
    ),
    *(str(2**31), str(2**63), str(-(2**63) - 1), str(10**30)),
    *("0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2024-02-30", "2024-1-1", "-4713-01-01"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "2024-01-01T24:00:00Z", "24:00"),
    *(
        "x" * 4000,
        "../../etc/passwd",
        "%00",
        "{}",
        "[",
        "'; --",
        "\\",
        "null",
        "id:",
        "00000000-0000-0000-0000-000000000000",
    ),
    *(
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "bm90IGEgY3Vyc29y",
        "AAAA",
        "====",
        "https://[::1",
        "http://x:99999/",
    ),
)
ONLY_JSON = (
    *("\ud800", "a\udfffb", None, True, False, [], {}, [None], [[]], {"": ""}, {"\0": "\0"}, {"\ud800": 1}),
    *(0, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400),
    *(0.1, -0.0, 1e-320, 1e16, 1e308, -1e308),
    *(["x"] * 3000, {str(n): n for n in range(3000)}),
)


NOBODY = "00000000-0000-0000-0000-000000000000"
PATHS = (
    *(
        "%00",
        "a%00b",
        "%FF",
        "%ED%A0%80",
        "%0D%0AX:%20y",
        "%2e%2e",
        "..%2F..%2Fetc",
        "%7B%7D",
        "-1",
        "0",
        "%20",
    ),
    *(
        "9" * 30,
        "x" * 4000,
        "%F0%9F%93%84",
        "%",
        "%zz",
        "null",
        ":start",
        "a:b",
        NOBODY,
        NOBODY.replace("-", ""),
    ),
    *(f"%7B{NOBODY}%7D", f"urn:uuid:{NOBODY}", "ci_", "ci_%00", "job_" + "z" * 300),
)
RAW_QUERIES = (
    *(
        "%00=%00",
        "%ff=%ff",
        "&&&&",
        "=",
        "a" * 8000,
        ";;;",
        "%",
        "limit=%ED%A0%80",
        "limit=1&limit=2",
        "limit[]=1",
    ),
    *("limit[a][b]=1", "page=1&page=zz", "&".join(f"a{n}=1" for n in range(2000))),
)
# Of all desks: what one does not know, it must not mind.
QUERIES = (
    *(
        "page",
        "limit",
        "cursor",
        "starting_after",
        "ending_before",
        "status",
        "type",
        "format",
        "name",
        "since",
    ),
    *(
        "before",
        "after",
        "startDate",
        "endDate",
        "dateType",
        "datasourceType",
        "identifier",
        "isDeleted",
        "job",
    ),
    *(
        "expand[]",
        "workflow",
        "externalId",
        "external_id",
        "expires",
        "signature",
        "token",
        "q",
        "query",
        "fileId",
    ),
    *(
        "discipline",
        "revision",
        "number",
        "division",
        "kind",
        "jobId",
        "currency",
        "reference",
        "label",
        "profile",
    ),
    *(
        "created[gte]",
        "email",
        "contractor",
        "entity",
        "tracker",
        "category_code",
        "is_active",
        "include",
        "pageSize",
    ),
    *(
        "event",
        "state",
        "sort",
        "order",
        "pageNumber",
        "sheetNumber",
        "latestOnly",
        "path",
        "password",
        "outputName",
    ),
)
HEADERS: Mapping[str, Sequence[str | bytes]] = {
    "Authorization": (
        b"Bearer \xff\xfe",
        b"Basic \xe9",
        "Basic AAAA",
        "Basic /w==",
        "Bearer",
        "Bearer " + "x" * 4000,
        ":",
    ),
    "X-API-Key": (b"\xff", "x" * 4000, ""),
    "Idempotency-Key": (b"\xff\xe9", "", "x" * 4000, "a\tb", "a" * 255, b"\xc3\xa9", b"\xad"),
    "Ten99Policy-Idempotent-Key": (b"\xff\xe9", "", "x" * 4000, b"\xad"),
    "Ten99Policy-Environment": (b"\xff", "", "x" * 4000),
    "Accept": (b"\xff", "application/xml;q=nan", "*/*;q=-1", "application/xml", "," * 2000, "a/b;q=1e999"),
    "Content-Encoding": ("gzip", b"\xff", "identity, gzip"),
    "Last-Event-ID": ("-1", b"\xb2", "9" * 30, b"\xff", ""),
    "If-None-Match": (b"\xff", "*", "," * 100),
    "Range": (
        "bytes=abc",
        "bytes=9999999999999999999999-",
        "bytes=-0",
        "bytes=0-0,1-2",
        b"\xff",
        "bytes=5-1",
    ),
    "Tus-Resumable": (b"\xff", "", "0.0.0"),
    "Upload-Length": (b"\xb2", "-1", "9" * 18, "9" * 30, "", "0x10", "1e5"),
    "Upload-Offset": (b"\xb2", "-1", "9" * 18, "9" * 30, ""),
    "Upload-Metadata": (
        b"job \xe9",
        "job ====",
        "job AAAA",
        "job AA==,job",
        ",,,",
        b"\xff",
        "sha256 AAAA",
        "x" * 4000,
    ),
    "Upload-Checksum": (b"sha1 \xe9", "sha1", "nope AAAA", b"\xff", "sha256 AAAA"),
    "X-HTTP-Method-Override": (b"\xff", "PATCH", "GET", ""),
    "Content-Digest": (b"sha-256=:\xe9:", "sha-256=:AAAA:", "sha-256=1", "(", b"\xff", "sha-256=:====:"),
    "Host": ("", b"\xff", "a b", "[::1", "x" * 4000, "a:b:c", "x:99999", "@", "/"),
    "X-Forwarded-Proto": ("x", b"\xff", "https,http"),
    "X-Forwarded-For": (b"\xff", "x", ",", "[::1"),
    "Origin": (b"\xff", "null", "https://[::1", "x" * 4000),
    "Access-Control-Request-Method": (b"\xff", "x"),
    "Cookie": (b"\xff", "=;=;"),
    "User-Agent": (b"\xff\x80", ""),
}


def _form(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


def _part(disposition: bytes, data: bytes = b"x", more: bytes = b"") -> bytes:
    return b"Content-Disposition: " + disposition + b"\r\n" + more + b"\r\n" + data


_JSON, _XML, _FORM = "application/json", "application/xml", "multipart/form-data; boundary=b"
_FIELDS = "application/x-www-form-urlencoded"
BODIES: Sequence[tuple[str | bytes | None, bytes]] = (
    *(
        (_JSON, text.encode())
        for text in ("", "null", "[]", "{}", '"x"', "0", "{", "[1,", "NaN", "[NaN]", "1e400", "-")
    ),
    *(
        (_JSON, text.encode())
        for text in ("9" * 5000, '{"a":' + "9" * 400 + "}", '"\\ud800"', '{"\\ud800":1}', '{"\\u0000":1}')
    ),
    *((_JSON, b"[" * n + b"]" * n) for n in (70, 300, 2000, 100_000)),
    *((_JSON, b'{"a":' * n + b"1" + b"}" * n) for n in (70, 300, 2000, 100_000)),
    (_JSON, b"\xff\xfe{\x00}\x00"),
    (_JSON, b"\xef\xbb\xbf{}"),
    (_JSON, b'{"name":"\xed\xa0\x80"}'),
    (_JSON, b'{"name":"\x00"}'),
    (_JSON, b'{"a":1,"a":2}'),
    (_JSON, b"{" + b",".join(b'"%d":1' % n for n in range(5000)) + b"}"),
    ("application/json; charset=utf-16", b"{}"),
    ("application/json; charset=nonsense", b"{}"),
    (b"\xff", b"{}"),
    ("", b"{}"),
    (None, b"{}"),
    ("/", b"x"),
    ("text/plain", b"\x00\xff"),
    ("application/pdf", b"%PDF-"),
    (_XML, b""),
    (_XML, b"<"),
    (_XML, b"<a/>"),
    (_XML, b'<?xml version="1.0" encoding="utf-7"?><a/>'),
    (_XML, b'<?xml version="1.0" encoding="nonsense"?><a/>'),
    (_XML, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    (_XML, b"<a>" * 5000),
    (_XML, b"<options><option><name>\xff</name></option></options>"),
    (_FIELDS, b"a=%00&%00=b"),
    (_FIELDS, b"%ff=%ff"),
    (_FIELDS, b"\xff=\xff"),
    (_FIELDS, b"&".join(b"a%d=1" % n for n in range(3000))),
    (_FIELDS, b"a[b][c][d][e][f][g][h]=1&a=1&a[]=2"),
    (_FIELDS, b"name[]=1&name[x]=2&email[0][0]=1"),
    (_FIELDS, b"username=%00&password=%00"),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=", b"x"),
    (b"multipart/form-data; boundary=\xff", b"x"),
    ("multipart/form-data; boundary=" + "b" * 300, b"x"),
    ("multipart/mixed; boundary=b", _form(_part(b'form-data; name="a"'))),
    (_FORM, b""),
    (_FORM, b"--b"),
    (_FORM, b"--b--\r\n"),
    (_FORM, _form(_part(b'form-data; name=""'))),
    (_FORM, _form(_part(b"form-data"))),
    (_FORM, _form(_part(b"attachment"))),
    (_FORM, _form(b"\r\nx")),
    (_FORM, _form(_part(b'form-data; name="\x00"'))),
    (_FORM, _form(_part(b'form-data; name="\xff"; filename="\xff"'))),
    *(
        (_FORM, _form(_part(b'form-data; name="%s"; filename="%s"' % (name, sent), b"%PDF-1.4", kind)))
        for name in (
            b"file",
            b"document",
            b"certificates[]",
            b"certificate",
            b"data",
            b"file0",
            b"connectionName",
        )
        for sent, kind in (
            (b"", b""),
            (b"\x00", b""),
            (b"a\x00.pdf", b"Content-Type: application/pdf\r\n"),
            (b"\xed\xa0\x80.pdf", b"Content-Type: application/pdf\r\n"),
            (b"x" * 4000 + b".pdf", b"Content-Type: \xff\r\n"),
            (b"..", b"Content-Type: application/pdf; name=\x00\r\n"),
            (b"a.pdf", b"Content-Digest: sha-256=:\xe9:\r\n"),
            (b"a.pdf", b"Content-Transfer-Encoding: base64\r\n"),
        )
    ),
    *(
        (_FORM, _form(_part(b'form-data; name="%s"' % name, data, kind)))
        for name in (
            b"metadata",
            b"options",
            b"certificates_metadata",
            b"siteId",
            b"tracker_id",
            b"documents",
            b"username",
        )
        for data, kind in (
            (b"\x00", b""),
            (b"\xff", b""),
            (b"[" * 2000, b"Content-Type: application/json\r\n"),
            (b"9" * 5000, b""),
            (b'[{"filename":"\\ud800","contractor":{"email":"\\ud800"}}]', b""),
            (b'{"files":[{"partName":"\\ud800","fileName":"\\u0000"}]}', b""),
            (b"x", b"Content-Type: text/plain; charset=nonsense\r\n"),
            (b"x", b"Content-Type: text/plain; charset=utf-16\r\n"),
        )
    ),
    (_FORM, _form(*(_part(b'form-data; name="a%d"' % n) for n in range(3000)))),
    (_FORM, _form(_part(b'form-data; name="a"', b"x", b"X: " + b"y" * 100_000 + b"\r\n"))),
    (_FORM, _form(_part(b'form-data; name="a"'), end=b"")),
)


def deep(levels: int = 400) -> Any:
    value: Any = "x"
    for number in range(levels):
        value = [value] if number % 2 else {"a": value}
    return value


def spoil(case: Any, data: st.DataObject) -> None:
    """Put one hostile value in the place of one value in the query or the JSON body of a call."""
    places: list[tuple[Any, Any]] = [(case.query, name) for name in case.query or {}]
    asked = len(places)
    if case.media_type is not None and "json" in case.media_type:
        places += _leaves(case.body)
    if not places:
        return
    number = data.draw(st.integers(0, len(places) - 1))
    values: tuple[Any, ...] = TEXTS if number < asked else (*TEXTS, *ONLY_JSON, deep())
    container, key = places[number]
    container[key] = data.draw(st.sampled_from(values))


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a body: whole lists and objects, too."""
    pairs = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    for key, inner in pairs:
        yield value, key
        yield from _leaves(inner)

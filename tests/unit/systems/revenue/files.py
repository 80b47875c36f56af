"""Makes torture files: hypothesis strategies for whole CSV files, good and bad, in every spelling of CSV."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.unit.systems.revenue.oracle import KINDS, SPACE

BREAKS = ["\n", "\r\n", "\r"]
_ODD = [
    "",
    " ",
    '"',
    '""',
    ",",
    "é",
    "\u2003",
    "x",
    "\\",
    "\t",
    "{",
    "}",
    "NULL",
    "\\N",
    "\\.",
    "'",
    "=1+1",
    "-",
    ";",
]

_dates = st.sampled_from(
    ["2024-03-01", "2024-03-01T10:00:00", "2024-03-01T10:00:00.123456", "2024-02-29", "0001-01-01"]  # noqa: RUF005
    + ["2023-02-29", "2024-13-01", "2024-3-1", "2024-03-01T24:00:00", "2024-03-01T10:00:00Z", "0000-01-01"]
    + [
        "2024-03-01T10:00:00.123",
        "2024-03-01 10:00:00",
        "2999-01-01",
        "9999-12-31T23:59:59",
        "２０24-03-01",
        "x",
    ]
)
_numbers = st.sampled_from(
    [
        "1",
        "0",
        "-0",
        "99.50",
        "-3.14",
        "007",
        "12x",
        "+1",
        "1e3",
        "1,5",
        ".5",
        "5.",
        "--1",
        "£1",
        "1 0",
        "٣",
        "-",
    ]
)
_currencies = st.sampled_from(["GBP", "USD", "EUR", "JPY", "gbp", "ZZZ", "GB", "GBPX"])
_properties = st.sampled_from(
    [  # noqa: RUF005
        "Name=Source,Value=Google",
        "Name=a,Value=b;Name=c,Value=",
        "Name=a,Value=b;",
        "Name=a,b,Value=c=d,e",
        ";",
    ]
    + [
        "Name=,Value=x",
        "Name= ,Value=x",
        "Name=a",
        "Value=x",
        "name=a,Value=b",
        "Name=a,Value=b;;",
        "Name=a,Value=b; ",
    ]
    + ["Name=a,Value=b;Name=,Value=c", "Name=a\nb,Value=c"]
)
_words = st.lists(st.sampled_from([*_ODD, "Deal", "Inbound", "a@b.example", "01234"]), max_size=3).map(
    "".join
)
_references = st.one_of(
    st.integers(0, 12).map("R-{}".format), st.sampled_from(["Ä", "R" * 600, "r-1", "R-1 x"])
)

_USUAL = {
    "CurrencyCode": st.one_of(st.sampled_from(["GBP", "EUR"]), _currencies),
    "RaId": st.one_of(st.just("ra-1"), _words),
    "EmailAddress": _words,
    "PhoneNumber": _words,
    "PayloadValue": _words,
    "LeadDate": st.one_of(st.just(""), _dates),
    "Label": st.one_of(st.sampled_from(["Deal", "Inbound"]), _words),
    "Reference": _references,
    "PipelineStage": st.one_of(st.just("Proposal"), _words),
    "AdditionalDataProperties": st.one_of(st.just(""), _properties),
}


@st.composite
def cell(draw: st.DrawFn, column: str, kind: str) -> str:
    own = KINDS[kind]
    if column == own["date"]:
        text = draw(st.one_of(st.just("2024-03-01"), _dates))
    elif column == own["value"]:
        text = draw(st.one_of(st.just("99.50"), _numbers))
    else:
        text = draw(_USUAL.get(column, _words))
    if draw(st.integers(0, 9)) == 0:
        text = draw(
            st.sampled_from(
                ["", text + " ", " " + text, "\t" + text, text + "\n", text + draw(st.sampled_from(SPACE))]
            )
        )
    return text


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@st.composite
def spelled(draw: st.DrawFn, text: str) -> str:
    """A cell as it may stand in a file: quoted when it must be, or at will, or oddly."""
    if any(char in text for char in ",\r\n") or text.startswith('"'):
        return quoted(text)
    odd = draw(st.integers(0, 40))
    if odd == 0:
        return quoted(text) + "tail"
    if '"' in text and odd < 38:
        return quoted(text)
    return quoted(text) if odd % 3 == 0 else text


@st.composite
def headers(draw: st.DrawFn, kind: str) -> list[str]:
    known = list(KINDS[kind]["known"])
    columns = [name for name in known if name in KINDS[kind]["required"] or draw(st.booleans())]
    columns += ["Label"] * draw(st.integers(0, 2)) * ("Label" in columns)
    columns += draw(st.lists(st.sampled_from(["Extra", "Other, one", "RowNumber"]), unique=True, max_size=2))
    return draw(st.permutations(columns))


@st.composite
def files(draw: st.DrawFn, kind: str, *, broken: bool = False) -> bytes:
    """A whole file. broken: perhaps with rows of another length, NULs and open quotes."""
    header = draw(headers(kind))
    line_break = draw(st.sampled_from(BREAKS))
    mixed = draw(st.integers(0, 5)) == 0
    lines = [[draw(spelled(draw(st.sampled_from([name, name.upper(), f" {name} "])))) for name in header]]
    for _ in range(draw(st.integers(0, 12))):
        lines.append([draw(spelled(draw(cell(name, kind)))) for name in header])
        if broken and draw(st.integers(0, 4)) == 0:
            flaw = draw(st.integers(0, 3))
            if flaw == 0:
                lines[-1].append("more")
            elif flaw == 1:
                lines[-1].pop()
            elif flaw == 2:
                lines[-1][0] = "\0"
            else:
                lines[-1][-1] = '"never closed'
    text = "\ufeff" if draw(st.booleans()) else ""
    for line in lines:
        text += ",".join(line) + (draw(st.sampled_from(BREAKS)) if mixed else line_break)
        text += line_break * (draw(st.integers(0, 8)) == 0)
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    data = text.encode()
    if broken and draw(st.integers(0, 9)) == 0:
        data += b"\xff\xfe"
    return data

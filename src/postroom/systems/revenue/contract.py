"""Owns what the desk's contract says about columns and texts, and above all what it only infers.

Every decision that the contract marks as inferred and that is a value stands here, so that it can be changed
when the truth is known: names, spellings, limits, texts, codes. Refuses to know bytes, rows and HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

DESK = "revenue"

# --- kinds of records ----------------------------------------------------------------------------------

REVENUE, OPPORTUNITY = "revenue", "opportunity"

IDENTIFIERS = ("RaId", "EmailAddress", "PhoneNumber", "PayloadValue")
LABEL = "Label"  # the one column that may stand in a header several times
REFERENCE = "Reference"
PROPERTIES = "AdditionalDataProperties"
CURRENCY = "CurrencyCode"
LEAD = "LeadDate"
STAGE = "PipelineStage"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. columns: all that are known, in the template's order; the others are ignored."""

    name: str
    date: str
    value: str
    columns: Sequence[str]
    required: Sequence[str]  # columns that the header must have, and rows must fill
    sample: str  # the template's second line
    template: str  # its file name

    @property
    def has_label(self) -> bool:
        return LABEL in self.required


KINDS: Mapping[str, Kind] = {
    REVENUE: Kind(
        REVENUE,
        date="RevenueClosedDate",
        value="Value",
        columns=("RevenueClosedDate", CURRENCY, "Value", *IDENTIFIERS, LEAD, LABEL, REFERENCE, PROPERTIES),
        required=("RevenueClosedDate", CURRENCY, "Value", LABEL, REFERENCE),
        sample=(
            "2024-01-15,GBP,1250.00,ra-example-id,example@email.com,01234567890,,2024-01-10,Deal,REF-001,"
            '"Name=Source,Value=Google"'
        ),
        template="revenue_template.csv",
    ),
    OPPORTUNITY: Kind(
        OPPORTUNITY,
        date="OpportunityDateTime",
        value="OpportunityValue",
        columns=(
            *("OpportunityDateTime", CURRENCY, "OpportunityValue", STAGE),
            *(*IDENTIFIERS, LABEL, REFERENCE, PROPERTIES),
        ),
        required=("OpportunityDateTime", CURRENCY, "OpportunityValue", STAGE),
        sample=(
            "2024-01-15,GBP,1000.00,Proposal,ra-example-id,example@email.com,01234567890,,Deal,REF-001,"
            '"Name=Source,Value=Google"'
        ),
        template="opportunity_template.csv",
    ),
}

# --- addresses -----------------------------------------------------------------------------------------

# Where a file may be sent; the first is the documented one, the others are served until the truth is known.
UPLOAD_PATHS = (
    "/{siteId}/%s/batch",
    "/{siteId}/%s/batch/upload",
    "/{siteId}/batch/%s",
    "/{siteId}/%s/upload/batch",
)
UPLOAD_METHODS = ("POST", "PUT")
TOKEN_LIFE = 3600  # seconds that a log-in says its token lives; the key itself does not expire

# --- limits --------------------------------------------------------------------------------------------

PROBLEMS = 1000  # that a refusal lists at most
RECORD = 128 << 20  # bytes of one row, line breaks within quotes included; one file may have 2 GiB
DIGITS = 16_383  # characters of a number: what the database can hold wherever the point stands

# --- texts ---------------------------------------------------------------------------------------------

# Why a job as a whole failed.
UNREADABLE = "The file could not be read."
EMPTY = "The file was empty."
UNSUPPORTED = "The job type is not supported."
UNEXPECTED = "An unexpected error occurred while processing the file."

REJECTED = "CSV validation failed."
NO_HEADER = "The file has no header row."
OPEN_QUOTE = "A quote is opened and never closed."
LONG_RECORD = f"The row is longer than {RECORD} bytes."
NUL = "The file must not contain NUL bytes."
NO_LABEL = "At least one 'Label' column must be provided."


def missing(column: str) -> str:
    return NO_LABEL if column == LABEL else f"Missing required column '{column}'."


def repeated(column: str) -> str:
    return f"Duplicate column '{column}'."


def ragged(cells: int, columns: int) -> str:
    return f"The row has {cells} columns but the header has {columns}."


class Code(IntEnum):
    """What is wrong with a row. The numbers are stored: never renumber, never use one again.

    In the order in which rules are applied; the first that does not hold is the row's only message.
    """

    IDENTIFIER = 1
    VALUE_BLANK = 2
    VALUE = 3
    DATE_BLANK = 4
    DATE = 5
    DATE_FUTURE = 6
    CURRENCY_BLANK = 7
    CURRENCY = 8
    STAGE_BLANK = 9
    LABEL_BLANK = 10
    REFERENCE_BLANK = 11
    REFERENCE_REPEATED = 12
    LEAD = 13
    LEAD_FUTURE = 14
    PROPERTIES = 15
    LONG = 16
    UNEXPECTED = 17  # the rows were not judged: their part of the file brought its process down


@dataclass(frozen=True, slots=True)
class Text:
    """column: the one that is named in a refusal; None if the rule spans columns."""

    column: str | None
    message: str


def texts(kind: Kind) -> Mapping[Code, Text]:
    """The message of each code, for one kind of record."""
    return {
        Code.IDENTIFIER: Text(None, "At least one visitor identifier must be provided."),
        Code.VALUE_BLANK: _blank(kind.value),
        Code.VALUE: Text(kind.value, f"'{kind.value}' must be a valid number."),
        Code.DATE_BLANK: _blank(kind.date),
        Code.DATE: _date(kind.date),
        Code.DATE_FUTURE: _future(kind.date),
        Code.CURRENCY_BLANK: _blank(CURRENCY),
        Code.CURRENCY: Text(CURRENCY, f"'{CURRENCY}' must be a valid ISO 4217 currency code."),
        Code.STAGE_BLANK: _blank(STAGE),
        Code.LABEL_BLANK: _blank(LABEL),
        Code.REFERENCE_BLANK: _blank(REFERENCE),
        Code.REFERENCE_REPEATED: Text(REFERENCE, f"'{REFERENCE}' must be unique."),
        Code.LEAD: _date(LEAD),
        Code.LEAD_FUTURE: _future(LEAD),
        Code.PROPERTIES: Text(PROPERTIES, f"'{PROPERTIES}' is not in the correct format."),
        Code.LONG: Text(None, "A cell is longer than allowed."),
        Code.UNEXPECTED: Text(None, UNEXPECTED),
    }


def _blank(column: str) -> Text:
    return Text(column, f"'{column}' is required.")


def _date(column: str) -> Text:
    return Text(column, f"'{column}' must be a valid ISO 8601 date.")


def _future(column: str) -> Text:
    return Text(column, f"'{column}' must not be a future date.")


# ISO 4217, list one (active codes), with the codes for funds, metals, tests and no currency.
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
    LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
    NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD
    XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905
)
# Left the list lately, and still found in exports of past years.
CURRENCIES |= frozenset(("ANG", "BGN", "CUC", "HRK", "SLL", "ZWL"))

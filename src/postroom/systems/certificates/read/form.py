"""Owns the geometry of the ACORD 25 as data: printed labels, cells, boxes to tick, rows and columns.

Units are points on a letter page (612 x 792), origin top left, y down. Three editions: 2010/05, 2014/01, 2016/03.
It refuses to know how a page is found, read or drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 612.0, 792.0
EDITIONS = ("2010/05", "2014/01", "2016/03")
NEWEST = EDITIONS[-1]


class Cell(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float, slack: float = 0.0) -> bool:
        return self.left - slack <= x < self.right + slack and self.top - slack <= y < self.bottom + slack


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """Words printed on the form; each is only itself, which makes it a quick key.

    x: left edge of the first word. right: end of the last. y: middle of the line.
    """

    text: str
    x: float
    right: float
    y: float
    bold: bool = False
    grid: bool = False  # stands in the coverage grid, which other ACORD forms do not have


def _labels(rows: str, *, bold: bool = False, grid: bool = False) -> tuple[Label, ...]:
    """One label a line: left, right, middle, text."""
    found = []
    for row in rows.strip().splitlines():
        x, right, y, text = row.split(maxsplit=3)
        found.append(Label(text, float(x), float(right), float(y), bold, grid))
    return tuple(found)


_HEAD = _labels(
    """
    521.8 580.0  30.4 DATE (MM/DD/YYYY)
    163.0 439.1  35.6 CERTIFICATE OF LIABILITY INSURANCE
     29.0 582.7  54.4 THIS CERTIFICATE IS ISSUED AS A MATTER OF INFORMATION ONLY AND CONFERS NO RIGHTS UPON THE CERTIFICATE HOLDER. THIS
     29.2 582.7  64.4 CERTIFICATE DOES NOT AFFIRMATIVELY OR NEGATIVELY AMEND, EXTEND OR ALTER THE COVERAGE AFFORDED BY THE POLICIES
     29.4 582.7  74.2 BELOW. THIS CERTIFICATE OF INSURANCE DOES NOT CONSTITUTE A CONTRACT BETWEEN THE ISSUING INSURER(S), AUTHORIZED
     29.4 295.9  83.7 REPRESENTATIVE OR PRODUCER, AND THE CERTIFICATE HOLDER.
     22.0  55.3 125.8 PRODUCER
    309.9 338.3 123.3 CONTACT
    310.0 328.4 128.8 NAME:
    310.0 330.3 135.8 PHONE
    309.9 348.6 141.7 (A/C, No, Ext):
    486.4 497.8 135.3 FAX
    486.3 512.6 141.2 (A/C, No):
    310.0 329.7 147.4 E-MAIL
    309.6 339.8 153.0 ADDRESS:
    369.5 476.6 164.6 INSURER(S) AFFORDING COVERAGE
    557.7 576.6 164.2 NAIC #
    310.0 344.9 176.3 INSURER A :
     22.0  47.9 185.8 INSURED
    310.0 344.9 188.3 INSURER B :
    310.0 344.9 200.3 INSURER C :
    310.0 344.9 212.3 INSURER D :
    310.0 344.7 224.4 INSURER E :
    310.0 344.3 236.4 INSURER F :
     22.0  74.9 246.6 COVERAGES
    158.8 255.7 246.6 CERTIFICATE NUMBER:
    425.4 506.5 246.6 REVISION NUMBER:
    """,  # noqa: E501 - sentences as they are printed
    bold=True,
)
_TERMS = _labels(
    """
     29.0 582.9 257.4 THIS IS TO CERTIFY THAT THE POLICIES OF INSURANCE LISTED BELOW HAVE BEEN ISSUED TO THE INSURED NAMED ABOVE FOR THE POLICY PERIOD
     29.5 582.8 266.0 INDICATED. NOTWITHSTANDING ANY REQUIREMENT, TERM OR CONDITION OF ANY CONTRACT OR OTHER DOCUMENT WITH RESPECT TO WHICH THIS
     29.2 582.6 274.4 CERTIFICATE MAY BE ISSUED OR MAY PERTAIN, THE INSURANCE AFFORDED BY THE POLICIES DESCRIBED HEREIN IS SUBJECT TO ALL THE TERMS,
     29.4 424.4 282.1 EXCLUSIONS AND CONDITIONS OF SUCH POLICIES. LIMITS SHOWN MAY HAVE BEEN REDUCED BY PAID CLAIMS.
    """,  # noqa: E501 - sentences as they are printed
)
_GRID_HEAD = _labels(
    """
     20.5  33.9 291.3 INSR
     21.8  32.6 296.8 LTR
     75.5 136.7 295.3 TYPE OF INSURANCE
    177.4 193.3 290.9 ADDL
    195.4 211.6 290.9 SUBR
    196.7 209.9 297.3 WVD
    247.6 296.4 296.3 POLICY NUMBER
    337.7 371.7 291.3 POLICY EFF
    334.3 374.9 297.3 (MM/DD/YYYY)
    384.1 418.8 291.3 POLICY EXP
    381.1 421.7 297.3 (MM/DD/YYYY)
    500.2 518.8 295.3 LIMITS
    """,
    bold=True,
    grid=True,
)
_GRID = _labels(
    """
    428.9 489.2 307.8 EACH OCCURRENCE
    428.9 490.2 314.8 DAMAGE TO RENTED
    428.9 503.5 321.4 PREMISES (Ea occurrence)
    428.8 502.9 332.4 MED EXP (Any one person)
    428.9 503.7 343.8 PERSONAL & ADV INJURY
    428.7 496.2 355.8 GENERAL AGGREGATE
    428.9 510.2 367.8 PRODUCTS - COMP/OP AGG
    428.7 501.1 387.3 COMBINED SINGLE LIMIT
    428.8 463.8 393.4 (Ea accident)
    428.8 508.7 402.4 BODILY INJURY (Per person)
    428.8 512.8 414.4 BODILY INJURY (Per accident)
    428.9 488.4 423.3 PROPERTY DAMAGE
    428.8 465.8 429.4 (Per accident)
     54.0  84.3 401.4 ANY AUTO
    428.9 489.2 451.8 EACH OCCURRENCE
    428.4 466.1 463.8 AGGREGATE
    133.5 155.1 452.3 OCCUR
    133.5 174.5 463.8 CLAIMS-MADE
     54.5  68.0 476.4 DED
     90.0 129.1 476.4 RETENTION $
    158.9 171.8 494.2 Y / N
     37.8 151.3 499.4 ANY PROPRIETOR/PARTNER/EXECUTIVE
     38.1 125.4 505.4 OFFICER/MEMBER EXCLUDED?
    179.1 192.1 503.8 N / A
     38.3 147.1 524.3 DESCRIPTION OF OPERATIONS below
     38.4  95.7 518.9 If yes, describe under
    428.9 489.5 499.8 E.L. EACH ACCIDENT
    428.9 514.0 511.8 E.L. DISEASE - EA EMPLOYEE
    428.9 510.8 523.8 E.L. DISEASE - POLICY LIMIT
    """,
    grid=True,
)
_GRID_BOLD = _labels(
    """
     39.6 108.5 389.8 AUTOMOBILE LIABILITY
     54.4 101.8 449.8 UMBRELLA LIAB
     54.4  92.9 461.8 EXCESS LIAB
     37.8 117.6 484.6 WORKERS COMPENSATION
     37.8 120.1 491.6 AND EMPLOYERS' LIABILITY
     38.1  89.1 511.9 (Mandatory in NH)
    """,
    bold=True,
    grid=True,
)
_FOOT = _labels(
    """
     22.0 115.3 655.0 CERTIFICATE HOLDER
    310.0 375.2 655.0 CANCELLATION
    317.1 582.8 675.4 SHOULD ANY OF THE ABOVE DESCRIBED POLICIES BE CANCELLED BEFORE
    316.9 582.6 684.2 THE EXPIRATION DATE THEREOF, NOTICE WILL BE DELIVERED IN
    316.8 477.0 692.0 ACCORDANCE WITH THE POLICY PROVISIONS.
    309.6 402.5 713.8 AUTHORIZED REPRESENTATIVE
    187.4 424.4 762.6 The ACORD name and logo are registered marks of ACORD
    """,
    bold=True,
)
_COMMON = _HEAD + _TERMS + _GRID_HEAD + _GRID + _GRID_BOLD + _FOOT

_ENDORSED = _labels(
    """
     29.3 582.7  96.0 IMPORTANT: If the certificate holder is an ADDITIONAL INSURED, the policy(ies) must be endorsed. If SUBROGATION IS WAIVED, subject to
     29.3 582.7 105.6 the terms and conditions of the policy, certain policies may require an endorsement. A statement on this certificate does not confer rights to the
     28.9 240.0 115.2 certificate holder in lieu of such endorsement(s).
    """,  # noqa: E501 - sentences as they are printed
    bold=True,
)
_PROVISIONS = _labels(
    """
     29.3 582.7  96.0 IMPORTANT: If the certificate holder is an ADDITIONAL INSURED, the policy(ies) must have ADDITIONAL INSURED provisions or be endorsed.
     29.3 582.7 105.6 If SUBROGATION IS WAIVED, subject to the terms and conditions of the policy, certain policies may require an endorsement. A statement on
     28.9 382.1 115.2 this certificate does not confer rights to the certificate holder in lieu of such endorsement(s).
    """,  # noqa: E501 - sentences as they are printed
    bold=True,
)
_LIABILITY_2010 = _labels(
    """
     39.6 102.0 306.0 GENERAL LIABILITY
     54.3 155.9 318.0 COMMERCIAL GENERAL LIABILITY
     68.7 109.7 330.0 CLAIMS-MADE
    133.5 155.1 330.0 OCCUR
     39.9 155.3 366.0 GEN'L AGGREGATE LIMIT APPLIES PER:
     54.5  76.0 378.0 POLICY
     97.7 112.0 375.3 PRO-
     97.4 112.1 380.7 JECT
    140.8 152.5 378.0 LOC
    """,
    grid=True,
)
_LIABILITY = _labels(
    """
     54.3 155.9 305.8 COMMERCIAL GENERAL LIABILITY
     68.7 109.7 319.8 CLAIMS-MADE
    133.5 155.1 319.8 OCCUR
     39.9 155.3 355.8 GEN'L AGGREGATE LIMIT APPLIES PER:
     54.5  76.0 367.8 POLICY
     97.7 112.0 363.8 PRO-
     97.4 112.1 369.3 JECT
    140.8 152.5 367.8 LOC
     54.3  76.1 380.3 OTHER:
    """,
    grid=True,
)
_AUTOS_OLD = _labels(
    """
     54.3  88.0 411.4 ALL OWNED
     54.0  72.0 417.3 AUTOS
    122.7 159.1 411.4 SCHEDULED
    122.4 142.8 417.3 AUTOS
     54.5  92.0 426.3 HIRED AUTOS
    122.9 160.4 423.2 NON-OWNED
    122.4 142.8 429.3 AUTOS
    """,
    grid=True,
)
_AUTOS_ONLY = _labels(
    """
     54.3  76.7 411.4 OWNED
     54.0  92.6 417.3 AUTOS ONLY
    122.7 159.1 411.4 SCHEDULED
    122.4 142.8 417.3 AUTOS
     54.5  72.3 423.3 HIRED
     54.0  92.6 429.3 AUTOS ONLY
    122.9 160.4 423.2 NON-OWNED
    122.4 161.0 429.3 AUTOS ONLY
    """,
    grid=True,
)
_STATUTORY = _labels(
    """
    443.3 470.0 483.4 WC STATU-
    443.1 474.5 488.8 TORY LIMITS
    493.4 507.5 483.4 OTH-
    493.7 501.5 488.8 ER
    """,
    grid=True,
)
_PER_STATUTE = _labels(
    """
    443.3 455.1 483.4 PER
    443.1 469.8 488.8 STATUTE
    493.4 507.5 483.4 OTH-
    493.7 501.5 488.8 ER
    """,
    grid=True,
)
_DESCRIPTION_OLD = "22.0 432.2 570.4 DESCRIPTION OF OPERATIONS / LOCATIONS / VEHICLES (Attach ACORD 101, Additional Remarks Schedule, if more space is required)"  # noqa: E501
_DESCRIPTION_NEW = "22.0 432.2 570.4 DESCRIPTION OF OPERATIONS / LOCATIONS / VEHICLES (ACORD 101, Additional Remarks Schedule, may be attached if more space is required)"  # noqa: E501


def _last(edition: str, description: str, insured: str) -> tuple[Label, ...]:
    year = edition[:4]
    return (
        *_labels(description, bold=True),
        *_labels(f"178.9 192.0 297.4 {insured}", bold=True, grid=True),
        *_labels(f"361.2 589.9 750.6 © 1988-{year} ACORD CORPORATION. All rights reserved.", bold=True),
        *_labels(f"21.6 101.7 762.6 ACORD 25 ({edition})", bold=True),
    )


LABELS: Mapping[str, tuple[Label, ...]] = {
    "2010/05": (
        *_COMMON,
        *_ENDORSED,
        *_LIABILITY_2010,
        *_AUTOS_OLD,
        *_STATUTORY,
        *_last("2010/05", _DESCRIPTION_OLD, "INSR"),
    ),
    "2014/01": (
        *_COMMON,
        *_ENDORSED,
        *_LIABILITY,
        *_AUTOS_OLD,
        *_PER_STATUTE,
        *_last("2014/01", _DESCRIPTION_NEW, "INSD"),
    ),
    "2016/03": (
        *_COMMON,
        *_PROVISIONS,
        *_LIABILITY,
        *_AUTOS_ONLY,
        *_PER_STATUTE,
        *_last("2016/03", _DESCRIPTION_NEW, "INSD"),
    ),
}

# Labels that not every edition has: by them editions are told apart.
PARTICULAR: Mapping[str, tuple[Label, ...]] = {
    edition: tuple(label for label in labels if label not in _COMMON) for edition, labels in LABELS.items()
}

# --- cells -------------------------------------------------------------------------------------------

CELLS: Mapping[str, Cell] = {
    "certificate_date": Cell(500, 32, 596, 50),
    "producer": Cell(16, 120, 305, 180),
    "contact_name": Cell(339, 119, 596, 131.8),
    "phone": Cell(349, 131.8, 485, 144.2),
    "fax": Cell(513, 131.8, 596, 144.2),
    "email": Cell(340, 144.2, 596, 157),
    "insured": Cell(16, 180, 305, 241),
    "certificate_number": Cell(256, 240.5, 424, 252.5),
    "revision_number": Cell(507, 240.5, 596, 252.5),
    "description": Cell(16, 573.5, 596, 649),
    "holder": Cell(16, 659, 306, 745),
    "signature": Cell(306, 709, 596, 745),
}
INSURER_TOP, INSURER_HEIGHT = 168.6, 12.0  # of the row of insurer A; the others follow
INSURER_NAME, INSURER_NAIC = (345.5, 540.5), (540.5, 596.0)
LETTERS = "ABCDEF"

# Heights between which there is no cell, only sentences and headings.
SENTENCES = ((54.0, 116.0), (256.0, 297.0))

# Columns of the grid.
COLUMNS: Mapping[str, tuple[float, float]] = {
    "letter": (14.0, 36.0),
    "type": (36.0, 176.4),
    "additional_insured": (176.4, 194.4),
    "waiver_of_subrogation": (194.4, 212.4),
    "policy_number": (212.4, 331.2),
    "effective": (331.2, 378.0),
    "expiration": (378.0, 424.8),
    "limit": (424.8, 515.0),
    "amount": (515.0, 600.0),
}

# Bands of the grid: a kind of coverage, top and bottom.
BANDS: Mapping[str, tuple[float, float]] = {
    "commercial_general_liability": (300.0, 384.0),
    "automobile_liability": (384.0, 444.0),
    "umbrella_excess_liability": (444.0, 480.0),
    "workers_compensation": (480.0, 528.0),
    "other": (528.0, 564.0),
}

# Limits: key -> middle of its row. Rows are 12 points high.
ROW = 12.0
LIMITS: Mapping[str, Mapping[str, float]] = {
    "commercial_general_liability": {
        "each_occurrence_dollars": 308.0,
        "damage_to_rented_premises_dollars": 320.0,
        "medical_expense_dollars": 332.0,
        "personal_advertising_injury_dollars": 344.0,
        "general_aggregate_dollars": 356.0,
        "products_completed_operations_dollars": 368.0,
    },
    "automobile_liability": {
        "combined_single_limit_dollars": 392.0,
        "bodily_injury_per_person_dollars": 404.0,
        "bodily_injury_per_accident_dollars": 416.0,
        "property_damage_per_accident_dollars": 428.0,
    },
    "umbrella_excess_liability": {"each_occurrence_dollars": 452.0, "aggregate_dollars": 464.0},
    "workers_compensation": {
        "each_accident_dollars": 500.0,
        "disease_each_employee_dollars": 512.0,
        "disease_policy_limit_dollars": 524.0,
    },
}
# Rows of a band that are blank on the paper: a label may be typed there, with an amount beside it.
BLANK_LIMITS: Mapping[str, float] = {
    "commercial_general_liability": 378.0,
    "automobile_liability": 438.0,
    "umbrella_excess_liability": 474.0,
}
RETENTION = Cell(129.5, 468.0, 176.4, 480.0)
EXCLUDED = Cell(156.5, 495.5, 175.0, 512.0)  # the box under Y / N
AGGREGATE_OTHER = Cell(77.0, 372.0, 176.4, 384.0)


def _box(left: float, top: float) -> Cell:
    return Cell(left, top, left + 14.4, top + ROW)


_BOXES_LATE: Mapping[str, Cell] = {
    "automobile_liability.any_auto": _box(36.0, 396.0),
    "automobile_liability.owned_autos_only": _box(36.0, 408.0),
    "automobile_liability.hired_autos_only": _box(36.0, 420.0),
    "automobile_liability.scheduled_autos": _box(104.4, 408.0),
    "automobile_liability.non_owned_autos_only": _box(104.4, 420.0),
    "umbrella_excess_liability.umbrella": _box(36.0, 444.0),
    "umbrella_excess_liability.excess": _box(36.0, 456.0),
    "umbrella_excess_liability.occurrence": _box(115.2, 444.0),
    "umbrella_excess_liability.claims_made": _box(115.2, 456.0),
    "umbrella_excess_liability.deductible": _box(36.0, 468.0),
    "umbrella_excess_liability.retention": _box(72.0, 468.0),
    "workers_compensation.per_statute": _box(424.8, 480.0),
    "workers_compensation.other": _box(475.2, 480.0),
}


def _liability(down: float, *, other: bool) -> dict[str, Cell]:
    """The boxes of the first band; in 2010 they stood one line lower, under a heading."""
    kind = "commercial_general_liability"
    boxes = {
        f"{kind}.is_checked": _box(36.0, 300.0 + down),
        f"{kind}.claims_made": _box(50.4, 312.0 + down),
        f"{kind}.occurrence": _box(115.2, 312.0 + down),
        f"{kind}.policy": _box(36.0, 360.0 + down),
        f"{kind}.project": _box(79.2, 360.0 + down),
        f"{kind}.location": _box(122.4, 360.0 + down),
    }
    if other:
        boxes[f"{kind}.other"] = _box(36.0, 372.0 + down)
    return boxes


BOXES: Mapping[str, Mapping[str, Cell]] = {
    "2010/05": {**_liability(12.0, other=False), **_BOXES_LATE},
    "2014/01": {**_liability(0.0, other=True), **_BOXES_LATE},
    "2016/03": {**_liability(0.0, other=True), **_BOXES_LATE},
}


def column(name: str, top: float, bottom: float) -> Cell:
    left, right = COLUMNS[name]
    return Cell(left, top, right, bottom)


def insurer(letter: str) -> tuple[Cell, Cell]:
    """The cells of one insurer: name, NAIC number."""
    top = INSURER_TOP + INSURER_HEIGHT * LETTERS.index(letter)
    return tuple(Cell(left, top, right, top + INSURER_HEIGHT) for left, right in (INSURER_NAME, INSURER_NAIC))  # type: ignore[return-value]

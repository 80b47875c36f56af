"""Owns the project that tests of reads and searches look into."""

from __future__ import annotations

from tests.wire.plans.paper import pdf, sheet
from tests.wire.plans.site import Site

SPECIFICATION = (
    "SECTION 03 30 00\nCAST-IN-PLACE CONCRETE\nPART 1 GENERAL\n1.1 SUMMARY\n"
    "A. Concrete shall reach zirconium strength in 28 days.\nPART 2 PRODUCTS\n2.1 MATERIALS\nA. Cement.",
    "PART 3 EXECUTION\n3.1 PLACING\nA. Do not place concrete in rain.\nEND OF SECTION",
    "SECTION 08 11 13\nHOLLOW METAL DOORS AND FRAMES\nPART 1 GENERAL\n1.1 SUMMARY\nA. Fire rated doors.",
)
LETTER = ("MEETING REPORT\nThe owner asked for a quokka enclosure on the roof.\nRegards",)


def fill(site: Site) -> None:
    """Three jobs, all of them complete."""
    plans = (
        sheet("A-101", "FIRST FLOOR PLAN", "SEE DETAIL 3 ON A-501", "WALLABY ENCLOSURE", "FIRE RATED DOOR"),
        sheet("S-201", "FOUNDATION PLAN", "CONCRETE FOOTING", "WALLABY ANCHOR"),
    )
    for files, kind in (
        (plans, "plans"),
        ((pdf(*SPECIFICATION),), "specifications"),
        ((pdf(*LETTER),), "documents"),
    ):
        _, found = site.run(*files, classification=kind)
        assert found["status"] == "complete", found

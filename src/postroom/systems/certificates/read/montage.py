"""Owns the second look at a scan: cells that were filled in are cut out, put under each other and read again.

The first look, at the whole page, finds the labels; small letters between ruled lines come out better alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from postroom.readers.word import PageWords, Word
from postroom.systems.certificates.read import cell
from postroom.systems.certificates.read.cell import Spot
from postroom.systems.certificates.read.picture import Picture
from postroom.systems.certificates.read.transform import Transform

# Lines that are printed on an ACORD 101.
FORM_101 = re.compile(
    r"additional remarks schedule|agency customer id|^\s*loc\s*#|additional remarks form is a schedule|form number:|form title:"
    r"|acord corporation|acord name and logo|acord 101\s*\(|^\s*(?:agency|policy number|carrier|naic code|named insured|effective date:?"
    r"|additional remarks|page\s+\S*\s*of.*)\s*$",
    re.I,
)


def read(words: PageWords, transform: Transform, picture: Picture) -> list[Spot]:
    return cell.spots(words, transform)


def overlaid(
    spots: Sequence[Spot], layer: Sequence[Word], words: PageWords, transform: Transform
) -> list[Spot]:
    """The recognised words, except where the text layer has words of its own."""
    typed = cell.spots(PageWords(words.width, words.height, tuple(layer), "text"), transform)
    typed = [Spot(s.text, s.left, s.right, s.y, s.size, s.confidence, s.box) for s in typed]
    return [spot for spot in spots if not any(spot.box.overlaps(other.box) for other in typed)] + typed

"""Owns who sends the bill: names that look like a utility's, weighed by where and how often they stand."""

from __future__ import annotations

import re
from collections import Counter
from statistics import median
from unicodedata import combining, normalize

from postroom.systems.bills.read import address
from postroom.systems.bills.read.document import DOUBTFUL, Candidate, Document
from postroom.systems.bills.read.layout import Cell

_TRADE = (
    r"energy|energie|energía|énergie|energia|power|electric(?:ity)?|electricité|électricité|eléctrica"
    r"|edison|light|gas|erdgas|\w+gas|\w{3,}(?:power|energy)|gaz"
    r"|water|wasser|eau|agua|aqua|utilit(?:y|ies)|public service|sewer|sanitation|waste|disposal"
    r"|recycling|refuse|environmental"
    r"|telecom(?:munications)?|communications|broadband|wireless|cellular|mobile|telephone|cable"
    r"|internet|fib(?:er|re)|networks?"
    r"|stadtwerke|gemeindewerke|\w+werke|\w+stroom|energieversorgung|strom|luz|luce|energía eléctrica|elettric[ao]|acqua"
    r"|idric[ao]|lumi[èe]re|cooperative|co-?op|rec"
    r"|district|municipal|hydro|propane|oil|solar|rural"
    r"|comercializadora|versorgung|netz|connect|grid|nergy"
)
_LEGAL = (
    r"inc|llc|ltd|limited|plc|corp(?:oration)?|company|co|pty|gmbh|ag|s\.?a\.?|s\.?l\.?|s\.?p\.?a\.?"
    r"|s\.?r\.?l\.?|sa|nv|bv|authority"
    r"|department|dept|services?|group|association"
)
_TOWN = re.compile(r"^(?:city|town|village|borough|county|township) of \w+", re.IGNORECASE)
_NAME = re.compile(rf"(?<![\w])(?:{_TRADE})(?![\w])", re.IGNORECASE)
_SUFFIX = re.compile(rf"[\s,]+(?:{_LEGAL})\.?$", re.IGNORECASE)
_SERVICES = (
    "electric electricity gas water sewer wastewater waste energy power utility utilities service services internet voice"
    " mobile wireless broadband phone light refuse trash recycling stormwater solar network networks and the of & strom"
    " district natural telephone supply department cable oil"
)
_GENERIC = frozenset(re.split(" ", _SERVICES))  # a heading of these words alone names a service, nobody
_LINKS = {"of", "and", "the", "for", "de", "du", "la", "le", "les", "del", "d", "und", "für", "&"}
_PAYABLE = re.compile(
    r"(?:payable to|check to|cheque to|remit (?:payment )?to|payments? to"
    r"|make checks? (?:out )?to)[:\s]+(?P<name>.+)",
    re.IGNORECASE,
)
_TRADES_AS = re.compile(
    r"^(?P<name>[^.]{3,60}?)[.,]? (?:is (?:a )?(?:trading name|registered|licensed|owned|part)|trading as"
    r"|registered (?:in|office|company|no)"
    r"|limited\b|pty\b|plc\b|gmbh\b|s\.?a\.? )",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\d{3}|[@?!:;=%$£€]|\b(?:your|you|bill|statement|account|invoice|charges?|usage|used?|summary"
    r"|details?|total|amount|service for|meter|"
    r"payment|please|page|information|date|period|rate|tax|fee|call|phone|save|how|about|the"
    r"|read(?:ing)?s?|cost|customer|rechnung|ihre?|"
    r"facture|factura|votre|day|month|kwh|supply charge|credit|balance|and other|adjustment|units?"
    r"|consumption|demand|baseline|"
    r"tarif|tarifa|plan|online|help|ways|used|next|history|www|drainage|average|standing|explained"
    r"|rental|unlimited|equipment|"
    r"consum\w*|verbrauch\w*|energía consumida|jahresrechnung|emergency|leak|smell|import|export"
    r"|delivery|box|road|street|avenue)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:charges|services? charges|bill|account|electric charges|customer service|billing|limited"
    r"|ltd\.?|utility billing.*)$",
    re.IGNORECASE,
)

# Only a hint: names that would not be taken for a utility's by their words alone.
KNOWN = re.compile(
    r"^(?:PG&E|Con ?Edison|Con Ed|Comcast|Xfinity|Verizon|AT&T|T-Mobile|Spectrum|Cox|CenturyLink|Lumen"
    r"|Frontier|Optimum|Dominion(?: Energy)?|"
    r"Eversource|National Grid|Entergy|Ameren|Evergy|Exelon|ComEd|PECO|BGE|PSE&G|PPL|FirstEnergy"
    r"|Xcel Energy|SDG&E|SDGE|SoCalGas|SMUD|LADWP|Nicor Gas|"
    r"AEP|DTE|WM|Waste Management|Republic Services|British Gas|EDF|E\.ON(?: Next)?|OVO|Octopus Energy"
    r"|npower|SSE|Bulb|Thames Water|Severn Trent|"
    r"BT|EE|O2|Vodafone|Three|Sky|AGL|Origin|EnergyAustralia|Telstra|Optus|Vattenfall|RWE|EnBW|Engie"
    r"|Iberdrola|Endesa|Naturgy|Enel|Eneco|Essent"
    r"|ScottishPower|Pepco|NIPSCO|Vectren|Spire|Reliant|Gexa|FPL|TECO|JEA|OUC|LG&E|SRP|APS|PNM|Avista|PSE|PGE|We Energies"
    r"|Recology|Rumpke|Casella|Biffa|Cleanaway|Veolia|Suez|Athens Services|Virgin Media|TalkTalk|Plusnet"
    r"|Utilita|Ecotricity|Utility Warehouse|Alinta|Aurora|Eir|Energia|Airtricity|SSE Airtricity|Bord Gáis"
    r"|Telus|Rogers|FortisBC|Enbridge|Windstream|Mediacom|Repsol|TotalEnergies|A2A|EWE|Yello|LichtBlick"
    r"|Greenchoice|Oxxio|Vandebron|Luminus|Fluvius)$"
)


def provider(document: Document) -> Candidate | None:
    """The name, as printed where it is not all capitals, if it is anywhere."""
    scores: dict[str, float] = {}
    best: dict[str, Candidate] = {}
    mentions: Counter[str] = Counter()
    sizes = [cell.size for cell in document.cells] or [9.0]
    usual = median(sizes)
    clear = [cell for cell in document.cells if cell.confidence >= DOUBTFUL]
    top = max((cell.size for cell in clear if _upper(document, cell)), default=usual)
    customers = _customers(document)
    for cell in document.cells:
        for one in _names(document, cell, usual, top):
            key = normal(one.value)
            if len(key) < 2 or key in customers:
                continue
            mentions[key] += 1
            if one.score > scores.get(key, 0.0):
                scores[key] = one.score
            if key not in best or (best[key].value.isupper() and not one.value.isupper()):
                best[key] = one
    if not scores:
        return None
    for key in scores:
        scores[key] += 0.06 * min(4, mentions[key] - 1)
        scores[key] += _echo(document, best[key].value)
    key = max(scores, key=lambda name: scores[name])
    if scores[key] < 0.5:
        return None
    rivals = [value for name, value in scores.items() if name != key and name not in key and key not in name]
    if rivals and max(rivals) > scores[key] - 0.02:
        return None
    best[key].score = min(1.0, scores[key])
    return _in_full(best[key], list(best.values()))


def _customers(document: Document) -> set[str]:
    """Names that stand right above the street that is supplied: whoever lives there sends no bills."""
    streets = [_plain(one.value) for one in address.addresses(document)]
    found = set()
    for cell in document.cells if streets else ():
        under = document.page(cell).below(cell, near=2.0)
        street = _plain(under[0].text) if under else ""
        if len(street) >= 6 and any(map(str.isdigit, street)) and any(street in one for one in streets):
            found.add(normal(cell.text))
    return found


def _plain(text: str) -> str:
    return re.sub(r"[^\w]", "", text).upper()


def _in_full(short: Candidate, others: list[Candidate]) -> Candidate:
    """The name that initials stand for, if it is on the bill too."""
    if not (short.value.isupper() and short.value.isalpha() and len(short.value) <= 6):
        return short
    for one in others:
        words = [word for word in re.findall(r"\w+", one.value) if word.lower() not in ("of", "and", "the")]
        if len(words) > 2 and "".join(word[0] for word in words).upper() == short.value:
            one.score = short.score
            return one
    return short


def normal(name: str) -> str:
    """For comparison: no case, no accents (scans lose them), no punctuation, no legal form at the end, `and` as `&`."""
    name = re.sub(r"\s+", " ", name).strip(" .,")
    while True:
        shorter = _SUFFIX.sub("", name)
        if shorter == name or len(shorter) < 3:
            break
        name = shorter
    name = re.sub(r"(?i)\bdept\b\.?", "department", re.sub(r"(?i)\band\b", "", name))
    plain = "".join(sign for sign in normalize("NFKD", name) if not combining(sign))
    return re.sub(r"[^\w]", "", plain).upper()


def _upper(document: Document, cell: Cell) -> bool:
    return cell.page == 1 and cell.box.top < 0.2 * document.pages[0].height


def _names(document: Document, cell: Cell, usual: float, top: float) -> list[Candidate]:
    text = cell.text.strip()
    found: list[Candidate] = []
    if cell.confidence < DOUBTFUL:
        return found
    if match := _PAYABLE.search(text):
        name = re.split(r"[.,;]? (?:and|at|with|by|in|p\.?o)\b|[.;]", match["name"], maxsplit=1)[0].strip(
            " .,"
        )
        if 3 <= len(name) <= 60 and not _NOT.search(name):
            start = match.start("name")
            score = 0.72 if _NAME.search(name) or _SUFFIX.search(name) else 0.6
            found.append(Candidate(name, score, cell, start, start + len(name), "payable"))
    if (match := _TRADES_AS.match(text)) and _NAME.search(match["name"]) and not _NOT.search(match["name"]):
        found.append(Candidate(match["name"], 0.55, cell, 0, len(match["name"]), "legal"))
    head = re.split(r" [·|•] | {2,}| ABN ", text, maxsplit=1)[0]
    head = _TAIL.sub("", head)
    known = KNOWN.match(head) is not None
    if not 2 <= len(head) <= 60 or (_NOT.search(head) and not known) or not head[0].isalnum():
        return found
    score = _look(document, cell, head, usual, top)
    if score > 0:
        found.append(Candidate(head, score, cell, 0, len(head), "name"))
    return found


def _look(document: Document, cell: Cell, text: str, usual: float, top: float) -> float:
    """How much a short text looks like the sender's name, by its words, its size and its place."""
    trade = bool(_NAME.search(text) or _TOWN.match(text))
    legal = bool(_SUFFIX.search(text))
    loud = cell.size > 1.3 * usual or (text.islower() and _upper(document, cell))
    if KNOWN.match(text) or (loud and KNOWN.match(text.title())):
        return 0.7 if cell.page == 1 else 0.4
    words = len(text.split())
    if words > 8 or (text.islower() and not cell.size > 1.5 * usual):
        return 0.0
    small = sum(word[0].islower() and word.lower() not in _LINKS for word in text.split())
    if words > 2 and small * 3 >= words and not text.islower():
        return 0.0  # a sentence
    if all(word.lower().strip(",.&") in _GENERIC for word in text.split()):
        return 0.0
    score = 0.0
    if trade and words >= 2:
        score = 0.34
    elif trade and len(text) > 7:
        score = 0.2
    if legal and words >= 2:
        score += 0.14
    if not score and not _upper(document, cell):
        return 0.0
    if _upper(document, cell):
        score += 0.16
        # A recogniser's sizes are no better than a tenth.
        largest = top - 0.5 if cell.confidence == 1.0 else 0.9 * top
        if cell.size >= largest and cell.size > 1.2 * usual:
            score += 0.26
        elif cell.size > 1.3 * usual:
            score += 0.14
    elif cell.page == 1 and cell.row > 0 and cell.box.top > 0.8 * document.pages[0].height:
        score += 0.04
    return score


def _echo(document: Document, name: str) -> float:
    """A name that is spoken of elsewhere, or stands in the address of a site, is more likely the sender's."""
    low = name.lower()
    again = document.text.count(low)
    squeezed = re.sub(r"[^a-z]", "", low)
    site = (
        bool(squeezed)
        and re.search(rf"(?:www\.|@|https?://){re.escape(squeezed[:12])}", document.text) is not None
    )
    return 0.05 * min(3, max(0, again - 1)) + (0.12 if site else 0.0)

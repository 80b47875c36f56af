"""Owns the words by which bills name their fields, in the languages that we know, and how sure each makes it.

Patterns are matched on lower-case text. Refuses to know where the value stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_NO = r"(?:\s?(?:number|numbers|num\.?|no\.?|nr\.?|n[°ºo]\.?|#|id|code))"
_DUE = r"(?:amount|balance|total|payment)"

# field -> (weight, pattern); the first pattern that matches at a place wins.
_PATTERNS: Mapping[str, Sequence[tuple[float, str]]] = {
    "account": (
        (1.0, rf"(?:customer |utility |service |contract |billing |electric |gas |water |your )?account{_NO}(?! of)|acct\.?{_NO}|a/c{_NO}?|account ref(?:erence)?|account(?=:| ?#)"),
        (0.99, r"vertragskonto(?:nummer|-nr\.?)?|vertragskontonr\.?|compte (?:client|contrat)|numéro de compte|n[°º] de compte|cuenta contrato"),
        (0.9, rf"customer{_NO}|customer ref(?:erence)?(?: number)?|kundennummer|kunden-nr\.?|n[°º] (?:de )?client|numéro (?:de )?client|référence client|codice cliente|klantnummer|n[úu]mero de cliente|client{_NO}"),
        (0.8, r"referencia del contrato|n[ºo°]\.? (?:de )?contrato|contrato n[ºo°]|vertragsnummer|contract account|referencia de contrato"),
        (0.6, rf"agreement{_NO}|contract{_NO}|member{_NO}|service agreement id"),
    ),
    "invoice": (
        (1.0, rf"(?:tax )?invoice{_NO}|(?:bill|statement|invoice) (?:number|no\.?|id|ref(?:erence)?(?: number)?)|rechnungsnummer|rechnungs-?nr\.?|rechnung nr\.?|facture n[°º]|n[°º] (?:de )?(?:la )?facture|num[ée]ro de facture|n[úu]mero de factura|n[ºo°]\.? (?:de )?factura|factura n[ºo°]|numero fattura|factuurnummer"),
    ),
    "issued": (
        (1.0, r"(?:bill(?:ing)?|statement|invoice|issue|mail(?:ing|ed)?|print(?:ed)?|bill issue|bill mailing) date|date (?:of (?:this )?(?:bill|issue|invoice|statement)|billed|issued|mailed|prepared)|rechnungsdatum|fecha de (?:emisi[oó]n|factura)|date (?:de )?(?:la )?facture|data (?:di )?emissione|factuurdatum|tax point|billed|issued(?: on)?|bill prepared(?: on)?|prepared on|billing summary as of"),
        (0.5, r"datum|date|^du|statement for"),
    ),
    "due": (
        (1.0, r"(?:payment )?due date|date due|due by|(?:payment|amount|total|balance|bill) (?:amount )?(?:is )?due(?: date| by| on)?|pay(?:ment)? (?:this amount )?(?:due )?(?:by|before|on or before)|payable by|please pay(?: us)?(?: this amount)?(?: by)?|f[äa]llig(?: am| zum|keit)?|zahlbar bis|fecha de (?:cargo|vencimiento)|[àa] (?:r[ée]gler|payer) avant(?: le)?|date limite de paiement|scadenza|entro il|vervaldatum|payment is due(?: by)?|pay this amount by|must be received by|(?:direct debit|collect this|collected)(?: by direct debit)?(?: will be taken)?(?: on(?: or (?:after|around))?)?|bis zum|buchen den betrag am"),
    ),
    "period": (
        (1.0, r"(?:billing|bill|service|supply|account|statement|usage|charge|invoice) period|period of service|(?:billing|service) dates?|dates of service|service (?:from|dates)|services from|this bill covers|bill covers|(?:abrechnungs|verbrauchs|liefer)zeitraum|zeitraum(?: vom)?|p[ée]riode (?:de (?:facturation|consommation)|du)|periodo de (?:facturaci[oó]n|consumo)|periodo di (?:fatturazione|riferimento)|factuurperiode|read(?:ing)? dates|for service|bill for|billing cycle|period covered|charges for|statement of charges"),
        (0.8, r"period|from|(?:your )?(?:electricity|gas|water|energy)? ?bill for|service"),
    ),
    "total": (
        (1.0, r"total (?:account )?(?:amount|balance|payment) (?:now )?(?:due|payable|owed|owing)|total (?:to pay|payable|now due|owing)|(?:total|grand total) due|amount (?:now )?(?:due|payable|owed)|amount to (?:be )?(?:pay|paid)|(?:please )?pay this amount|total amount (?:due|payable)|your total due|zu zahlender betrag|zahlbetrag|zahlungsbetrag|nachzahlung|gesamtbetrag|offener betrag|(?:montant|net|total|somme) [àa] (?:payer|r[ée]gler)|total a pagar|importe total|total importe factura|total factura|totale da pagare|te betalen|totaal te betalen|balance due|noch zu zahlen(?:der betrag)?|restbetrag|amount you owe|what you owe|you owe|payment amount|new balance|amount due"),
        (0.93, r"please pay|total balance|account balance|balance (?:now )?owing|current balance|total amount|ihr guthaben|guthaben|erstattungsbetrag|payment due|you need to pay|amount payable|total owed|your (?:new )?balance|total account balance|outstanding balance|net amount due|direct debit amount"),
        (0.8, r"total(?: this| of this)? (?:bill|invoice|statement)|montant ttc|bill total|invoice total|total"),
    ),
    "current": (
        (1.0, r"total (?:new|current|this period'?s?|present)(?: \w+){0,2} (?:charges|bill(?:ing)?)|(?:new|current)(?: \w+){0,2} charges|total charges(?: for)? this (?:period|bill|month)|charges (?:for )?this (?:period|bill|month|statement)|(?:new|current) (?:bill|billing|activity)(?! date| period| read)|rechnungsbetrag(?: \(?brutto\)?)?|bruttobetrag|gesamtbetrag brutto|montant (?:total )?(?:de la facture )?ttc|total ttc|total (?:cost|charges?) (?:of|for) (?:gas|electricity|water|energy|your (?:gas|electricity))|cost of (?:the )?(?:gas|electricity|water|energy)(?: and \w+)? you(?:'ve| have)? used|total for this (?:bill|invoice)|total current month charges|current month'?s? charges|charges this month|what(?:'s| is) new this (?:bill|period)|total new activity|total amount for this (?:bill|period)"),
        (0.85, r"total charges|total importe factura|importe total|new charges and credits|total (?:electric(?:ity)?|gas|water|energy|utility)(?: service)?(?: usage)? charges|total (?:current )?(?:services?|amount) this (?:bill|period)|subtotal current"),
    ),
    "previous": (
        (1.0, r"(?:previous|prior|past|last|opening|old|beginning)(?: (?:account|statement|bill(?:ing)?|month'?s?|unpaid))? (?:balance|amount|amount due|charges|bill(?: amount)?|total)|(?:balance|amount)(?: due)?(?: \w+){0,2} (?:from|on|at)(?: your| the)? (?:last|previous|prior)(?: \w+)?|amount due (?:on )?(?:your )?(?:previous|last|prior) (?:bill|statement)|(?:total )?(?:charges|amount) (?:from|of|on) (?:your )?(?:last|previous|prior) (?:bill|statement)|balance (?:brought forward|b/f)|opening balance|what was on your last bill|last (?:bill|statement|account)(?: (?:total|amount))?(?=:|$)|amount of (?:your )?(?:last|previous) (?:bill|statement)|saldo anterior|solde pr[ée]c[ée]dent|ancien solde|saldovortrag|alter saldo|brought forward|your last bill"),
        (0.6, r"balance (?:forward|carried forward)|carried forward|past due(?: amount| balance)?"),
    ),
    "remaining": (
        (1.0, r"remaining balance|balance (?:forward|carried forward|remaining|before (?:new|current) charges|after payments?)|previous unpaid balance|unpaid (?:previous )?balance|past due(?: amount| balance)?|overdue(?: amount| balance)?|carried forward|amount past due|outstanding (?:balance )?(?:before|at)"),
    ),
    "paid": (
        (1.0, r"(?:less )?(?:your )?(?:total )?payments?(?:\(s\))? ?(?:\(s\) )?(?:/credits? )?(?:received|made|posted|through|since|processed|thank|applied|[-–—])(?: .{0,40})?|(?:less|minus) (?:your )?payments?(?: received)?|(?:amount|what) (?:you(?:'ve| have)? )?paid(?: since.{0,30})?|payments?(?: and credits)?(?=:|$| thank)|(?:abz[üu]glich )?(?:bereits |bisher )?(?:geleistete[rn]?|gezahlte|bezahlte) (?:abschl[äa]ge|abschlags?zahlungen|zahlungen|abschlagsbetr[äa]ge)|paiements? (?:re[çc]us?|effectu[ée]s?)|pagos? recibidos?|thank you for your payment|payments? - thank you|payments? received"),
    ),
    "meter": (
        (1.0, rf"meter (?:serial )?{_NO.strip()}(?: serial)?|meter (?:serial )?(?:number|no\.?|#|id)|meter(?: serial)?{_NO}|meter(?=:| ?#)|(?:your )?meter serial(?: n(?:umber|o\.?))?|z[äa]hler(?:nummer|-?nr\.?)|z[äa]hler(?=:)|num[ée]ro (?:de )?(?:votre )?compteur|n[°º] (?:de )?(?:votre )?compteur|compteur n[°º]|n[úu]mero de contador|contador n[ºo°]|n[ºo°]\.? (?:de )?contador|matricola(?: contatore)?|meternummer|mtr{_NO}|serial (?:number|no\.?)(?: of meter)?|metering? equipment id"),
        (0.8, r"meter"),
    ),
    "tariff": (
        (1.0, r"rate (?:schedule|class(?:ification)?|plan|code|name|category|type)|tariff (?:name|code|type)|(?:your )?tariff(?=:|$| {2}|  )|(?:your )?(?:price |energy |electricity |gas )?plan(?: name)?(?=:|$)|rate(?=:|$)|service class(?:ification)?|ihr tarif|tarif(?=:|$| )|produkt(?=:|$)|votre offre|offre(?= ?:)|tarifa(?=:)|peaje(?: de acceso)?(?=:)|offerta|pricing plan|product(?=:)|your (?:tariff|rate|plan)(?= is|:|$)"),
    ),
    "address": (
        (1.0, r"(?:service|supply|property|premises?|site|installation|delivery|service location|meter|usage) (?:address|location|at)(?: is)?|service (?:for|at|location|delivered to|provided (?:to|at))|premises?(?=:|$)|property(?=:|$)|location(?=:)|(?:liefer|verbrauchs|entnahme|abnahme)stelle|lieferanschrift|lieu de (?:consommation|livraison)|adresse (?:de consommation|du site|de fourniture)|(?:direcci[oó]n|punto) de suministro|indirizzo (?:di )?fornitura|leveringsadres|supply to|supplied to|where you use|address where"),
        (0.75, r"^for(?= \d)"),
    ),
    "previous_reading": (
        (1.0, r"(?:previous|prior|last|opening|beginning|start)(?: meter)? (?:read(?:ing)?|index|meter)|z[äa]hlerstand alt|stand alt|lectura anterior|ancien index|alter z[äa]hlerstand|anfangsstand|prev(?:\.|ious)? read(?:ing)?"),
    ),
    "current_reading": (
        (1.0, r"(?:current|present|latest|this|closing|ending|end|new)(?: meter)? (?:read(?:ing)?|index)|z[äa]hlerstand neu|stand neu|lectura actual|nouvel index|neuer z[äa]hlerstand|endstand"),
    ),
    "multiplier": ((1.0, r"(?:meter |billing )?(?:multiplier|constant)|faktor|meter mult\.?"),),
    "usage": (
        (1.0, r"(?:your )?(?:total |billed |net |metered )*(?:energy |electric(?:ity)? |gas |water |kwh |metered |meter |monthly |current |actual )*(?:usage|use|used|consumption|consumed)(?: \(?(?:this|in|for)(?: (?:the|this))? (?:period|month|bill)\)?)?(?: in \w+)?|total (?:kwh|therms|energy|ccf|units used|units|gallons|mj|kl)(?: (?:used|usage|consumed))?|(?:kwh|therms?|ccf|hcf|gallons|mj|kl|m³|m3|units) (?:used|usage|consumed|billed)|(?:you(?:'ve| have)? used|that makes)|(?:gesamt)?verbrauch|consommation (?:totale|factur[ée]e)|consumo(?: total| en el periodo| facturado)?|(?:water|gas|electricity|energy) used|usage|total energy|total consumption"),
    ),
    "demand": (
        (1.0, r"(?:billed|billing|peak|max(?:imum)?|measured|actual|metered|on[- ]peak|off[- ]peak|facilities|contract|highest)(?: (?:peak|kw|max(?:imum)?|measured|billing))? demand(?: reading| usage)?|demand(?: reading| usage| read)?(?=:|$)|leistungsspitze|puissance (?:souscrite|atteinte)|(?:available|supply|agreed) capacity|maximum demand"),
    ),
}  # fmt: skip

FIELDS: Mapping[str, re.Pattern[str]] = {
    name: re.compile("|".join(rf"(?P<w{place}>(?<![\w-])(?:{pattern})(?![\w]))" for place, (_, pattern) in enumerate(rows)))
    for name, rows in _PATTERNS.items()
}
WEIGHTS: Mapping[str, tuple[float, ...]] = {
    name: tuple(weight for weight, _ in rows) for name, rows in _PATTERNS.items()
}

# Numbers that name a point of supply: kind in the contract's words, printed name, what the value must look like.
IDENTIFIERS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (kind, re.compile(printed, re.IGNORECASE), re.compile(value))
    for kind, printed, value in (
        ("NMI", r"\bNMI\b(?: ?\(?national meter identifier\)?)?|national meter(?:ing)? identifier", r"[A-Z\d]{10,11}"),
        ("MIRN", r"\bMIRN\b|\bDPI\b", r"\d{10,11}"),
        ("MPR", r"meter point reference(?: number)?(?: ?\(?MPR\w?\)?)?|\bMPRN?\b|\bGPRN\b", r"\d{6,11}"),
        ("POD", r"\bMPAN\b|supply number(?: ?\(?MPAN\)?)?|electricity supply number", r"S?(?:\d ?){13,21}"),
        ("ESI", r"\bESI ?(?:ID|D)\b(?: number)?|\bESID\b", r"\d{17,22}"),
        ("ICP", r"\bICP\b(?: number)?", r"\d{10}[A-Z]{2}[A-Z\d]{3}"),
        ("POD", r"\bCUPS\b", r"ES ?(?:\d ?){16}[A-Z]{2}(?:\d[A-Z])?"),
        ("POD", r"point de livraison(?: ?\(?PDL\)?)?|\bPDL\b|\bPRM\b|\bPCE\b", r"(?:\d ?){14}"),
        ("POD", r"marktlokation(?:s-?id)?|\bMaLo(?:-ID)?\b|z[äa]hlpunkt(?:bezeichnung)?|messlokation", r"(?:DE|AT)?(?:\d ?){10,31}"),
        ("POD", r"\bPOD\b(?: ID)?(?: number)?|\bpoint of delivery\b|\bEAN(?:[ -]code)?\b", r"[A-Z\d]{8,22}"),
        ("ELECTRIC_CHOICE", r"electric choice id|choice id", r"\d{8,12}"),
        ("PREMISE", r"premises? (?:number|no\.?|id|#)", r"\d{6,14}"),
    )
)

# Words that make a number near them something else than this bill's: other times, averages, offers.
FOREIGN = re.compile(
    r"last year|previous year|year ago|prior year|vorjahr|average|avg\.?\b|per day|daily|comparison|same (?:time|month|period)"
    r"|a year|annual|annually|per year|estimated (?:annual|cost)|households|neighbou?r|history|projection|could save|typical"
    r"|if (?:paid|received) after|after (?:the )?due|late (?:fee|charge|payment)|after \d|next (?:bill|read)|budget"
    r"|neuer? (?:monatlicher )?abschlag|vorjahresverbrauch|durchschnitt|l'an dernier|año anterior|enclosed|minimum|goal"
)

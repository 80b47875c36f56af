"""Owns the words by which bills name their fields, in the languages that we know, and how sure each makes it.

Patterns are matched on lower-case text. Refuses to know where the value stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_NO = r"(?:\s?(?:number|numbers|num\.?|nbr\.?|no\.?|nr\.?|n[°ºo]\.?|#|id|code))"
# Accounts that are not this bill's: of a bank, of a group, of a part of the service, of another time.
_OWN = r"(?<!service )(?<!foundation )(?<!parent )(?<!bank )(?<!previous )(?<!old )(?<!former )(?<!checking )"

# field -> (weight, pattern); the first pattern that matches at a place wins.
_PATTERNS: Mapping[str, Sequence[tuple[float, str]]] = {
    "account": (
        (
            1.0,
            rf"(?:customer |utility |contract |billing |electric |energy |gas |water "
            rf"|your )?{_OWN}account{_NO}(?! of)"
            rf"|{_OWN}acc(?:oun)?t?\.?{_NO}|(?:utility )?{_OWN}acct\.?(?=:| ?#| *$| ?\.\.| +[a-z]{{0,3}}-?\d)"
            rf"|a/c{_NO}?|account ref(?:erence)?"
            rf"|{_OWN}account(?=:| ?#)|cust(?:omer|\.)? ?[-/&–] ?acc(?:oun)?t\.?{_NO}?",
        ),
        (
            0.99,
            rf"vertragskonto(?:nummer|-nr\.?)?|vertragskontonr\.?|compte (?:client|contrat)|numéro de compte"
            rf"|n[°º] de compte|cuenta contrato|(?:customer |utility |your |energy "
            rf"|billing )?{_OWN}account(?= +[a-z]{{0,3}}-?\d| ?\.\.)"
            rf"|^(?:customer |utility |your |energy |billing )?account$",
        ),
        (
            0.9,
            rf"(?:customer|cust\.?|client|consumer){_NO}|(?:customer|client) ref(?:erence)?(?: {_NO.strip()})?"
            rf"|(?:ihre )?kunden-?(?:nummer|nr\.?)|(?:n[°ºo.]\.?|num[ée]ro) (?:de )?(?:votre )?client[e]?"
            rf"|(?:r[ée]f\.?|r[ée]f[ée]rences?) (?:du )?client|(?:codice|cod\.|numero) (?:del )?cliente(?: n\.?)?"
            rf"|klant-?(?:nummer|nr\.?)|relatienummer|debiteurnummer|n[úu]mero de cliente|c[óo]digo (?:de )?cliente"
            rf"|kund(?:e)?nummer|n\.?[ºo°] (?:de )?cliente",
        ),
        (
            0.8,
            r"referencia (?:del? )?(?:contrato|suministro)(?: de)?(?: suministro)?|(?:n[ºo°]\.?"
            r"|n[úu]mero) (?:de |del )?contrato"
            r"|contrato n[ºo°]|contrato(?=: ?\d)|vertrags-?(?:nummer|nr\.?)|contract account"
            r"|(?:numero|codice|n\.) (?:del |di )?contratto|contractnummer|num[ée]ro (?:de )?contrat"
            r"|n[°º] (?:de )?contrat|your ref(?:erence)?(?: number)?(?! for)",
        ),
        (
            0.6,
            rf"agreement{_NO}|contract{_NO}|member(?:ship)?{_NO}|service agreement id|service account(?:{_NO})?",
        ),
    ),
    "invoice": (
        (
            1.0,
            rf"(?:tax )?invoice{_NO}|tax invoice(?= \d)|invoice(?=: ?\d|$| ?#| ?\.\.)|document (?:number|no\.?)|(?:bill|statement"
            rf"|invoice) (?:number|no\.?|id"
            rf"|ref(?:erence)?(?: number)?)|rechnungsnummer|rechnungs-?nr\.?|rechnung nr\.?|facture n[°º]"
            rf"|n[°º] (?:de )?(?:la )?facture|num[ée]ro de facture|n[úu]mero de factura"
            rf"|n[ºo°]\.? (?:de )?factura|factura n[ºo°]|factuurnummer"
            rf"|(?:numero|n\.?|nr\.?|n[°º]) (?:della |di )?(?:fattura|bolletta)|(?:fattura|bolletta) (?:numero"
            rf"|n\.?[°º]?|nr\.?)",
        ),
    ),
    "issued": (
        (
            1.0,
            r"(?:bill(?:ing)?|statement|invoice|issue|mail(?:ing|ed)?|print(?:ed)?|bill issue"
            r"|bill mailing) date|date (?:of (?:this )?(?:bill|issue|invoice|statement)|billed|issued|mailed"
            r"|prepared)|rechnungsdatum|fecha de (?:emisi[oó]n|factura)|date (?:de )?(?:la )?facture"
            r"|data (?:di )?(?:emissione|fattura)|emess[ao] il|factuurdatum|tax point|billed|issued(?: on)?"
            r"|date bill prepared|bill prepared(?: on)?"
            r"|prepared on|billing summary as of",
        ),
        (0.5, r"^datum|^date|^du|statement for|(?:bill|invoice) dated|notice date"),
    ),
    "due": (
        (
            1.0,
            r"(?:payment )?due date|date due|due by|(?:payment|amount|total|balance"
            r"|bill) (?:amount )?(?:is )?due(?: date| by| on)?|pay(?:ment)? (?:this amount )?(?:due )?(?:by"
            r"|before|on or before)|payable by|please pay(?: us)?(?: this amount)?(?: by)?|f[äa]llig(?: am"
            r"| zum|keit)?|zahlbar bis|fecha de (?:cargo|vencimiento)|[àa] (?:r[ée]gler|payer) avant(?: le)?"
            r"|date limite de paiement|scadenza|(?:da pagare )?entro (?:il|e non oltre il)|vervaldatum"
            r"|payment is due(?: by)?|pay this amount by"
            r"|must be received by|(?:to be )?paid by|last day to pay|current charges due(?: by)?"
            r"|penalty (?:after|date)|past due after|(?:payment|collection|auto ?pay(?:ment)?|debit) date"
            r"|auto ?pay(?:ment)? (?:is )?(?:on|scheduled for)|uiterste betaaldatum|due(?: on)?(?=:|$| ?\.\.| \d)"
            r"|due (?:up)?on receipt by|(?:direct debit|collect this"
            r"|collected)(?: by direct debit)?(?: will be taken)?(?: on(?: or (?:after|around))?)?|bis zum"
            r"|buchen den betrag am",
        ),
    ),
    "period": (
        (
            1.0,
            r"(?:billing|bill|service|supply|account|statement|usage|charge|invoice) period|period of service"
            r"|(?:billing|service) dates?|dates of service|service (?:from|dates)|services from"
            r"|this bill covers|bill covers|(?:abrechnungs|verbrauchs|liefer)zeitraum|zeitraum(?: vom)?"
            r"|p[ée]riode (?:de (?:facturation|consommation)|du)|periodo de (?:facturaci[oó]n|consumo)"
            r"|periodo (?:di (?:fatturazione|riferimento|fornitura|consumo))?|factuurperiode|read(?:ing)? dates"
            r"|for service|bill for"
            r"|billing cycle|period covered|charges for|statement of charges",
        ),
        (0.8, r"period|from|(?:your )?(?:electricity|gas|water|energy)? ?bill for|service"),
    ),
    "total": (
        (
            1.0,
            r"total (?:account )?(?:amount|balance|payment|charges) (?:is )?(?:now )?(?:due|payable|owed|owing)"
            r"|balance (?:is )?(?:now )?(?:due|payable|owed|outstanding)|(?:amount|total) (?:now )?outstanding"
            r"|total (?:to pay|payable|now due|owing)|(?:total|grand total) due|amount (?:now )?(?:due|payable"
            r"|owed)|amount to (?:be )?(?:pay|paid)|(?:please )?pay this amount|total amount (?:due|payable)"
            r"|your total due|zu zahlender betrag|zahlbetrag|zahlungsbetrag|nachzahlung|gesamtbetrag"
            r"|offener betrag|(?:montant|net|total|somme) [àa] (?:payer|r[ée]gler)|total a pagar|importe total"
            r"|total importe factura|total factura|totale da pagare|te betalen|totaal te betalen|balance due"
            r"|noch zu zahlen(?:der betrag)?|restbetrag|amount you owe|what you owe|you owe|payment amount"
            r"|new balance|amount due",
        ),
        (
            0.93,
            r"please pay|total balance|account balance|balance (?:now )?owing|current balance|total amount"
            r"|ihr guthaben|guthaben|erstattungsbetrag|payment due|you need to pay|amount payable|total owed"
            r"|(?:amount|balance) (?:now )?owing|(?:statement|ending|closing) balance|(?:invoice|bill) amount"
            r"|amount of (?:this )?(?:bill|invoice)|(?:autopay|amount to be debited|debit) (?:amount|total)?"
            r"|amount to be (?:debited|collected)|importo (?:da pagare|totale)|we(?: wi|')ll (?:collect|take|debit)"
            r"|your (?:new )?balance(?! (?:on|at|from|was|last))|total account balance|outstanding balance"
            r"|net (?:amount )?due"
            r"|direct debit amount",
        ),
        (
            0.8,
            r"total(?: this| of this)? (?:bill|invoice|statement)|montant ttc|bill total|invoice total|total",
        ),
    ),
    "current": (
        (
            1.0,
            r"total (?:new|current|this period'?s?|present)(?: \w+){0,2} (?:charges|bill(?:ing)?)|(?:new"
            r"|current)(?: \w+){0,2} charges|total charges(?: for)? this (?:period|bill|month)"
            r"|charges (?:for )?this (?:period|bill|month|statement)|(?:new|current) (?:bill|billing"
            r"|activity)(?! date| period| read)|rechnungsbetrag(?: \(?brutto\)?)?|bruttobetrag"
            r"|gesamtbetrag brutto|montant (?:total )?(?:de la facture )?ttc|total ttc|total (?:cost"
            r"|charges?) (?:of|for) (?:gas|electricity|water|energy|your (?:gas|electricity))"
            r"|cost of (?:the )?(?:gas|electricity|water|energy)(?: and \w+)? you(?:'ve| have)? used"
            r"|total for this (?:bill|invoice)|total current month charges|current month'?s? charges"
            r"|totale kosten(?: \(?incl\.? btw\)?)?|totaal inclusief btw"
            r"|charges this month|what(?:'s| is) new this (?:bill|period)|total new activity"
            r"|total amount for this (?:bill|period)",
        ),
        (
            0.85,
            r"total charges|total importe factura|importe total|totale (?:della )?(?:bolletta|fattura)"
            r"|new charges and credits"
            r"|total (?:electric(?:ity)?|gas|water|energy|utility)(?: service)?(?: usage)? charges"
            r"|total (?:current )?(?:services?|amount) this (?:bill|period)|subtotal current",
        ),
    ),
    "previous": (
        (
            1.0,
            r"(?:previous|prior|past|last|opening|old|beginning)(?: (?:account|statement|bill(?:ing)?"
            r"|month'?s?|unpaid))? (?:balance|amount|amount due|charges|bill(?: amount)?|billing|total)|(?:balance"
            r"|amount)(?: due)?(?: \w+){0,2} (?:from|on|at)(?: your| the)? (?:last|previous|prior)(?: \w+)?"
            r"|amount due (?:on )?(?:your )?(?:previous|last|prior) (?:bill|statement)|(?:total )?(?:charges"
            r"|amount) (?:from|of|on) (?:your )?(?:last|previous|prior) (?:bill|statement)"
            r"|balance (?:brought forward|b/f)|opening balance|what was on your last bill|last (?:bill"
            r"|statement|account)(?: (?:total|amount))?(?=:|$)|amount of (?:your )?(?:last|previous) (?:bill"
            r"|statement)|saldo anterior|solde pr[ée]c[ée]dent|ancien solde|saldovortrag|alter saldo"
            r"|brought forward|your last bill",
        ),
        (0.6, r"balance (?:forward|carried forward)|carried forward|past due(?: amount| balance)?"),
    ),
    "remaining": (
        (
            1.0,
            r"remaining balance|balance (?:forward|carried forward|remaining|before (?:new|current) charges"
            r"|after payments?)|previous unpaid balance|unpaid (?:previous )?balance|past due(?: amount"
            r"| balance)?|overdue(?: amount| balance)?|carried forward|amount past due"
            r"|outstanding (?:balance )?(?:before|at)",
        ),
    ),
    "paid": (
        (
            1.0,
            r"(?:less )?(?:your )?(?:total )?payments?(?:\(s\))? ?(?:\(s\) )?(?:/credits? )?(?:received|made"
            r"|posted|through|as of|since|processed|thank|applied|[-–—])(?: .{0,40})?|(?:less"
            r"|minus) (?:your )?payments?(?: received)?|(?:amount|what) (?:you(?:'ve"
            r"| have)? )?paid(?: since.{0,30})?|payments?(?: ?(?:and|&|/) ?(?:credits|adjustments))?(?=:|$| thank| \d)"
            r"|(?:in rekening gebrachte|betaalde|voldane) (?:termijn(?:bedrag)?en|voorschotten)"
            r"|(?:total )?payments? (?:that )?you(?:'ve| have)? made"
            r"|(?:abz[üu]glich )?(?:bereits |bisher )?(?:geleistete[rn]?|gezahlte|bezahlte) (?:abschl[äa]ge"
            r"|abschlags?zahlungen|zahlungen|abschlagsbetr[äa]ge)|paiements? (?:re[çc]us?|effectu[ée]s?)"
            r"|pagos? recibidos?|thank you for your payment|payments? - thank you|payments? received",
        ),
    ),
    "meter": (
        (
            1.0,
            rf"meter (?:serial )?{_NO.strip()}(?: serial)?|meter (?:serial )?(?:number|no\.?|#|id)"
            rf"|meter(?: serial)?{_NO}|meter(?=:| ?#)|(?:your )?meter serial(?: n(?:umber|o\.?))?"
            rf"|z[äa]hler(?:nummer|-?nr\.?)|z[äa]hler(?=:|$| ?\.\.)|contador(?=:|$| ?\.\.)|msn(?=:|$| ?#"
            rf"| ?\.\.)|num[ée]ro (?:de )?(?:votre )?compteur"
            rf"|n[°º] (?:de )?(?:votre )?compteur|compteur n[°º]|n[úu]mero de contador|contador n[ºo°]"
            rf"|n[ºo°]\.? (?:de )?contador|(?:numero )?matricola(?: (?:del )?contatore)?|meternummer|mtr{_NO}"
            rf"|serial (?:number"
            rf"|no\.?)(?: of meter)?|metering? equipment id",
        ),
        (0.8, r"meter"),
    ),
    "tariff": (
        (
            1.0,
            r"rate (?:schedule|class(?:ification)?|plan|code|name|category|type)|tariff (?:name|code|type)"
            r"|(?:your )?tariff(?=:|$| {2}|  )|(?:your )?(?:price |energy |electricity "
            r"|gas )?plan(?: name)?(?=:|$)|rate(?= ?[-–:]|$| [a-z]{1,3}-?\d| (?:residential|general|small"
            r"|large|commercial|domestic|medium|rs|gs|tou|time))|service class(?:ification)?|ihr tarif"
            r"|tarif(?=:|$| )|produkt(?=:|$)|votre offre|offre(?= ?:)|tarifa(?=:)|peaje(?: de acceso)?(?=:)"
            r"|rate(?= [a-z]{1,4}-[a-z]{1,4}\b)|offerta|pricing plan|product(?=:)|your (?:tariff|rate|plan)(?= is|:|$)",
        ),
    ),
    "address": (
        (
            1.0,
            r"(?:service|supply|property|premises?|site|installation|delivery|service location|meter"
            r"|usage) (?:address|location|at)(?: is)?"
            r"|(?:property|premises) suppl(?:ied|y)|service (?:for|at|location|delivered to|provided (?:to"
            r"|at))|premises?(?=:|$)|property(?=:|$)|location(?=:)|(?:liefer|verbrauchs|entnahme"
            r"|abnahme)stelle|lieferanschrift|lieu de (?:consommation|livraison)|adresse (?:de consommation"
            r"|du site|de fourniture)|(?:direcci[oó]n|punto) de suministro|indirizzo (?:di )?fornitura"
            r"|leveringsadres|supply to|supplied to|where you use|address where",
        ),
        (0.75, r"^for(?= \d)"),
    ),
    "previous_reading": (
        (
            1.0,
            r"(?:previous|prior|last|opening|beginning|start)(?: meter)? (?:read(?:ing)?|index|meter)"
            r"|z[äa]hlerstand alt|stand alt|lectura anterior|ancien index|alter z[äa]hlerstand|anfangsstand"
            r"|prev(?:\.|ious)? read(?:ing)?",
        ),
    ),
    "current_reading": (
        (
            1.0,
            r"(?:current|present|latest|this|closing|ending|end|new|actual"
            r"|estimated)(?: meter)? (?:read(?:ing)?|index)|z[äa]hlerstand neu|stand neu|lectura actual"
            r"|nouvel index|neuer z[äa]hlerstand|endstand",
        ),
    ),
    "multiplier": ((1.0, r"(?:meter |billing )?(?:multiplier|constant)|faktor|meter mult\.?"),),
    "usage": (
        (
            1.0,
            r"(?:your )?(?:total |billed |net |metered )*(?:energy |electric(?:ity)? |gas |water |kwh "
            r"|metered |meter |monthly |current |actual )*(?:usage|consumption"
            r"|(?<=water )(?:use|used)|(?<=gas )(?:use|used)"
            r"|(?<=energy )(?:use|used)|(?<=electricity )(?:use|used)"
            r"|(?<=total )(?:use|used)|(?<=kwh )(?:use|used|consumed)|^used|^consumed)"
            r"(?: \(?(?:this|in|for)(?: (?:the|this))? (?:period|month|bill)\)?)?(?: in \w+)?"
            r"|total (?:kwh|therms|energy|ccf|units used|units|gallons|mj|kl)(?: (?:used|usage|consumed))?"
            r"|(?:kwh|kilowatt[- ]hours|therms?|ccf|hcf|gallons|mj|kl|m³|m3|units|power|energy|electricity|gas)"
            r" (?:used|usage|consumed|billed)|billed (?:kwh|therms|ccf|units)|(?:totaal )?verbruik|(?:you(?:'ve"
            r"| have)? used|that makes)|(?:gesamt)?verbrauch|consommation(?: (?:totale|factur[ée]e))?"
            r"|consumo(?: total| en el periodo| facturado)?|(?:water|gas|electricity|energy) used|usage"
            r"|total energy|total consumption",
        ),
    ),
    "demand": (
        (
            1.0,
            r"(?:billed|billing|peak|max(?:imum)?|measured|actual|metered|on[- ]peak|off[- ]peak|facilities"
            r"|highest)(?: (?:peak|kw|max(?:imum)?|measured|billing))? demand(?: reading| usage)?"
            r"|demand(?: reading| usage| read)?(?=:|$)|leistungsspitze|puissance atteinte"
            r"|maximum demand",
        ),
    ),
}

FIELDS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(
        "|".join(rf"(?P<w{place}>(?<![\w-])(?:{pattern})(?![\w]))" for place, (_, pattern) in enumerate(rows))
    )
    for name, rows in _PATTERNS.items()
}
WEIGHTS: Mapping[str, tuple[float, ...]] = {
    name: tuple(weight for weight, _ in rows) for name, rows in _PATTERNS.items()
}

# Numbers that name a point of supply: kind in the contract's words, printed name, what the value must look like.
IDENTIFIERS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (kind, re.compile(printed, re.IGNORECASE), re.compile(value))
    for kind, printed, value in (
        (
            "NMI",
            r"\bNMI\b(?: ?\(?national meter identifier\)?)?|national meter(?:ing)? identifier(?: ?\(?NMI\)?)?",
            r"[A-Z\d]{10,11}(?![A-Z\d])|(?:[A-Z\d] ?){10,11}",
        ),
        (
            "MIRN",
            r"meter installation (?:reference|registration) number(?: ?\(?MIRN\)?)?|\bMIRN\b|\bDPI\b",
            r"(?:\d ?){10,11}",
        ),
        (
            "MPR",
            r"meter point reference(?: number)?(?: ?\(?MPR\w?\)?)?|\bMPRN?\b|\bGPRN\b",
            r"(?:\d ?){6,11}",
        ),
        ("POD", r"\bMPAN\b(?: core)?|(?:electricity )?supply number(?: ?\(?MPAN\)?)?", r"S?(?:\d ?){13,21}"),
        ("ESI", r"\bESI ?(?:ID|D)\b(?: number)?|\bESID\b", r"\d{17,22}"),
        ("ICP", r"\bICP\b(?: number)?", r"\d{10}[A-Z]{2}[A-Z\d]{3}"),
        ("POD", r"\bCUPS\b", r"ES ?(?:\d ?){16}[A-Z]{2}(?: ?\d[A-Z])?"),
        ("POD", r"point de livraison(?: ?\(?PDL\)?)?|\bPDL\b|\bPRM\b|\bPCE\b", r"(?:\d ?){14}"),
        (
            "POD",
            r"marktlokation(?:s-?id)?|\bMaLo(?:-ID)?\b|z[äa]hlpunkt(?:bezeichnung)?|messlokation",
            r"(?:DE|AT)?(?:\d ?){10,31}",
        ),
        (
            "POD",
            r"\bPOD\b(?:[- ]ID)?(?: number)?|\bpoint of delivery\b|\bEAN(?:[ -]code)?\b",
            r"[A-Z\d]{8,33}|[A-Z]{2} ?(?:[A-Z\d]{2,8} ?){2,6}|(?:\d ?){18}",
        ),
        ("POD", r"\bPDR\b|punto di riconsegna(?: ?\(?PDR\)?)?", r"(?:\d ?){14}"),
        ("ELECTRIC_CHOICE", r"electric choice id|choice id", r"\d{8,12}"),
        ("PREMISE", r"premises? (?:number|no\.?|id|#)", r"\d{6,14}"),
    )
)

# Words that make a number near them something else than this bill's: other times, averages, offers.
FOREIGN = re.compile(
    r"last year|previous year|year ago|prior year|vorjahr|average|avg\.?\b|per day|daily|comparison"
    r"|same (?:time|month|period)"
    r"|a year|annual|annually|per year|estimated (?:annual|cost)|households|neighbou?r|history"
    r"|projection|could save|typical"
    r"|if (?:paid|received) after|after (?:the )?due|late (?:fee|charge|payment)|after \d|next (?:bill"
    r"|read)|budget"
    r"|neuer? (?:monatlicher )?abschlag|vorjahresverbrauch|durchschnitt|l'an dernier|año anterior"
    r"|enclosed|minimum|goal"
)

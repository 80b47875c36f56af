"""How large utilities of several countries name and place their fields: the top of a bill each, figures invented."""

from __future__ import annotations

from typing import Any

import pypdfium2 as pdfium
import pytest

from postroom.readers.page import page_words
from postroom.systems.bills.read import account, bill
from postroom.systems.bills.sample.paper import MONO, Paper

FORMS: dict[str, tuple[str, dict[str, str | None]]] = {
    "california: labels over each other, a statement's words for balances": (
        """
PG&E                              ENERGY STATEMENT
www.pge.com/MyEnergy                             Account No:  1023456789-1
                                                 Statement Date:   10/01/2023
Service For:                                     Due Date:   10/23/2023
JANE DOE                          Your Account Summary
1480 ALDER AVE                    Amount Due on Previous Statement               $91.57
OAKLAND, CA 94607                 Payment(s) Received Since Last Statement       -91.57
                                  Previous Unpaid Balance                        $0.00
                                  Current Electric Delivery Charges              $39.32
                                  Current Gas Charges                            $27.20
                                  Total Amount Due by 10/23/2023                 $66.52
""",
        {
            "utilityCompany": "PG&E",
            "account": "1023456789-1",
            "issued": "2023-10-01",
            "dueDate": "2023-10-23",
            "totalCharges": "66.52",
            "previousCloseBalance": "91.57",
            "currentCharges": "66.52",
        },
    ),
    "new york: a colon each, rate below": (
        """
conEdison
Name: JOHN SMITH
Account number: 61-1234-5678-9012-3
Billing period: Oct 10, 2022 to Nov 09, 2022
Service delivered to: 12 BIRCH ST, BRONX, NY 10451
Rate: EL1 Residential
Your billing summary as of Nov 11, 2022
Your previous charges and payments
Total charges from your last bill               $120.11
Payments through Nov 08, thank you             -$120.11
Remaining balance                                 None
Your new charges - details start on page 2
Electricity charges - for 30 days               $150.44
Total new charges                               $150.44
Total amount due                                $150.44
Payment is due by Dec 05, 2022
""",
        {
            "account": "61-1234-5678-9012-3",
            "startDate": "2022-10-10",
            "billDate": "2022-11-09",
            "issued": "2022-11-11",
            "dueDate": "2022-12-05",
            "totalCharges": "150.44",
        },
    ),
    "southern california: customer account and service account": (
        """
Southern California Edison
P.O. Box 6400, Rancho Cucamonga, CA 91729
Your electricity bill
DOE, JANE / Page 1 of 6
Customer account 700123456789
Service account 8001234567                       Amount due $89.10
123 ALDER ST                                     Due by 10/05/2020
OXNARD, CA 93030                                 Date bill prepared 09/16/2020
POD-ID 10112345678901234567
Your account summary
Previous Balance                         $84.00
Payment Received 09/05                  -$84.00
Balance forward                          $0.00
Your new charges                        $89.10
Total amount you owe by 10/05/2020      $89.10
""",
        {
            "account": "700123456789",
            "dueDate": "2020-10-05",
            "issued": "2020-09-16",
            "totalCharges": "89.10",
            "POD": "10112345678901234567",
        },
    ),
    "los angeles: capitals": (
        """
LADWP                    www.ladwp.com
CUSTOMER SERVICE         1-800-342-5397
ACCOUNT NUMBER           SERVICE ADDRESS                       DATE DUE         AMOUNT DUE
123 456 7890             4410 GRANARY ST LOS ANGELES CA 90012  Apr 2, 2024      $ 412.77
BILL DATE   Mar 14, 2024
ELECTRIC CHARGES   1/12/24 - 3/13/24   61 days   812 kWh     $ 412.77
""",
        {
            "account": "123 456 7890",
            "dueDate": "2024-04-02",
            "totalCharges": "412.77",
            "issued": "2024-03-14",
        },
    ),
    "new england: a row of heads": (
        """
nationalgrid                         SERVICE FOR              BILLING PERIOD
                                     JANE DOE                 Jan 12, 2024 to Feb 12, 2024
www.nationalgridus.com               31 CANAL ST              PAGE 1 of 3
                                     BOSTON MA 02110
                                     ACCOUNT NUMBER           PLEASE PAY BY       AMOUNT DUE
                                     12345-67890              Mar 10, 2024        $ 190.26
ACCOUNT BALANCE
Previous Balance                                      201.55
Payment Received on FEB 2 (Check)                   - 201.55
Current Charges                                     + 190.26
Amount Due                                          $ 190.26
""",
        {
            "account": "12345-67890",
            "dueDate": "2024-03-10",
            "startDate": "2024-01-12",
            "billDate": "2024-02-12",
            "totalCharges": "190.26",
        },
    ),
    "wireless: account, invoice and foundation account": (
        """
AT&T                                             Page: 1 of 4
                                                 Issue Date: Jun 06, 2023
JANE DOE                                         Account Number: 287012345678
9 FOUNDRY ST                                     Foundation Account: 02468135
DALLAS, TX 75201                                 Invoice: 287012345678X06142023
Total due
$154.20
Please pay by: Jul 01, 2023
Account summary
Your last bill                     $151.11
Payment, May 27 - Thank you!      -$151.11
Remaining balance                    $0.00
Service summary
Wireless                           $154.20
Total services                     $154.20
""",
        {
            "account": "287012345678",
            "dueDate": "2023-07-01",
            "issued": "2023-06-06",
            "totalCharges": "154.20",
            "previousCloseBalance": "151.11",
        },
    ),
    "cable: groups of digits": (
        """
xfinity                   Account Number        Billing Date        Services From                    Page
                          8155 10 020 1234567   Mar 20, 2024        Mar 24, 2024 to Apr 23, 2024     1 of 3
Hello Jane Doe,
For 12 ALDER ST, ATLANTA, GA 30303
Previous Balance                       $89.99
EFT Payment Mar 11 thank you          -$89.99
New charges                            $95.40
Amount due Apr 10, 2024                $95.40
""",
        {
            "account": "8155 10 020 1234567",
            "issued": "2024-03-20",
            "dueDate": "2024-04-10",
            "totalCharges": "95.40",
            "startDate": "2024-03-24",
        },
    ),
    "waste: a customer id": (
        """
WASTE MANAGEMENT                        INVOICE
                                        Customer ID:          12-34567-89012
                                        Customer Name:        JANE DOE
                                        Service Period:       04/01/24-04/30/24
                                        Invoice Date:         03/28/2024
                                        Invoice Number:       1234567-2808-3
Your Payment Is Due                     Your Total Due
Apr 27, 2024                            $61.93
If full payment of the invoiced amount is not received within your contractual terms, a late charge applies.
Previous Balance     +   Payments   +   Adjustments   +   Current Invoice Charges   =   Total Due
60.00                    (60.00)        0.00              61.93                         $61.93
HOUSTON, TX 77002
""",
        {
            "account": "12-34567-89012",
            "invoiceId": "1234567-2808-3",
            "issued": "2024-03-28",
            "dueDate": "2024-04-27",
            "startDate": "2024-04-01",
            "totalCharges": "61.93",
        },
    ),
    "water: customer and account together": (
        """
SPRING VALLEY WATER DISTRICT
1200 Canal St, Marlow, CA 93514
Customer - Account
0012345 - 0067890
Service Address: 44 ALDER AVE
Bill Date: 05/03/2024       Due Date: 05/28/2024
Previous Balance           70.12
Payments                  -70.12
Current Charges            81.40
Total Due                  81.40
""",
        {"account": "0012345 - 0067890", "dueDate": "2024-05-28", "totalCharges": "81.40"},
    ),
    "city: cycle and route beside it": (
        """
CITY OF ELK HOLLOW UTILITY BILL
Name: JANE DOE             Account #: 4-12-0330-02        Cycle/Route: 02-14
Service Location: 12 MILL ST
Billing Date: 2/14/2024    Penalty Date: 3/6/2024
TOTAL DUE NOW              122.18
ELK HOLLOW, TX 75219
""",
        {"account": "4-12-0330-02", "totalCharges": "122.18"},
    ),
    "cooperative: member number and account": (
        """
Blue Ridge Electric Cooperative
Member Number    Account Number    Statement Date    Due Date
000112233        4410023001        06/10/2024        07/01/2024
Meter Number     Rate              Service From      Service To
70020031         RES               05/06/2024        06/05/2024
Total Amount Due                    $141.09
LENOIR, NC 28645
""",
        {"account": "4410023001", "dueDate": "2024-07-01", "totalCharges": "141.09"},
    ),
    "texas: esi id": (
        """
Lone Pine Energy
Account number: 900123456789      Invoice #: 170011223344
ESI ID: 10443720001234567
Service address: 12 OAK ST, DALLAS, TX 75201
Bill date: Feb 2, 2024
Amount due: $88.10 by Feb 19, 2024
""",
        {
            "account": "900123456789",
            "ESI": "10443720001234567",
            "totalCharges": "88.10",
            "dueDate": "2024-02-19",
        },
    ),
    "britain: a reference number in a sentence's place": (
        """
British Gas
Your customer reference number              Your bill date
850 012 345 678                             21 Mar 2024
Billing period 20 Dec 2023 - 20 Mar 2024
Your last bill                              £210.44
What you've paid us - thank you             £210.44
Charges for this period                     £188.20
You owe us                                  £188.20
Please pay by 4 Apr 2024
Supply address 1 Canal Road, Leeds LS7 3QT
MPAN: 03 801 902 12 1234 5678 901
Registered in England and Wales
""",
        {
            "utilityCompany": "British Gas",
            "account": "850 012 345 678",
            "issued": "2024-03-21",
            "dueDate": "2024-04-04",
            "totalCharges": "188.20",
            "POD": "1212345678901",
        },
    ),
    "britain: letters in it, ordinal days": (
        """
Octopus Energy
Your Account Number: A-1234AB7C
Bill Reference: 123456789 (2nd Feb. 2024)
Charges for 1st Jan. 2024 - 31st Jan. 2024
Energy Account
Previous balance                            £52.30 in credit
Electricity for Flat 2, 1 Mill Lane, Bristol BS3 2PL
Supply Number (MPAN): 2200012345678
Meter Serial: 21L1234567
Total Electricity Charges                   £61.22
""",
        {
            "account": "A-1234AB7C",
            "startDate": "2024-01-01",
            "billDate": "2024-01-31",
            "POD": "2200012345678",
        },
    ),
    "britain: customer account number": (
        """
EDF Energy
Customer account number
671 012 345 678
Bill date: 2 May 2024
Electricity and gas bill 1 Feb 2024 to 30 Apr 2024
MPRN 1234567890
Balance brought forward                    £0.00
Total charges                              £301.10
Amount due                                 £301.10
Registered in England and Wales, Hove BN3 5PQ
""",
        {"account": "671 012 345 678", "issued": "2024-05-02", "MPR": "1234567890", "totalCharges": "301.10"},
    ),
    "britain: water": (
        """
Thames Water
Your account number            900123456789
Date                           3 April 2024
For: 2 Canal Street, Reading RG1 2AB
Your bill for 1 April 2024 - 31 March 2025
Total to pay                   £412.10
Registered in England and Wales
""",
        {
            "account": "900123456789",
            "startDate": "2024-04-01",
            "billDate": "2025-03-31",
            "totalCharges": "412.10",
        },
    ),
    "australia: a tax invoice number beside it": (
        """
Origin Energy
Account no.   300 012 345 678          Tax Invoice   123 456 789 012
Due Date      12 Mar 2024              Issued   20 Feb 2024
Bill period   17 Nov 2023 - 16 Feb 2024 (92 days)
NMI  41020012345
Previous balance                        $310.20
Payments received                      -$310.20
Total new charges and credits           $288.12
Total amount due                        $288.12
ABN 33 071 052 287
""",
        {
            "account": "300 012 345 678",
            "dueDate": "2024-03-12",
            "startDate": "2023-11-17",
            "NMI": "41020012345",
            "totalCharges": "288.12",
        },
    ),
    "australia: heads over values": (
        """
AGL                            Account number        Bill number           Issue date
ABN 88 090 538 337             7123 4567             0123 4567 8901        4 Apr 2024
Jane Doe                       Total due             Due date
12 Canal St Geelong VIC 3220   $199.05               22 Apr 2024
Supply period: 1 Jan 2024 - 31 Mar 2024
MIRN: 5310012345
""",
        {
            "account": "7123 4567",
            "issued": "2024-04-04",
            "dueDate": "2024-04-22",
            "MIRN": "5310012345",
            "totalCharges": "199.05",
        },
    ),
    "australia: water, a payment number beside it": (
        """
Sydney Water                          ABN 49 776 225 038
Account number    Payment number      Total due    Pay by
1234567           1234 567 0002       $231.56      26 May 2024
For 12 Canal St Newtown NSW 2042
Bill date 5 May 2024
""",
        {"account": "1234567", "dueDate": "2024-05-26", "totalCharges": "231.56"},
    ),
    "germany: contract account and customer": (
        """
Stadtwerke Musterheim GmbH
Rechnungsnummer     8001234567
Kundennummer        100234567
Vertragskonto       241 234 567 890
Rechnungsdatum      12.02.2024
Marktlokation       51238696781
Abrechnungszeitraum 01.01.2023 - 31.12.2023
Zählernummer        1EMH0012345678
Verbrauch           2.410 kWh
Rechnungsbetrag     812,44 €
""",
        {
            "account": "241 234 567 890",
            "startDate": "2023-01-01",
            "POD": "51238696781",
            "issued": "2024-02-12",
        },
    ),
    "germany: a customer number with its short name": (
        """
Energie Nordland GmbH
Ihre Kunden-Nr.: 4711 0815
Rechnung Nr.: 2024-889911
Datum: 03.03.2024
Zu zahlender Betrag: 96,10 €
""",
        {"account": "4711 0815", "totalCharges": "96.10"},
    ),
    "france: customer's number in groups": (
        """
EDF
N° client : 6 012 345 678
Facture n° 10 123 456 789 du 12/03/2024
Point de livraison (PDL) : 12 345 678 901 234
Montant à payer : 112,40 €
Consommation 812 kWh TVA
""",
        {"account": "6 012 345 678", "totalCharges": "112.40", "POD": "12 345 678 901 234"},
    ),
    "france: a client's reference": (
        """
Engie
Vos références
Référence client         501 234 567
Montant TTC              88,12 €
Total à payer            88,12 €
TVA Consommation
""",
        {"account": "501 234 567", "totalCharges": "88.12"},
    ),
    "italy: client's code, POD": (
        """
Enel Energia
N° CLIENTE   123 456 789
POD   IT001E12345678
Periodo 01/01/2024 - 29/02/2024
Totale da pagare   € 88,40
Entro il 20/03/2024
bolletta fornitura
""",
        {"account": "123 456 789", "POD": "IT001E12345678", "totalCharges": "88.40"},
    ),
    "spain: a contract's reference, CUPS": (
        """
Iberdrola
Nº de factura: 21240301010123456
Referencia contrato suministro: 123456789
CUPS: ES 0021 0000 1234 5678 AB 1P
Periodo de facturación: 01/02/2024 - 29/02/2024
TOTAL IMPORTE FACTURA   61,20 €
IVA suministro
""",
        {"account": "123456789", "totalCharges": "61.20", "POD": "ES 0021 0000 1234 5678 AB 1P"},
    ),
    "belgium and the netherlands": (
        """
Eneco
Klantnummer: 12345678
Factuurnummer: 9000112233
EAN-code: 871687110001234567
Te betalen: € 140,22
BTW verbruik
""",
        {"account": "12345678", "totalCharges": "140.22", "POD": "871687110001234567"},
    ),
    "ireland": (
        """
Electric Ireland
Account Number        950 123 456
Invoice Number        1023456789
Date of Issue         12 Feb 24
Amount Due            €188.40
MPRN                  10 012 345 678
Dublin 2, Ireland
""",
        {"account": "950 123 456", "totalCharges": "188.40", "MPR": "10 012 345 678"},
    ),
    "an account on the slip only": (
        """
TOWN OF PINE HARBOR WATER DEPARTMENT
Total charges        41.20
----- RETURN THIS STUB WITH PAYMENT -----
Acct:  10-0445-00
Pay this amount   $41.20
PINE HARBOR, ME 04003
""",
        {"account": "10-0445-00", "totalCharges": "41.20"},
    ),
    "wireless: account with a dash, days without a year": (
        """
verizon
PO BOX 489 NEWARK, NJ 07101
Billing period: Oct 13 - Nov 12, 2022          Account: 123456789-00001
Bill date: November 12, 2022                   Invoice: 9876543210
Your Verizon Wireless bill is $166.20
Total:  $166.20       Due: December 4
Account charges       $166.20
""",
        {
            "account": "123456789-00001",
            "invoiceId": "9876543210",
            "startDate": "2022-10-13",
            "billDate": "2022-11-12",
            "issued": "2022-11-12",
        },
    ),
    "telephone: britain": (
        """
BT
Account number     GB 0123 4567
Bill number        Q 045 XY
Bill date          3 May 2024
Total before VAT   £41.00
VAT                £8.20
Total amount       £49.20
We'll take £49.20 by Direct Debit on or just after 14 May 2024
BT Broadband and Phone. Registered in England and Wales
""",
        {"account": "GB 0123 4567", "issued": "2024-05-03", "totalCharges": "49.20"},
    ),
    "canada: hydro": (
        """
Toronto Hydro
Account Number:                1234567890
Statement Date:                May 14, 2024
Service Address                12 CANAL ST TORONTO ON M5V 2T6
Meter Number    Reading From      Reading To       Days    Previous   Current    Usage kWh
10234567        Mar 12, 2024      May 10, 2024     59      10200      11021      821
Total Electricity Charges                          $110.20
H.S.T.                                             $14.33
Amount Due                                         $124.53
Due Date                                           Jun 3, 2024
""",
        {
            "account": "1234567890",
            "totalCharges": "124.53",
            "dueDate": "2024-06-03",
            "chargesUnits": "CAD",
            "meter": "10234567",
            "usage": "821",
            "usageUnits": "kWh",
        },
    ),
    "new zealand: ICP": (
        """
Southern Light Energy New Zealand
Customer number   500 123 456
ICP number        0001234567TR1A2
Invoice date      4 Apr 2024
Meter 210012345   1 Mar 2024 12001    31 Mar 2024 12511    510 kWh
GST number 12-345-678
Total amount due  $150.40
""",
        {"account": "500 123 456", "ICP": "0001234567TR1A2", "totalCharges": "150.40", "chargesUnits": "NZD"},
    ),
    "gas: readings, a factor and therms": (
        """
Piedmont Valley Gas
Account Number 4001-2345-678          Bill Date 02/08/2024
Service Address 4 MILL ST, CHARLOTTE, NC 28202
Meter Number    Previous Reading    Current Reading    CCF Used    BTU Factor    Therms Used
00123456        4410                4472               62          1.035         64
                01/06/2024          02/05/2024
Amount Due by 03/01/2024                               $98.14
""",
        {
            "account": "4001-2345-678",
            "meter": "00123456",
            "usage": "64",
            "usageUnits": "thm (US)",
            "totalCharges": "98.14",
            "dueDate": "2024-03-01",
        },
    ),
    "water: thousands of gallons": (
        """
Lake Elmore Water District
Acct No: 102-3340-00     Bill Date: 4/30/2024    Due: 5/20/2024
Service  Meter       Read Dates               Previous   Current   Usage (1,000 gal)
WATER    61200931    3/25/2024 - 4/24/2024    331        340       9
Amount Due                    $61.10
LAKE ELMORE, TX 75219
""",
        {
            "account": "102-3340-00",
            "meter": "61200931",
            "usage": "9",
            "usageUnits": "kgal (US)",
            "totalCharges": "61.10",
            "startDate": "2024-03-25",
        },
    ),
    "steam": (
        """
Harborside District Energy
Customer No. 77-4410        Invoice No. 2024-0412
Billing Period 03/01/2024 - 03/31/2024
Meter S-40021    Steam usage    412 Mlb
Invoice Total   $9,812.40
BALTIMORE, MD 21202
""",
        {
            "account": "77-4410",
            "invoiceId": "2024-0412",
            "startDate": "2024-03-01",
            "totalCharges": "9812.40",
            "usage": "412",
            "usageUnits": "mlb",
        },
    ),
    "australia: water by quarter": (
        """
Yarra Plains Water                     ABN 93 066 902 501
Account number   12 3456 7890          Invoice number  1234 5678 90123
Date of issue    4 Apr 2024
Amount due       $288.40               Due date  26 Apr 2024
Meter number   Current reading   Previous reading   Usage (kL)
YAT012345      412               381                31
2 Jan 2024 - 2 Apr 2024
""",
        {
            "account": "12 3456 7890",
            "meter": "YAT012345",
            "usage": "31",
            "usageUnits": "kL",
            "totalCharges": "288.40",
            "dueDate": "2024-04-26",
        },
    ),
    "germany: two registers in a sentence of rows": (
        """
Energieversorgung Nordtal GmbH
Kundennummer 1002345678   Rechnungsnummer 8001122
Rechnung vom 12.03.2024
Zähler-Nr. 1ESY1161123456
Zählerstand alt 10.210   Zählerstand neu 12.622   Verbrauch 2.412 kWh
Zeitraum 01.01.2023 bis 31.12.2023
Rechnungsbetrag (brutto)           912,40 EUR
Ihre geleisteten Abschläge         840,00 EUR
Nachzahlung                        72,40 EUR
""",
        {
            "account": "1002345678",
            "meter": "1ESY1161123456",
            "usage": "2412",
            "totalCharges": "72.40",
            "currentCharges": "912.40",
            "billDate": "2023-12-31",
            "chargesUnits": "EUR",
        },
    ),
    "france: hours full and hollow": (
        """
Lumière du Midi
N° de client : 1 234 567 890          Facture n° 40 012 345
du 04/03/2024
Référence Acheminement (PDL) : 14 512 345 678 901
Période de consommation du 02/01/2024 au 01/03/2024
Consommation totale 1 204 kWh
Total TTC 214,40 €
À régler avant le 25/03/2024
TVA
""",
        {
            "account": "1 234 567 890",
            "usage": "1204",
            "startDate": "2024-01-02",
            "billDate": "2024-03-01",
            "totalCharges": "214.40",
            "dueDate": "2024-03-25",
        },
    ),
    "electric: duke's rows": (
        """
Duchess Energy
Account number        9100 1234 5678
Bill date Feb 6, 2024
For service Jan 5 - Feb 5     31 days
Previous Amount Due                 $140.11
Payment Received Jan 26              140.11-
Current Electric Charges             151.20
Taxes                                 10.58
Total Amount Due Feb 29             $161.78
Electric meter - 330012345 (Standard)
Actual reading on Feb 5     41210
Previous reading on Jan 5   40010
Energy used                 1,200 kWh
CHARLOTTE, NC 28201
""",
        {
            "account": "9100 1234 5678",
            "totalCharges": "161.78",
            "usage": "1200",
            "meter": "330012345",
            "startDate": "2024-01-05",
            "billDate": "2024-02-05",
            "issued": "2024-02-06",
        },
    ),
    "electric: a supply and a delivery part": (
        """
Eversource
Account Number: 5112 345 6789           Statement Date: 03/08/24
Service Provided To:  JANE DOE          Service Account: 980012345
4 MILL ST HARTFORD CT 06103
Total Amount Due by 04/05/24            $212.10
Amount Due On 02/28/24                  $180.20
Last Payment Received On 02/26/24      -$180.20
Balance Forward                           $0.00
Total Current Charges                   $212.10
Service from 02/06/24 - 03/07/24  30 Days   Meter Number: 891234567
Current Read (Actual)  21402
Previous Read (Actual) 20788
Current Usage          614 kWh
""",
        {
            "account": "5112 345 6789",
            "meter": "891234567",
            "usage": "614",
            "startDate": "2024-02-06",
            "billDate": "2024-03-07",
            "issued": "2024-03-08",
            "dueDate": "2024-04-05",
            "totalCharges": "212.10",
        },
    ),
    "no account at all": (
        """
Northwick Power Company
Invoice Number    55512345
Telephone         555-013-2200
Amount due        $41.20
PINE HARBOR, ME 04003
""",
        {"account": None, "invoiceId": "55512345", "totalCharges": "41.20"},
    ),
    "only a payment reference": (
        """
Redgum Water Pty Ltd ABN 33 071 052 287
Biller Code: 12345
Ref: 1234 5678 901
Amount due   $41.20
""",
        {"account": None, "totalCharges": "41.20"},
    ),
}


def read(text: str) -> bill.Reading:
    paper = Paper((792, 792))
    paper.page()
    for place, line in enumerate(text.splitlines()):
        at = 0
        for part in line.split("  "):
            if part.strip():
                column = at + len(part) - len(part.lstrip())
                paper.put(30 + 5.4 * column, 40 + 12 * place, part.strip(), 9, MONO)
            at += len(part) + 2
    document = pdfium.PdfDocument(paper.data())
    try:
        return bill.read([page_words(page, ocr="never") for page in document])
    finally:
        document.close()


def told(reading: bill.Reading, name: str) -> Any:
    if name in ("usage", "usageUnits"):
        return reading.document["usageData"][0][name] if reading.document["usageData"] else None
    if name == "meter":
        name = "METER"
    if name in ("account", "issued"):
        return reading.facts[name]
    if name.isupper():
        entries = reading.document["usageData"]
        return next((i["value"] for one in entries for i in one["identifiers"] if i["name"] == name), None)
    return reading.document[name]


@pytest.mark.parametrize("form", FORMS)
def test_fields_are_found_under_the_names_of(form: str) -> None:
    text, expected = FORMS[form]
    reading = read(text)
    found = {name: told(reading, name) for name in expected}
    assert {n: _plain(n, v) for n, v in found.items()} == {n: _plain(n, v) for n, v in expected.items()}


def _plain(name: str, value: Any) -> Any:
    grouped = name == "account" or name == "invoiceId" or name.isupper()
    return account.normal(value) if grouped and value else value

"""More utilities' ways to name and place their fields, written before any of them was read; figures invented."""

from __future__ import annotations

import pytest

from tests.unit.systems.bills.test_named import _plain, read, told

FORMS: dict[str, tuple[str, dict[str, str | None]]] = {
    "budget plan": (
        """
DOMINION VALLEY ENERGY                                 Bill Date: Mar 4, 2026
Customer Bill                                          Account No. 210 0412 8837 5
Service at: 88 ORCHARD LN, RICHMOND VA 23220
Budget Billing Summary
Actual charges for this period             $212.44
Budget plan amount                         $165.00
Accumulated budget difference              $47.44
Previous balance                           $165.00
Payment received Feb 20 - Thank you       -$165.00
Total amount due by Mar 26, 2026           $165.00
Electric usage Jan 31 - Mar 2, 2026 (30 days)
Meter 0088127743      Reading 03/02  41,220    Reading 01/31  40,106    1,114 kWh
""",
        {
            "utilityCompany": "DOMINION VALLEY ENERGY",
            "account": "210 0412 8837 5",
            "issued": "2026-03-04",
            "dueDate": "2026-03-26",
            "totalCharges": "165.00",
            "startDate": "2026-01-31",
            "billDate": "2026-03-02",
            "usage": "1114",
        },
    ),
    "credit balance UK": (
        """
OVO Energy                               Your account number 41882207
                                         Statement date 13 April 2026
Electricity statement for 12 Mar – 11 Apr 2026
Your opening balance                          £84.20 in credit
Your electricity charges                      £61.75
Your payments                                 £70.00
Your closing balance                          £92.45 in credit
You don't need to do anything, you pay by Direct Debit.
Supply number  S 03 801 902  19 0012 3344 556
Meter number 21E5541102
Opening read 11 Mar   20418 (smart)
Closing read 11 Apr   20611 (smart)
Units used 193 kWh @ 24.50p per kWh        £47.29
Standing charge 31 days @ 37.20p           £11.53
""",
        {
            "utilityCompany": "OVO Energy",
            "account": "41882207",
            "issued": "2026-04-13",
            "startDate": "2026-03-12",
            "billDate": "2026-04-11",
            "usage": "193",
            "meter": "21E5541102",
        },
    ),
    "autopay verizon": (
        """
verizon                                                Billing period   Feb 11, 2026 to Mar 10, 2026
                                                       Account number   842556123-00001
                                                       Invoice number   6102294415
Your bill
Balance from last bill                     $142.18
Payment - Thank You                       -$142.18
This month's charges                       $145.02
Total due on Apr 2                         $145.02
Auto Pay is set for Apr 2. Bill date March 10, 2026
Bill summary by line
""",
        {
            "utilityCompany": "verizon",
            "account": "842556123-00001",
            "invoiceId": "6102294415",
            "issued": "2026-03-10",
            "startDate": "2026-02-11",
            "billDate": "2026-03-10",
            "totalCharges": "145.02",
        },
    ),
    "waste wm": (
        """
WM                                                 INVOICE
Waste Management of Colorado                       Customer ID:          12-66120-33008
PO Box 4648                                        Customer Name:        RIVERBEND MILLS
Carol Stream, IL 60197                             Service Period:       03/01/26-03/31/26
                                                   Invoice Date:         02/25/2026
                                                   Invoice Number:       0771234-2517-4
Your Payment is Due        Your Total Due
Mar 27, 2026               $412.60
If payment is received after 03/27/2026: $ 422.92
Previous Balance    Payments    Adjustments    Current Charges    Total Due
388.10              (388.10)    0.00           412.60             $412.60
""",
        {
            "account": "12-66120-33008",
            "invoiceId": "0771234-2517-4",
            "issued": "2026-02-25",
            "dueDate": "2026-03-27",
            "startDate": "2026-03-01",
            "billDate": "2026-03-31",
            "totalCharges": "412.60",
        },
    ),
    "agl": (
        """
AGL                                            Electricity account
Account number      7012 3345          Issue date     4 May 2026
Supply address: 14 Wattle Pde, Newtown NSW 2042
NMI: 4103448812
Bill period: 31 Jan 2026 to 1 May 2026 (91 days)
Previous balance        $356.20
Payment received        $356.20cr
New charges             $398.44
Total due               $398.44
Due date                22 May 2026
Usage and supply charges    Units           Price          Amount
Peak                        412.331 kWh     $0.4103        $169.18
Off peak                    610.220 kWh     $0.2250        $137.30
Supply charge               91 days         $1.0110        $92.00
Meter number 500127765
Total usage 1022.551 kWh
""",
        {
            "utilityCompany": "AGL",
            "account": "7012 3345",
            "issued": "2026-05-04",
            "dueDate": "2026-05-22",
            "totalCharges": "398.44",
            "usage": "1022.551",
            "NMI": "4103448812",
            "startDate": "2026-01-31",
        },
    ),
    "sydney": (
        """
Sydney Water                                       Account number    3812 774
For service to: 9 Canal St, Newtown NSW 2042       Issue date        12 May 2026
                                                   Payment number    3812 774 0001
Total amount due   $262.18          Pay by   2 June 2026
Last bill    $244.10      Payments    -$244.10     Current charges   $262.18
Your water usage   4 Feb 2026 - 6 May 2026
Meter reading     Previous 1022      Current 1068      Usage 46 kL
Meter number VABC3312
""",
        {
            "utilityCompany": "Sydney Water",
            "account": "3812 774",
            "issued": "2026-05-12",
            "dueDate": "2026-06-02",
            "totalCharges": "262.18",
            "usage": "46",
            "usageUnits": "kL",
            "startDate": "2026-02-04",
        },
    ),
    "thames unmeasured": (
        """
Thames Water                                        Your account number   9001 2233 445
                                                    Bill date   3 March 2026
Your bill for 1 April 2026 to 31 March 2027
Water rates 12 Mill Lane, Reading RG1 8DB
Rateable value 214
Water: 214 x 78.12p + fixed charge £41.22            £208.40
Wastewater: 214 x 55.20p + fixed charge £59.10       £177.23
Your total charges                                   £385.63
Please pay £385.63 by 1 April 2026
""",
        {
            "utilityCompany": "Thames Water",
            "account": "9001 2233 445",
            "issued": "2026-03-03",
            "startDate": "2026-04-01",
            "billDate": "2027-03-31",
            "totalCharges": "385.63",
            "usage": None,
        },
    ),
    "xcel": (
        """
Xcel Energy                  MAILING ADDRESS          ACCOUNT NUMBER         DUE DATE
                             JANE DOE                 53-0011223344-5        04/14/2026
SERVICE ADDRESS              12 BIRCH ST              STATEMENT NUMBER   STATEMENT DATE   AMOUNT DUE
12 BIRCH ST                  DENVER CO 80202          871203344          03/24/2026       $188.02
DENVER CO 80202
SUMMARY OF CURRENT CHARGES (detailed charges begin on page 2)
Electricity Service    02/20/26 - 03/22/26     612 kWh        $101.22
Natural Gas Service    02/20/26 - 03/22/26      88 therms      $86.80
Current Charges                                               $188.02
ACCOUNT BALANCE
Previous Balance       As of 02/20         $201.10
Payment Received       Check 03/10        -$201.10 CR
Balance Forward                              $0.00
Current Charges                            $188.02
Amount Due                                 $188.02
""",
        {
            "utilityCompany": "Xcel Energy",
            "account": "53-0011223344-5",
            "invoiceId": "871203344",
            "issued": "2026-03-24",
            "dueDate": "2026-04-14",
            "totalCharges": "188.02",
            "startDate": "2026-02-20",
            "billDate": "2026-03-22",
        },
    ),
    "eon": (
        """
E.ON Next                                  Account number: A-7F22B81C
                                           Bill date: 14 Apr 2026     Bill number: 20811934
Your energy bill          1 January 2026 – 31 March 2026
Balance from your last bill        £12.40 debit
You paid                          £240.00
Charges for this period            £263.11
Your balance now                    £35.51 debit
Gas used: m3 112 x 1.02264 x 39.3 CV / 3.6 = 1250.4 kWh
Meter serial no. G4A01234567801   Previous 4410 (A)   Latest 4522 (A)
MPRN 7712300456
""",
        {
            "utilityCompany": "E.ON Next",
            "account": "A-7F22B81C",
            "invoiceId": "20811934",
            "issued": "2026-04-14",
            "startDate": "2026-01-01",
            "billDate": "2026-03-31",
            "totalCharges": "35.51",
            "usage": "1250.4",
            "usageUnits": "kWh",
        },
    ),
    "city muni": (
        """
CITY OF LAKEWOOD UTILITIES               BILLING DATE 03/05/2026
500 LAKEWOOD BLVD                        ACCOUNT # 0041-22310-003
                                         DUE DATE 03/25/2026
SERVICE ADDRESS 77 ELM ST
READ DATES 01/28/26 TO 02/27/26    DAYS 30
SERVICE     PRESENT     PREVIOUS     CONSUMPTION     CHARGES
WATER       2210        2198         12 HCF          54.10
SEWER                                                48.20
REFUSE                                               31.00
CURRENT CHARGES                                      133.30
PAST DUE                                             0.00
TOTAL AMOUNT DUE                                     $133.30
AMOUNT AFTER DUE DATE                                $146.63
""",
        {
            "utilityCompany": "City of Lakewood Utilities",
            "account": "0041-22310-003",
            "issued": "2026-03-05",
            "dueDate": "2026-03-25",
            "totalCharges": "133.30",
            "usage": "12",
            "usageUnits": "HCF",
            "startDate": "2026-01-28",
        },
    ),
    "origin gas": (
        """
Origin                                     Tax invoice 700 112 334
Natural gas account                        Account number 300 044 558 812
Issued 18 June 2026                        Amount due  $174.05     by 6 July 2026
Bill for 14 Mar 2026 to 12 Jun 2026 (91 days)
MIRN 5330114478     Your meter number 12AB3344
Start read 3,180    End read 3,291    Units 111 m³   Heating value 38.1   Pressure factor 1.0109   4,275.4 MJ
Total gas usage 4,275.4 MJ
""",
        {
            "utilityCompany": "Origin",
            "account": "300 044 558 812",
            "issued": "2026-06-18",
            "dueDate": "2026-07-06",
            "totalCharges": "174.05",
            "usage": "4275.4",
            "usageUnits": "MJ",
            "startDate": "2026-03-14",
        },
    ),
    "estimated payable": (
        """
Edward Valley Gas Co.
Make checks payable to: Edward Valley Gas Co.
Acct: 55123-99801      Cust: 88120
Billed: 4/9/26         Net Due: $77.14      Due: 4/28/26     Gross after due date: $81.00
Rate: RES-1
From 3/7/26 To 4/6/26   Prev 8810 A   Pres 8862 E   CCF 52   BTU factor 1.031   Therms 53.6
""",
        {
            "utilityCompany": "Edward Valley Gas Co.",
            "account": "55123-99801",
            "issued": "2026-04-09",
            "dueDate": "2026-04-28",
            "totalCharges": "77.14",
            "startDate": "2026-03-07",
            "billDate": "2026-04-06",
        },
    ),
    "coned": (
        """
conEdison                              Billing summary as of Jun 12, 2026
Account number: 41-0022-1177-0005-4    Your next meter reading date: Jul 13, 2026
Service for: 310 W 52 ST, NEW YORK NY 10019
Billing period: May 11, 2026 to Jun 10, 2026
Total charges from your last bill      $98.11
Payments through Jun 1, thank you     -$98.11
Remaining balance                      None
Your new charges - details start on page 2
Billing period: May 11, 2026 to Jun 10, 2026
Electricity charges - for 30 days     $121.40
Total new charges                     $121.40
Total amount due                      $121.40
Payment is due upon receipt of this bill, but to avoid late charges pay by Jul 6, 2026
Your electric rate: EL1 Residential or Religious
Meter # 002281190  New reading 40118 Actual  Prior reading 39720 Actual  Reading diff 398  Meter Multiplier 1  Total Usage 398 kWh
""",
        {
            "account": "41-0022-1177-0005-4",
            "startDate": "2026-05-11",
            "billDate": "2026-06-10",
            "totalCharges": "121.40",
            "dueDate": "2026-07-06",
            "usage": "398",
            "currentCharges": "121.40",
        },
    ),
    "ngrid gas": (
        """
nationalgrid                     BILLING PERIOD                      PAGE 1 OF 2
                                 Mar 3, 2026 to Apr 2, 2026
ACCOUNT NUMBER                   PLEASE PAY BY                       AMOUNT DUE
44120-88310                      Apr 28, 2026                        $ 206.33
SERVICE FOR                      DATE BILL ISSUED  Apr 4, 2026
JANE DOE
9 FERN ST, ALBANY NY 12203
Previous Balance                          188.20
Payment Received on MAR 20 (Check)      - 188.20
Current Charges                         + 206.33
Amount Due                         $      206.33
METER NUMBER 01220938     NEXT SCHEDULED READ DATE ON OR ABOUT May 4
Service Period    No. of days    Current Reading    Previous Reading    Measured CCF    Therm Factor    Therms Used
Mar 3 - Apr 2     30             7712 Actual        7560 Actual         152             1.03120         157
""",
        {
            "account": "44120-88310",
            "issued": "2026-04-04",
            "dueDate": "2026-04-28",
            "totalCharges": "206.33",
            "startDate": "2026-03-03",
            "billDate": "2026-04-02",
            "previousCloseBalance": "188.20",
            "usage": "157",
            "usageUnits": "thm (US)",
        },
    ),
    "edf uk": (
        """
EDF                                          Your account number     6712 0033 4481
                                             Bill date               9 May 2026
                                             Bill number             KI-0091B822-0004
Hello Mrs Doe, here's your electricity and gas bill
For the period 8 Feb 2026 to 7 May 2026
What was your balance?           -£120.55
What you've paid us               £180.00
What you've used                  £301.20
Your new balance                  £0.65 to pay
We'll collect your Direct Debit on 21 May 2026
Electricity   Meter number 19L3344120   7 May 12,100  (Actual)   8 Feb 11,480 (Actual)   620 kWh used
""",
        {
            "utilityCompany": "EDF",
            "account": "6712 0033 4481",
            "invoiceId": "KI-0091B822-0004",
            "issued": "2026-05-09",
            "startDate": "2026-02-08",
            "billDate": "2026-05-07",
            "usage": "620",
        },
    ),
    "telstra": (
        """
Telstra                                       Your bill
Account number   2000 4411 8872               Bill number   T 311 002 119-8
Issue date   2 Apr 2026
Total due   $89.00         Due date   20 Apr 2026
Last bill    $89.00     Payments received   $89.00 CR     Balance  $0.00
New charges  $89.00 (incl. GST $8.09)
Upfront Mobile Plan 2 Apr - 1 May 2026   0412 555 018   $89.00
Telstra Limited ABN 64 086 174 781
""",
        {
            "utilityCompany": "Telstra",
            "account": "2000 4411 8872",
            "issued": "2026-04-02",
            "dueDate": "2026-04-20",
            "totalCharges": "89.00",
            "startDate": "2026-04-02",
            "billDate": "2026-05-01",
            "usage": None,
        },
    ),
    "comcast": (
        """
Xfinity                       Account Number: 8155 30 040 0112233     Bill Date: Mar 18, 2026
Services From: Mar 22, 2026 to Apr 21, 2026
Hello Jane Doe, thanks for choosing Xfinity from Comcast.
Your bill at a glance
For 18 HOLLY RD, LANSING, MI, 48910
Previous balance                        $95.13
EFT Payment - thank you   Mar 09       -$95.13
Balance forward                         $0.00
Regular monthly charges   Page 3        $90.00
Taxes, fees and other charges  Page 3   $5.40
New charges                             $95.40
Amount due Apr 08, 2026                 $95.40
""",
        {
            "account": "8155 30 040 0112233",
            "issued": "2026-03-18",
            "dueDate": "2026-04-08",
            "startDate": "2026-03-22",
            "billDate": "2026-04-21",
            "totalCharges": "95.40",
            "currentCharges": "95.40",
            "afterPreviousTotalPayment": "95.13",
        },
    ),
    "water district tiers": (
        """
EAST MESA MUNICIPAL WATER DISTRICT
P.O. Box 830, San Marcos, CA 92079   www.emmwd.example
Customer Number: 300114    Account Number: 17-4402.01     Bill Date: 04/02/26
Service Address: 4410 SAGE CT      Service Period: 02/01/26 - 03/31/26     Days: 59
Meter ID    Size   Previous Read   Current Read   Usage (HCF)
70118234    3/4"   1841            1883           42
Tier 1  20 HCF @ $3.11     $62.20
Tier 2  22 HCF @ $4.02     $88.44
Bi-monthly meter charge    $61.10
Total Current Charges     $211.74
Prior Balance  $198.20    Payments  -$198.20
AMOUNT DUE BY 04/24/26    $211.74
""",
        {
            "utilityCompany": "East Mesa Municipal Water District",
            "account": "17-4402.01",
            "issued": "2026-04-02",
            "dueDate": "2026-04-24",
            "totalCharges": "211.74",
            "usage": "42",
            "usageUnits": "HCF",
            "meter": "70118234",
            "startDate": "2026-02-01",
            "billDate": "2026-03-31",
        },
    ),
    "propane": (
        """
Hilltop Propane & Oil, Inc.                      INVOICE
Account No. 20-4481        Invoice No. 771203      Invoice Date 02/11/2026
Delivered to: 55 RIDGE RD, KEENE NH 03431
Product        Gallons     Price/Gal     Amount
PROPANE        182.4       $3.099        $565.26
Hazmat fee                               $12.99
Total due      $578.25     Terms: due 03/13/2026
""",
        {
            "utilityCompany": "Hilltop Propane & Oil, Inc.",
            "account": "20-4481",
            "invoiceId": "771203",
            "issued": "2026-02-11",
            "totalCharges": "578.25",
        },
    ),
    "fpl": (
        """
FPL                                 Electric Bill Statement
For: Feb 9, 2026 to Mar 11, 2026 (30 days)
Statement Date: Mar 11, 2026
Account Number: 44120-99310
Service Address: 810 PALM WAY, MIAMI FL 33155
CURRENT BILL   $141.77    TOTAL AMOUNT YOU OWE    Apr 1, 2026  NEW CHARGES DUE BY
Amount of your last bill              138.02
Payments received                    -138.02
Balance before new charges              0.00
Total new charges                     141.77
Total amount you owe                 $141.77
METER SUMMARY   Meter reading - Meter ACD4410   Next meter reading Apr 10, 2026.
Usage Type       Current  -  Previous  =  Usage
kWh used         88120       87010        1110
""",
        {
            "utilityCompany": "FPL",
            "account": "44120-99310",
            "issued": "2026-03-11",
            "totalCharges": "141.77",
            "startDate": "2026-02-09",
            "billDate": "2026-03-11",
            "usage": "1110",
            "currentCharges": "141.77",
        },
    ),
    "kva demand": (
        """
Energex Business Power Pty Ltd        Tax invoice 40012233
Account number 8800 1122              Issued 07/05/2026    Due 21/05/2026
Site address: 4 Foundry Rd, Toowoomba QLD 4350    NMI 3051229984
Billing period 01/04/2026 to 30/04/2026
Peak energy        41,200.5 kWh    $0.1133    $4,668.02
Off-peak energy    20,110.2 kWh    $0.0801    $1,610.83
Capacity demand    212 kVA         $11.20     $2,374.40
Power factor 0.93
Total ex GST  $8,653.25     GST $865.33     Total inc GST  $9,518.58
Total amount payable  $9,518.58
""",
        {
            "account": "8800 1122",
            "invoiceId": "40012233",
            "issued": "2026-05-07",
            "dueDate": "2026-05-21",
            "totalCharges": "9518.58",
            "usage": "61310.7",
            "startDate": "2026-04-01",
            "billDate": "2026-04-30",
            "NMI": "3051229984",
        },
    ),
    "at&t": (
        """
AT&T                                    Page: 1 of 3
JANE DOE                                Bill cycle date: Mar 12, 2026 - Apr 11, 2026
18 HOLLY RD                             Account: 287300112233
LANSING, MI 48910                       Foundation account: 00110022
                                        Invoice: 287300112233X04192026
Total due      $112.08
Please pay by: May 06, 2026
Last bill $112.08     Payment, Mar 30 - Thank you! -$112.08    Remaining balance $0.00
Wireless $112.08
""",
        {
            "utilityCompany": "AT&T",
            "account": "287300112233",
            "dueDate": "2026-05-06",
            "totalCharges": "112.08",
            "startDate": "2026-03-12",
            "billDate": "2026-04-11",
        },
    ),
    "pseg": (
        """
PSE&G                                     BILL DATE: May 6, 2026
Customer name: JOHN DOE                   Account number: 74 220 118 09
Service address: 21 Ridge Ave, Newark NJ 07106
For the period: April 4, 2026 to May 4, 2026
Balance remaining from last bill           $0.00
Delivery charges                          $61.20
Supply charges                            $88.41
Total amount due by May 21, 2026         $149.61
Meter # 212440981
Actual reading May 4        30112
Actual reading Apr 4        29644
Difference                    468
Total kWh used                468
""",
        {
            "utilityCompany": "PSE&G",
            "account": "74 220 118 09",
            "issued": "2026-05-06",
            "dueDate": "2026-05-21",
            "totalCharges": "149.61",
            "usage": "468",
            "startDate": "2026-04-04",
            "billDate": "2026-05-04",
            "meter": "212440981",
        },
    ),
    "georgia power": (
        """
Georgia Power                    Please Pay By       Total Due
                                 Apr 20, 2026        $133.08
Account Number 04431-22011       Statement Date Mar 30, 2026
Service Address  90 PEACH ST, MACON GA 31201
Service Period  Feb 25, 2026 - Mar 27, 2026
Previous Balance   $120.10    Payments Received   -$120.10    Current Charges   $133.08
Meter Number   Current Reading   Previous Reading   kWh Usage   Service Days
R4412008       61120             60134              986         30
""",
        {
            "utilityCompany": "Georgia Power",
            "account": "04431-22011",
            "issued": "2026-03-30",
            "dueDate": "2026-04-20",
            "totalCharges": "133.08",
            "usage": "986",
            "meter": "R4412008",
            "startDate": "2026-02-25",
        },
    ),
    "scottishpower": (
        """
ScottishPower                                  Customer account   710 022 3344
Your energy statement                          Statement date     2nd May 2026
                                               Statement number   0022
1st Feb 2026 to 30th Apr 2026
Balance at last statement                      £44.10 CR
Payments received                              £270.00 CR
Energy charges this period (inc VAT)           £290.55
Balance at 30th Apr 2026                       £23.55 CR
MPAN 18 0012 4456 789     Meter serial S88E11203
Feb 1st 10220 E   Apr 30th 10910 A    690 kWh
""",
        {
            "utilityCompany": "ScottishPower",
            "account": "710 022 3344",
            "issued": "2026-05-02",
            "startDate": "2026-02-01",
            "billDate": "2026-04-30",
            "currentCharges": "290.55",
            "meter": "S88E11203",
        },
    ),
    "enel": (
        """
Enel Energia S.p.A.
Bolletta per la fornitura di energia elettrica
Numero cliente 881 220 334         Fattura n. 4412009981 del 08/05/2026
POD IT001E44120981
Periodo: 01/03/2026 - 30/04/2026
Totale da pagare  € 142,18      entro il 28/05/2026
Consumo totale fatturato 412 kWh
""",
        {
            "utilityCompany": "Enel Energia S.p.A.",
            "account": "881 220 334",
            "startDate": "2026-03-01",
            "billDate": "2026-04-30",
            "dueDate": "2026-05-28",
            "totalCharges": "142.18",
            "usage": "412",
            "POD": "IT001E44120981",
        },
    ),
    "edf fr": (
        """
EDF                                   Facture du 12/05/2026
Vos références   N° client : 6 001 223 344     N° compte : 1 - 2B3 - 4471
Facture n° 10 220 441 887
Lieu de consommation : 12 rue Alder, 69003 LYON
Montant total à payer (TTC)     96,40 €     Prélevé le 27/05/2026
Période du 10/03/2026 au 09/05/2026
Consommation 391 kWh
Point de livraison 19412200331188
""",
        {
            "utilityCompany": "EDF",
            "startDate": "2026-03-10",
            "billDate": "2026-05-09",
            "totalCharges": "96.40",
            "usage": "391",
            "POD": "19412200331188",
        },
    ),
    "iberdrola": (
        """
Iberdrola Clientes, S.A.U.
FACTURA DE ELECTRICIDAD
Nº de factura: 21260512010044112     Fecha de emisión: 12/05/2026
Periodo de facturación: 08/04/2026 - 07/05/2026
Referencia contrato: 881220334       CUPS: ES 0021 0000 1122 3344 AB
TOTAL IMPORTE FACTURA            61,77 €
Fecha de cargo: 19/05/2026
Consumo total de esta factura: 214 kWh
""",
        {
            "account": "881220334",
            "issued": "2026-05-12",
            "dueDate": "2026-05-19",
            "totalCharges": "61.77",
            "usage": "214",
            "startDate": "2026-04-08",
        },
    ),
    "yarra valley": (
        """
Yarra Valley Water                        Account number      45 0022 3344
ABN 93 066 902 501                        Invoice number      4511 2233 44556
Residential bill                          Date issued         5 May 2026
Water and sewage for 12 Canal Rd, Geelong VIC 3220
TOTAL DUE  $241.90        DUE DATE 26 May 2026
Previous bill  $230.10     Payments received  $230.10 cr     Balance  $0.00
This bill  $241.90
Meter number   Current reading   Previous reading   Usage (kL)
YATD0011223    1088              1041               47
Period 30 Jan 2026 - 30 Apr 2026
""",
        {
            "utilityCompany": "Yarra Valley Water",
            "account": "45 0022 3344",
            "issued": "2026-05-05",
            "dueDate": "2026-05-26",
            "totalCharges": "241.90",
            "usage": "47",
            "usageUnits": "kL",
            "meter": "YATD0011223",
            "startDate": "2026-01-30",
        },
    ),
    "eon de": (
        """
E.ON Energie Deutschland GmbH
Ihre Stromrechnung                      Rechnungsdatum 14.05.2026
Vertragskonto 224 011 889 330           Rechnungsnummer 881 220 334 001
Abrechnungszeitraum 01.05.2025 - 30.04.2026
Zählernummer 1EMH0012233445
Zählerstand alt 10.220     Zählerstand neu 13.410     Verbrauch 3.190 kWh
Bruttobetrag 1.022,40 €
abzüglich geleistete Abschläge 960,00 €
Nachzahlung 62,40 €     fällig am 02.06.2026
""",
        {
            "account": "224 011 889 330",
            "issued": "2026-05-14",
            "dueDate": "2026-06-02",
            "totalCharges": "62.40",
            "usage": "3190",
            "meter": "1EMH0012233445",
            "startDate": "2025-05-01",
            "billDate": "2026-04-30",
        },
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_fields_are_found_as_printed_by(form: str) -> None:
    text, expected = FORMS[form]
    reading = read(text)
    found = {name: _plain(name, told(reading, name)) for name in expected}
    assert _folded(found) == _folded({name: _plain(name, value) for name, value in expected.items()})


def _folded(values: dict[str, str | None]) -> dict[str, str | None]:
    """A name may be told as it is printed elsewhere, not all in capitals."""
    return {
        name: value.lower() if name == "utilityCompany" and value else value for name, value in values.items()
    }

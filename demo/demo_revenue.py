"""What the demo sends through the revenue desk: one CSV file of 200,000 rows, some of them known to be bad.

As a client of the original API would: log in, upload, poll the status, fetch the failures. Each failure is
compared by its row and message, not only by number.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

ROWS = 200_000
SITE = "demo-shop"
_HEAD = (
    "RevenueClosedDate,CurrencyCode,Value,RaId,EmailAddress,Label,Label,Reference,AdditionalDataProperties\n"
)
# What is wrong with each row whose number is a multiple of it (the first that is), and what must be said of it.
_FLAWS: tuple[tuple[int, str, str, str], ...] = (
    (1009, "email", "", "At least one visitor identifier must be provided."),
    (997, "value", "12x", "'Value' must be a valid number."),
    (499, "date", "2024-02-30", "'RevenueClosedDate' must be a valid ISO 8601 date."),
    (307, "currency", "gbp", "'CurrencyCode' must be a valid ISO 4217 currency code."),
    (211, "reference", "INV-0000001", "'Reference' must be unique."),
    (101, "properties", "Source=Web", "'AdditionalDataProperties' is not in the correct format."),
)


class Server(Protocol):
    @property
    def url(self) -> str: ...

    @property
    def key(self) -> str: ...


@dataclass(frozen=True)
class Work:
    """bad: row number -> message, of every row that must fail."""

    file: Path
    bad: Mapping[int, str]

    @property
    def documents(self) -> int:
        return 1

    @property
    def expected(self) -> Mapping[str, int]:
        return {
            "partial": 1,
            "rows": ROWS,
            "rows stored": ROWS - len(self.bad),
            "rows failed": len(self.bad),
            "otherwise than known": 0,
        }

    def send(self, server: Server, show: Callable[[int, str], None]) -> Mapping[str, int]:
        with httpx.Client(base_url=server.url, timeout=120) as http:
            login = http.post("/v1/login", data={"username": "demo", "password": server.key})
            http.headers["Authorization"] = f"Bearer {login.raise_for_status().json()['access_token']}"
            with self.file.open("rb") as file:
                sent = http.post(
                    f"/v1/{SITE}/revenue/batch", files={"file": ("revenue.csv", file, "text/csv")}
                )
            job = sent.raise_for_status().json()["jobId"]
            while (status := http.get(f"/v1/{SITE}/batch/{job}/status").json())["completedDateTime"] is None:
                show(0, f"{status['processedRows']} of {status['totalRows']} rows")
                time.sleep(0.2)
            failures = http.get(f"/v1/{SITE}/batch/{job}/failures", params={"format": "json"}).json()
        told = {failure["rowNumber"]: failure["errorMessage"] for failure in failures}
        otherwise = {row for row in told.keys() | self.bad.keys() if told.get(row) != self.bad.get(row)}
        return Counter(
            {
                "documents": 1,
                "partial": int(status["status"] == "partialcomplete"),
                "succeeded": int(status["status"] == "complete"),
                "failed": int(status["status"] == "failed"),
                "rows": status["totalRows"],
                "rows stored": status["successCount"],
                "rows failed": status["failureCount"],
                "otherwise than known": len(otherwise),
            }
        )


def make(folder: Path) -> Work:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "revenue.csv"
    bad: dict[int, str] = {}
    with path.open("w", newline="") as file:
        file.write(_HEAD)
        for row in range(1, ROWS + 1):
            cells = {
                "date": f"2024-{row % 12 + 1:02}-{row % 28 + 1:02}",
                "currency": ("GBP", "EUR", "USD")[row % 3],
                "value": f"{row % 5000}.{row % 100:02}",
                "email": f"visitor{row % 40_000}@example.org",
                "reference": f"INV-{row:07}",
                "properties": "Name=Source,Value=Google;Name=Campaign,Value=Spring",
            }
            flaw = next((flaw for flaw in _FLAWS if row % flaw[0] == 0), None)
            if flaw is not None:
                cells[flaw[1]], bad[row] = flaw[2], flaw[3]
            date, currency, value, email, reference, properties = cells.values()
            file.write(f'{date},{currency},{value},,{email},Deal,Inbound,{reference},"{properties}"\n')
    return Work(path, bad)

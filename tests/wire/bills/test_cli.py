"""`postroom bills`: companies and sites made at the terminal are those of the API."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.wire.bills.conftest import Office
from tests.wire.bills.office import Client


def _run(office: Office, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "postroom.cli", "bills", *words],
        env=office.environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )


def test_companies_and_sites_are_made_listed_and_switched(client: Client, office: Office) -> None:
    account = client.get(f"/company/{client.company}")["users"][0]
    made = _run(office, "company", "create", "By hand", "--account", account).stdout.strip()
    site = _run(office, "site", "create", made, "Mill", "--address", "1 Mill Lane").stdout.strip()
    company = client.get(f"/company/{made}")
    assert (company["name"], [one["id"] for one in company["sites"]]) == ("By hand", [site])
    listed = json.loads(_run(office, "site", "list", made, "--json").stdout)
    assert [(one["id"], one["address"]) for one in listed] == [(site, "1 Mill Lane")]
    assert _run(office, "company", "deactivate", made).returncode == 0
    (row,) = [
        one for one in json.loads(_run(office, "company", "list", "--json").stdout) if one["id"] == made
    ]
    assert (row["account"], row["active"], row["sites"], row["bills"]) == (account, False, 1, 0)
    wrong = _run(office, "site", "create", "nobody", "Mill")
    assert (wrong.returncode, "no id of a company" in wrong.stderr) == (1, True)

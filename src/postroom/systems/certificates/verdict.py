"""Owns what the desk's tables say of a review: which requirement applies, what came of it, what persons decide.

The rules themselves are `review`'s; this file brings them and the certificate together, in transactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from postroom.db.connection import Connection, Row, dumps, loads
from postroom.errors import Invalid, NotFound
from postroom.ports import Processed
from postroom.systems.certificates import announce, contract, noun, review, store
from postroom.systems.certificates.contract import APPROVED, DENIED, ERROR, FLAGGED, PENDING
from postroom.systems.certificates.review import FAIL, Review
from postroom.systems.certificates.store import Caller, Realm

_NO_REQUIREMENT = "There is no insurance requirement that the certificate could be held against."

# Priorities 0 to 4 of behaviour.md, section 4. A tracker's or client's own job comes before others of the
# contractor; of several requirements at one place the newest counts.
_CANDIDATES = """
WITH fact AS (
  SELECT c.realm, c.named_requirement, coalesce(t.insurance_requirement, u.insurance_requirement) AS tracker,
    coalesce(t.entity, j.entity) AS entity, coalesce(t.category_code, j.category_code) AS category
  FROM coi_certificate c
  LEFT JOIN coi_tracker t ON t.id = c.tracker
  LEFT JOIN coi_upload_session u ON u.id = c.upload_session
  LEFT JOIN LATERAL (
    SELECT job.entity, job.category_code FROM coi_assignment a JOIN coi_job job ON job.id = a.job
    WHERE a.contractor = c.contractor AND a.deleted IS NULL AND job.deleted IS NULL
      AND job.id IS DISTINCT FROM c.job
    ORDER BY job.number DESC LIMIT 1
  ) j ON true
  WHERE c.id = $1
)
SELECT r.id, r.rules, r.is_default, r.id = f.named_requirement AS by_upload, r.id = f.tracker AS by_tracker,
  f.entity = ANY(r.entities) AS by_entity, f.category = ANY(r.category_codes) AS by_category
FROM fact f JOIN coi_requirement r ON r.realm = f.realm AND r.deleted IS NULL
WHERE r.is_default OR r.id = f.named_requirement OR r.id = f.tracker
  OR f.entity = ANY(r.entities) OR f.category = ANY(r.category_codes)
ORDER BY r.number DESC
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reading comes to. problem: why it is an `error`."""

    status: str
    problem: str | None = None
    requirement: str | None = None
    made: Review | None = None


async def applying(connection: Connection, certificate: str) -> Row | None:
    """The requirement that counts for a certificate now, with its rules."""
    rows = await connection.fetch(_CANDIDATES, certificate)

    def first(column: str) -> Row | None:
        return next((row for row in rows if row[column]), None)

    return review.requirement(
        *(first(column) for column in ("by_upload", "by_tracker", "by_entity", "by_category", "is_default"))
    )


async def keep(connection: Connection, job: UUID, document: UUID, result: Processed) -> Processed:
    """What was read of a document, if it is a certificate of this desk. Returns the result with its review."""
    row = await connection.fetchrow(
        "SELECT c.*, r.account_id, r.environment FROM coi_certificate c JOIN coi_realm r ON r.id = c.realm"
        " WHERE c.document_id = $1 AND c.status = 'pending'",
        document,
    )
    if row is None:
        return result
    outcome = await _outcome(connection, row, result)
    # The job first and its certificates then, as at its end: nobody waits in a circle.
    await connection.execute("SELECT FROM job WHERE id = $1 FOR NO KEY UPDATE", job)
    await _settle(connection, row, outcome, result.result)
    if outcome.made is None:
        return result
    shown = {
        "requirement": outcome.requirement,
        "status": outcome.made.status,
        "summary": outcome.made.summary,
    }
    return replace(result, result={**result.result, "review": shown})


async def _outcome(connection: Connection, row: Row, result: Processed) -> Outcome:
    if result.problem is not None:
        return Outcome(ERROR, result.problem.message)
    requirement = await applying(connection, row["id"])
    if requirement is None:
        return Outcome(ERROR, _NO_REQUIREMENT)
    parsed = result.result.get("certificate") or {}
    # Two hundred rules with as many names each take a moment: not on the event loop.
    made = await asyncio.to_thread(
        review.review, loads(requirement["rules"]), parsed, datetime.now(UTC).date()
    )
    return Outcome(made.status, None, requirement["id"], made)


async def _settle(connection: Connection, row: Row, outcome: Outcome, found: Mapping[str, Any]) -> None:
    parsed, provenance = found.get("certificate"), found.get("provenance")
    done = await connection.execute(
        "UPDATE coi_certificate SET status = $3, problem = $4, requirement = $5, parsed = $6, provenance = $7,"
        " review_id = $8, review_created = now(), updated = now()"
        " WHERE id = $1 AND document_id = $2 AND status = 'pending'",
        row["id"],
        row["document_id"],
        outcome.status,
        outcome.problem,
        outcome.requirement,
        None if parsed is None else dumps(parsed),
        None if provenance is None else dumps(provenance),
        contract.new_id("ca") if outcome.made is not None else None,
    )
    if done != "UPDATE 1":
        return
    await connection.execute("DELETE FROM coi_verdict WHERE certificate = $1", row["id"])
    if outcome.made is not None:
        await connection.executemany(
            "INSERT INTO coi_verdict (id, certificate, position, rule_name, rule_path, result, message)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [
                (
                    contract.new_id("car"),
                    row["id"],
                    place,
                    one.rule_name,
                    one.rule_path,
                    one.result,
                    one.message,
                )
                for place, one in enumerate(outcome.made.verdicts)
            ],
        )
    await announce.certificate(connection, _realm(row), row, outcome.status)


def _realm(row: Row) -> Realm:
    return Realm(row["realm"], row["account_id"], row["environment"])


async def give_up(connection: Connection, job: UUID) -> None:
    """A job has ended: those of its certificates of which nothing is known now are errors."""
    rows = await connection.fetch(
        "UPDATE coi_certificate c SET status = 'error', updated = now(), review_id = NULL, parsed = NULL,"
        " provenance = NULL, problem = coalesce("
        "  (SELECT d.error->>'message' FROM document d WHERE d.id = c.document_id), 'It was not read.')"
        " FROM coi_realm r WHERE r.id = c.realm AND c.job_id = $1 AND c.status = 'pending'"
        " RETURNING c.*, r.account_id, r.environment",
        job,
    )
    for row in sorted(rows, key=lambda row: row["number"]):
        await announce.certificate(connection, _realm(row), row, ERROR)


# --- what persons decide -------------------------------------------------------------------------------


async def verdicts(connection: Any, certificates: list[str]) -> dict[str, list[Row]]:
    """certificate -> its verdicts in the order of the rules."""
    found: dict[str, list[Row]] = {one: [] for one in certificates}
    rows = await connection.fetch(
        "SELECT * FROM coi_verdict WHERE certificate = ANY($1) ORDER BY certificate, position", certificates
    )
    for row in rows:
        found[row["certificate"]].append(row)
    return found


async def decide(
    connection: Connection, caller: Caller, certificate: str, action: str, named: str | None, note: str | None
) -> None:
    """approve, deny, approve_rule, unapprove_rule. Invalid if the certificate does not allow it now."""
    row = await store.locked(connection, noun.CERTIFICATE, caller, certificate)
    status = row["status"]
    allowed = (FLAGGED, APPROVED) if action == "deny" else (FLAGGED,)
    if status not in allowed:
        shown = "being read" if status == PENDING else status
        raise Invalid(
            f"The certificate is {shown}; {action} is for one that is {' or '.join(allowed)}.", field="action"
        )
    found = (await verdicts(connection, [certificate]))[certificate]
    rule = _rule(found, named) if action in ("approve_rule", "unapprove_rule") else None
    if rule is not None:
        await connection.execute(
            "UPDATE coi_verdict SET manually_approved = $2 WHERE id = $1",
            rule["id"],
            action == "approve_rule",
        )
    elif action == "approve" and (open_ := [one for one in found if _stands(one)]):
        names = ", ".join(f"'{one['rule_name']}'" for one in open_[:5])
        raise Invalid(f"Failed rules are not accepted yet: {names}.", field="action")
    after = {"approve": APPROVED, "deny": DENIED}.get(action, status)
    changed = await store.change(connection, noun.CERTIFICATE, caller, certificate, {"status": after})
    await connection.execute(
        "INSERT INTO coi_decision (certificate, key_id, action, rule_name, note) VALUES ($1, $2, $3, $4, $5)",
        certificate,
        caller.access.key,
        action,
        rule["rule_name"] if rule is not None else None,
        note,
    )
    if after != status:
        await announce.certificate(connection, caller, changed, after)


def _stands(verdict: Row) -> bool:
    return verdict["result"] == FAIL and not verdict["manually_approved"]


def _rule(found: list[Row], named: str | None) -> Row:
    if named is None:
        raise Invalid("'audit_result' is required: the id of a failed rule's result.", field="audit_result")
    rule = next((one for one in found if one["id"] == named), None)
    if rule is None:
        raise NotFound(f"No such audit result of this certificate: {named[:64]}.", field="audit_result")
    if rule["result"] != FAIL:
        raise Invalid(
            f"The rule '{rule['rule_name']}' passed; there is nothing to accept.", field="audit_result"
        )
    return rule

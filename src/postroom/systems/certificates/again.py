"""Owns reading a certificate once more: a new core job of the same bytes, held against what applies then.

Never of one that is denied or an error: those are final, and their contractors upload again.
"""

from __future__ import annotations

from postroom.core.jobs import Job
from postroom.db.connection import Connection
from postroom.db.document import NewDocument
from postroom.desk.context import Desk, Seal
from postroom.desk.intake import submit_closed
from postroom.desk.job import Order
from postroom.errors import Conflict
from postroom.systems.certificates import noun, store
from postroom.systems.certificates.arrival import WORKFLOW
from postroom.systems.certificates.contract import APPROVED, FLAGGED, MEDIA_TYPE, PENDING
from postroom.systems.certificates.store import Caller


async def read_again(desk: Desk, caller: Caller, certificate: str, *, seal: Seal[Job] | None = None) -> Job:
    """The new job; the certificate is pending from then on. Conflict if it cannot be read again now."""
    row = await store.get(desk.db, noun.CERTIFICATE, caller, certificate, field="certificate")
    document = NewDocument(row["filename"], row["blob"], row["size"], row["sha256"], MEDIA_TYPE)

    async def fill(connection: Connection, job: Job) -> None:
        now = await store.locked(connection, noun.CERTIFICATE, caller, certificate)
        if now["status"] not in (APPROVED, FLAGGED):
            said = "being read" if now["status"] == PENDING else now["status"]
            raise Conflict(
                f"The certificate is {said}; only one that is approved or flagged can be reviewed again.",
                code="not_reviewable",
                field="certificate",
            )
        made = await connection.fetchval("SELECT id FROM document WHERE job_id = $1", job.id)
        await store.change(
            connection,
            noun.CERTIFICATE,
            caller,
            certificate,
            {"status": PENDING, "job_id": job.id, "document_id": made},
        )
        if seal is not None:
            await seal(connection, job)

    order = Order(WORKFLOW, options={"pages": desk.settings.certificates_pages})
    return await submit_closed(desk, caller.access, order, [document], seal=fill)

"""Owns every setting, once, frozen. Each is read from the environment as POSTROOM_<NAME>."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """Defaults are right for one machine. Sizes are bytes, times are seconds unless the name says more."""

    model_config = SettingsConfigDict(env_prefix="POSTROOM_", frozen=True, extra="ignore")

    # where things are
    database_url: str = Field("", description="postgresql://… ; empty: the embedded database of `serve`")
    blobs: str = Field("", description="file:///DIR ; empty: the `blobs` folder of `serve --data`")
    scratch: Path | None = Field(None, description="Folder for temporary files of child processes")
    drafts: Path | None = Field(
        None, description="Folder for unfinished resumable uploads where blobs are on S3; None: below scratch"
    )
    public_url: str = Field(
        "", description="https://HOST under which clients reach us; empty: the Host that each request names"
    )
    bootstrap_key: str = Field("", description="An all-desks production key of account `default`", repr=False)

    # processes
    slots: int = Field(0, description="Child processes per worker; 0: cores divided by workers")
    child_memory: int = Field(2 << 30, description="Address space of a child process, bytes")
    child_file_size: int = Field(2 << 30, description="Largest file that a child may write, bytes")
    child_open_files: int = 256
    child_tasks: int = Field(500, description="Tasks after which a child is replaced")
    door_children: int = Field(1, description="Child processes of the API, for checks at upload")
    chunk_timeout: float = Field(300.0, description="Seconds that one chunk may take")
    drain_timeout: float = Field(30.0, description="Seconds that a worker may take to finish on SIGTERM")

    # the engine
    heartbeat: float = Field(15.0, description="Seconds of silence after which a chunk is given to another")
    window: int = Field(128, description="Chunks per slot that may be in the queue at most")
    window_seconds: float = Field(1.0, description="Estimated seconds of work per slot in the queue")
    retry_base: float = Field(1.0, description="First back-off of a transient fault, seconds")
    retry_cap: float = Field(300.0, description="Longest back-off, seconds")
    retry_attempts: int = Field(6, description="Attempts before a transient fault becomes permanent")
    lost_limit: int = Field(4, description="Workers that one chunk may take down before it fails")
    account_cap: int = Field(0, description="Chunks that one account may have in flight; 0: no cap")
    idle_transaction: float = Field(
        60.0,
        gt=0,
        description="Seconds that a stopped process keeps locks: the database then lets go of them",
    )
    reconcile_every: float = Field(15.0, description="Seconds between two sweeps")

    # how long things are kept
    open_job_ttl: float = Field(24 * 3600.0, description="Seconds after which an open job expires")
    retention_days: float = Field(30.0, description="Days that an ended job is kept")
    orphan_grace: float = Field(24 * 3600.0, description="Age from which a blob that no row names is deleted")
    idempotency_ttl: float = Field(24 * 3600.0, description="Seconds that an Idempotency-Key is remembered")
    idempotency_lease: float = Field(30.0, description="Seconds after which a dead twin loses its key")

    # limits at the door
    document_size: int = Field(
        2 << 30, description="Largest document that comes in one piece (form, body, Base64, fetched), bytes"
    )
    form_parts: int = Field(
        1000, description="Parts of one form at most, and documents of one JSON call of the Simple API"
    )
    json_size: int = Field(16 << 20, description="JSON body with documents in it (Base64, addresses), bytes")
    body_idle_timeout: float = Field(
        60.0, description="Seconds without a byte after which an upload is dropped"
    )
    event_streams: int = Field(
        1000, gt=0, description="Event streams (SSE) that one account may hold open at one API process"
    )

    # uploads that are announced first
    upload_size: int = Field(
        10_000_000_000, description="Largest document that is announced first (PUT, parts, tus), bytes"
    )
    multipart_threshold: int = Field(5_000_000_000, description="Bytes from which an upload goes in parts")
    multipart_part_size: int = Field(64 << 20, gt=0, description="Bytes per part")
    upload_ttl: float = Field(3600.0, description="Seconds that a signed upload address is good for")
    upload_origins: str = Field(
        "",
        description="Web pages of other origins that may send documents (tus, signed addresses, our own API):"
        " *, or a list with commas; empty: none",
    )
    upload_checkpoint: int = Field(64 << 20, description="Bytes of a resumable upload between two syncs")

    # the revenue desk
    revenue_checks: str = Field(
        "structural",
        pattern="^(structural|strict)$",
        description="What an upload is refused for: its structure, or any row that breaks a rule",
    )
    revenue_file_size: int = Field(0, description="Largest file, bytes; 0: as large as any document")
    revenue_rows: int = Field(0, description="Most rows of one file; 0: no limit")
    revenue_cell_length: int = Field(0, description="Most characters of one cell; 0: no limit")

    # the plans desk; credits are counted per account
    plans_credits: int = Field(1_000_000, description="Credits that every account has, used ones included")
    plans_drawing_credits: int = Field(10, description="Credits per drawing page that succeeded")
    plans_document_credits: int = Field(1, description="Credits per other page that succeeded")
    plans_project_credits: int = Field(0, description="Credits that a new project costs")
    plans_provisioning: float = Field(0.0, description="Seconds until a new project is ready")
    plans_retention_days: float = Field(7.0, description="Days until a job and its result expire")
    plans_page_limit: int = Field(10_000, description="Pages of one job at most")
    plans_files: int = Field(100, description="Files of one job at most")
    plans_declared_bytes: int = Field(
        10_000_000_000, description="Bytes of one job's files at most, each file of a form included"
    )
    plans_token_ttl: float = Field(300.0, description="Seconds that a download token is good")
    plans_rate: float = Field(
        0.0, ge=0, description="Calls a second that one key may make on average; 0: as many as it likes"
    )
    plans_burst: int = Field(
        60, gt=0, description="Calls that one key may make at once, where plans_rate is set"
    )

    # the bills desk
    bills_documents: int = Field(10_000, gt=0, description="Addresses that one bulk call may name at most")
    bills_file_size: int = Field(25 << 20, gt=0, description="Largest bill, bytes")
    bills_terminated_as: str = Field(
        "TERMINATED",
        pattern="^(TERMINATED|FAILED)$",
        description="Word for a terminated job, for clients that know three states only",
    )
    bills_users: str = Field(
        "", description="E-mail addresses that a company's users may be, with commas; empty: any"
    )
    bills_portal_days: float = Field(7.0, description="Days that a link to the webhook portal is good")
    bills_url_seconds: float = Field(3600.0, description="Seconds that the `url` of a document is good")

    # the conversion desk
    conversion_keyless: bool = Field(False, description="Whoever reaches the desk may use it without a key")
    conversion_jobs: int = Field(1000, description="Jobs of one account that are held at once")
    conversion_ttl: float = Field(24 * 3600.0, description="Seconds after its last use that a job is kept")
    conversion_result_wait: float = Field(
        120.0, description="Seconds that a call for the result of a job at work is held"
    )
    conversion_json_size: int = Field(
        140 << 20, description="Largest JSON call of the Simple API, bytes: 100 MB of documents as Base64"
    )
    conversion_origins: str = Field(
        "*", description="Web pages that may call the desk: *, or a list with commas"
    )
    conversion_at_once: str = Field(
        "", description="Connections of the Simple API that answer before they convert: a list with commas"
    )
    conversion_xml_root: str = Field(
        "root",
        pattern="^[A-Za-z_][A-Za-z0-9_.-]*$",
        description="Outermost element of the desk's XML answers",
    )

    # the certificates desk
    certificates_files: int = Field(1000, ge=100, description="Certificates of one upload at most")
    certificates_pages: int = Field(2, ge=1, le=50, description="Pages of each certificate that are read")
    certificates_placeholder_domain: str = Field(
        "placeholder.example.com",
        pattern="^[a-z0-9-]+([.][a-z0-9-]+)+$",
        description="Domain of made-up addresses of contractors; must never receive mail",
    )
    certificates_category_codes: dict[str, str] = Field(
        {
            "jc_admin": "Administrative and clerical work",
            "jc_carpentry": "Carpentry",
            "jc_cleaning": "Cleaning",
            "jc_construction": "General construction",
            "jc_consulting": "Consulting",
            "jc_delivery": "Delivery and courier work",
            "jc_design": "Design and media",
            "jc_electrical": "Electrical work",
            "jc_landscaping": "Landscaping",
            "jc_plumbing": "Plumbing",
            "jc_software": "Software development",
        },
        description="Approved job categories, as a JSON object of code to name",
    )

    # foreign addresses
    fetch_allow_http: bool = False
    fetch_allow_private: bool = False
    fetch_concurrency: int = Field(16, gt=0, description="Documents that one worker fetches at once")
    fetch_attempts: int = Field(4, description="Attempts before an address is given up")
    fetch_timeout: float = Field(600.0, description="Seconds that fetching one document may take")

    # logs
    log_format: str = Field("auto", pattern="^(auto|json|console)$")
    log_level: str = "INFO"

    def slots_for(self, workers: int) -> int:
        return self.slots or max(1, _cores() // max(1, workers))

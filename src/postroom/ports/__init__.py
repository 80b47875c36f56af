"""Owns the seams: what the core needs from the outside, and what a system (a front desk) must bring.

Required interfaces are small; what only some can do is a Protocol of its own (`LocalPath`, `PresignsUploads`).
"""

from postroom.ports.blob import (
    BlobStore,
    BlobWriter,
    DraftWriter,
    LocalPath,
    Presigned,
    PresignsUploads,
    ShowsIncoming,
    Stored,
    Sweeps,
    TakesDrafts,
    TakesFiles,
)
from postroom.ports.clock import Clock
from postroom.ports.fetch import Fetched, Fetcher, Reply, Sink, SinkT
from postroom.ports.system import Need, System
from postroom.ports.task import Artifact, Checked, Kept, Part, Problem, Processed, Source, Task
from postroom.ports.webhook import Event, Format, Paces
from postroom.ports.workflow import (
    Followers,
    FollowsJobs,
    HasTools,
    Hold,
    LimitsDocuments,
    NamesDocuments,
    StoresEffects,
    StoresFinish,
    Workflow,
)

__all__ = [
    "Artifact",
    "BlobStore",
    "BlobWriter",
    "Checked",
    "Clock",
    "DraftWriter",
    "Event",
    "Fetched",
    "Fetcher",
    "Followers",
    "FollowsJobs",
    "Format",
    "HasTools",
    "Hold",
    "Kept",
    "LimitsDocuments",
    "LocalPath",
    "NamesDocuments",
    "Need",
    "Paces",
    "Part",
    "Presigned",
    "PresignsUploads",
    "Problem",
    "Processed",
    "Reply",
    "ShowsIncoming",
    "Sink",
    "SinkT",
    "Source",
    "Stored",
    "StoresEffects",
    "StoresFinish",
    "Sweeps",
    "System",
    "TakesDrafts",
    "TakesFiles",
    "Task",
    "Workflow",
]

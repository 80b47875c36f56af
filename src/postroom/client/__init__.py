"""The Python SDK: a small synchronous client for Postroom's own API.

    from postroom.client import Postroom

    with Postroom("http://127.0.0.1:8080", key) as post:
        job = post.create_job("inspect")
        post.add(job["id"], ["a.pdf", "b.jpg"])
        post.close_job(job["id"])
        job = post.wait(job["id"], lambda job: print(job["progress"], job["activity"]))
        for document in post.results(job["id"]):
            print(document["name"], document["status"], document["error"])

Imports nothing of the server, so it can be taken out and shipped alone.
"""

from postroom.client.api import Event, Postroom
from postroom.client.error import (
    Busy,
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PostroomError,
    ServerFault,
    Unreachable,
    WaitTimeout,
)
from postroom.client.form import File
from postroom.client.save import safe_name, save

__all__ = [
    "Busy",
    "Conflict",
    "Event",
    "File",
    "Invalid",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "Postroom",
    "PostroomError",
    "ServerFault",
    "Unreachable",
    "WaitTimeout",
    "safe_name",
    "save",
]

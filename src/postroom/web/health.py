"""Owns what machines ask: is it alive, can it serve, how is it doing (Prometheus)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from postroom.db import stat
from postroom.errors import Unavailable


async def healthz(_: Request) -> Response:
    """This process is alive. It says nothing of the database: restarting us would not mend that."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Whether a request would be served: the database answers, and some worker is alive."""
    desk = request.app.state.office.desk
    try:
        workers = await stat.workers(desk.db, 3 * desk.settings.heartbeat)
    except Unavailable:
        return JSONResponse({"ready": False, "database": "unreachable"}, 503)
    body = {"ready": True, "database": "ok", "workers": workers}
    return JSONResponse(body, 200)


class _Snapshot:
    """Metrics read from the database at the moment of the scrape."""

    def __init__(self, numbers: stat.Numbers) -> None:
        self._numbers = numbers

    def collect(self) -> list[GaugeMetricFamily]:
        jobs = GaugeMetricFamily("postroom_jobs", "Jobs by system and state.", labels=["system", "state"])
        for (system, state), count in self._numbers.jobs.items():
            jobs.add_metric([system, state], count)
        documents = GaugeMetricFamily("postroom_documents", "Documents of all kept jobs.", labels=["state"])
        for state, count in self._numbers.documents.items():
            documents.add_metric([state], count)
        window = GaugeMetricFamily("postroom_chunks", "Chunks in the queue's window.", labels=["state"])
        for state, count in self._numbers.chunks.items():
            window.add_metric([state], count)
        workers = GaugeMetricFamily("postroom_workers", "Workers alive.", value=self._numbers.workers)
        slots = GaugeMetricFamily(
            "postroom_slots", "Child processes of workers alive.", value=self._numbers.slots
        )
        deliveries = GaugeMetricFamily(
            "postroom_deliveries_pending", "Webhooks to send.", value=self._numbers.deliveries
        )
        return [jobs, documents, window, workers, slots, deliveries]


async def metrics(request: Request) -> Response:
    desk = request.app.state.office.desk
    registry = CollectorRegistry()
    registry.register(_Snapshot(await stat.numbers(desk.db, 3 * desk.settings.heartbeat)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

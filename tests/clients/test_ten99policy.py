"""The vendor's own Python client against the certificates desk: every call it has for the nouns that are here,
and that its exceptions come out as it means them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import ten99policy
from ten99policy import error

from tests.wire.certificates.conftest import Office, desk_server, office
from tests.wire.own.house import Process

__all__ = ["desk_server", "office"]  # fixtures

PERSON = {"email": "john@abc.example.com", "first_name": "John", "last_name": "Doe"}


@pytest.fixture
def vendor(office: Office, desk_server: Process, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The client as its guides set it up: it sends `sandbox` unless told otherwise."""
    monkeypatch.setattr(ten99policy, "api_base", desk_server.url)
    monkeypatch.setattr(ten99policy, "api_key", office.key(environment="sandbox")[1])
    monkeypatch.setattr(ten99policy, "log", None)
    return ten99policy


def _job(vendor: Any, **given: Any) -> Any:
    body = {
        "name": "N",
        "description": "D",
        "wage": 100,
        "wage_type": "flatfee",
        "category_code": "jc_design",
    }
    return vendor.Jobs.create(**{**body, "entity": vendor.Entities.create(name="Client Corp").id, **given})


def _gone(noun: Any, value: str) -> None:
    with pytest.raises(error.ResourceNotFoundError) as raised:
        noun.retrieve(value)
    assert raised.value.http_status == 404
    assert raised.value.request_id


def test_contractors(vendor: Any) -> None:
    made = vendor.Contractors.create(**PERSON, address={"line1": "Main St", "postalcode": 94000})
    assert made.id.startswith("cn_")
    assert made.address.postalcode == "94000"
    assert vendor.Contractors.retrieve(made.id).email == PERSON["email"]
    assert vendor.Contractors.modify(made.id, first_name="Jack").first_name == "Jack"
    assert [one.id for one in vendor.Contractors.list(limit=1)] == [made.id]
    with pytest.raises(error.DuplicateEmailError):
        vendor.Contractors.create(**PERSON)
    with pytest.raises(error.InvalidInputError) as raised:
        vendor.Contractors.create(email="none")
    assert raised.value.http_status == 400
    assert vendor.Contractors.delete(made.id).deleted is True
    _gone(vendor.Contractors, made.id)


def test_entities(vendor: Any) -> None:
    limit = {"aggregate_limit": "200000000", "occurrence_limit": "100000000"}
    made = vendor.Entities.create(
        name="Client Corp", coverage_limit=limit, required_coverage={"coverage_type": ["general"]}
    )
    assert made.coverage_limit.aggregate_limit == 200_000_000
    assert vendor.Entities.modify(made.id, name="Other").name == "Other"
    assert [one.name for one in vendor.Entities.list()] == ["Other"]
    assert vendor.Entities.delete(made.id).object == "entity"
    _gone(vendor.Entities, made.id)


def test_jobs(vendor: Any) -> None:
    made = _job(vendor)
    assert vendor.Jobs.modify(made.id, wage=500).wage == 500
    assert vendor.Jobs.retrieve(made.id).wage == 500
    assert len(vendor.Jobs.list()) == 1
    for given, kind in (
        ({"category_code": None}, error.MissingJobCategoryCodeError),
        ({"category_code": "jc_none"}, error.InvalidJobCategoryCodeError),
        ({"entity": "en_none"}, error.InvalidEntityIdError),
        ({"wage": 1}, error.InvalidInputError),
    ):
        with pytest.raises(kind):
            _job(vendor, **given)
    vendor.Jobs.delete(made.id)
    _gone(vendor.Jobs, made.id)


def test_assignments_and_events(vendor: Any) -> None:
    ids = {"contractor": vendor.Contractors.create(**PERSON).id, "job": _job(vendor).id}
    made = vendor.Assignments.create(**ids)
    assert vendor.Assignments.retrieve(made.id).job == ids["job"]
    assert vendor.Assignments.modify(made.id, bind=False).bind is False
    assert [one.id for one in vendor.Assignments.list()] == [made.id]
    now = int(time.time())
    with pytest.raises(error.EffectiveDateInvalidError):
        vendor.Assignments.create(**ids, effective_date=now - 1)
    with pytest.raises(error.EndDateInvalidError):
        vendor.Assignments.create(**ids, effective_date=now + 10**6, end_date=now)
    assert vendor.Events.list() == []
    url = "/api/v1/assignments/cancel"
    cancelled = vendor.Assignments._static_request("post", url, job_id=ids["job"], reason="client_request")
    assert cancelled.cancelled is True
    (event,) = vendor.Events.list()
    assert event.type == "assignment.cancelled"
    assert vendor.Events.retrieve(event.id).data.id == made.id
    other = vendor.Assignments.create(**ids)
    assert vendor.Assignments.delete(other.id).deleted is True
    _gone(vendor.Assignments, other.id)


def test_webhook_endpoints(vendor: Any) -> None:
    made = vendor.Webhooks.create(url="https://hooks.example.com/a", description="My First Webhook")
    assert (made.events, made.secret[:6]) == (["*"], "whsec_")
    changed = vendor.Webhooks.modify(
        made.id, url="https://hooks.example.com/b", events=["certificate.denied"]
    )
    assert (changed.url, changed.events) == ("https://hooks.example.com/b", ["certificate.denied"])
    assert vendor.Webhooks.retrieve(made.id).secret == made.secret
    assert len(vendor.Webhooks.list()) == 1
    with pytest.raises(error.InvalidInputError):
        vendor.Webhooks.create(url="nowhere")
    vendor.Webhooks.delete(made.id)
    _gone(vendor.Webhooks, made.id)


def test_keys_that_are_none_or_of_the_other_environment(vendor: Any, office: Office) -> None:
    with pytest.raises(error.InvalidApiKeyError):
        vendor.Contractors.list(api_key="t9k_test_none")
    live = office.key(environment="production")[1]
    with pytest.raises(error.InsufficientPermissionsError):
        vendor.Contractors.list(api_key=live)
    assert vendor.Contractors.list(api_key=live, ten99policy_environment="production") == []


def test_a_call_with_one_key_happens_once(vendor: Any) -> None:
    first = vendor.Contractors.create(**PERSON, idempotency_key="once")
    assert vendor.Contractors.create(**PERSON, idempotency_key="once").id == first.id
    assert vendor.Contractors.list(limit=2)[0].id == first.id

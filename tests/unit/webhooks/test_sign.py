"""The signature is what receivers verify with the library that Standard Webhooks gives them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from postroom.errors import Invalid
from postroom.webhooks.sign import Event, Format, Standard

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
EVENT = Event(
    "msg_1", "job.succeeded", datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), {"name": "Zeichnung №7"}
)
FORM: Format = Standard()


def signed(secret: str = SECRET, sent: datetime | None = None) -> tuple[bytes, dict[str, str]]:
    body = FORM.body(EVENT)
    return body, dict(FORM.headers(EVENT, body, secret=secret, sent=sent or datetime.now(UTC)))


def test_the_reference_library_accepts_what_is_signed() -> None:
    body, headers = signed()
    data: Any = Webhook(SECRET).verify(body, headers)
    assert (data or json.loads(body)) == {
        "type": "job.succeeded",
        "timestamp": "2026-01-02T03:04:05.000678Z",
        "data": {"name": "Zeichnung №7"},
    }


def test_it_is_the_signature_that_the_reference_library_makes() -> None:
    body, headers = signed()
    sent = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert headers["webhook-signature"] == Webhook(SECRET).sign("msg_1", sent, body.decode())


def test_the_example_of_the_specification_holds() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    event = Event("msg_p5jXN8AQM9LWM0D4loKWxJek", "t", datetime.now(UTC), None)
    sent = datetime.fromtimestamp(1614265330, UTC)
    headers = FORM.headers(event, b'{"test": 2432232314}', secret=secret, sent=sent)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("what", ["body", "webhook-id", "webhook-timestamp", "secret"])
def test_whatever_is_changed_on_the_way_is_noticed(what: str) -> None:
    body, headers = signed()
    secret = SECRET
    if what == "body":
        body += b" "
    elif what == "secret":
        secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    else:
        headers[what] = str(int(headers[what]) + 1) if what == "webhook-timestamp" else "msg_2"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_each_attempt_is_signed_with_its_own_time_and_the_same_body() -> None:
    first, early = signed(sent=datetime(2026, 1, 1, tzinfo=UTC))
    second, late = signed(sent=datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    assert first == second
    assert early["webhook-id"] == late["webhook-id"]
    assert int(late["webhook-timestamp"]) - int(early["webhook-timestamp"]) == 22 * 3600
    assert early["webhook-signature"] != late["webhook-signature"]


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_no base64!", "whsec_abc", base64.b64encode(b"x").decode()]
)
def test_a_secret_that_cannot_be_used_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(Invalid) as caught:
        signed(secret)
    assert caught.value.code == "secret_invalid"
    assert not secret.removeprefix("whsec_") or secret not in str(caught.value)
    assert caught.value.__suppress_context__

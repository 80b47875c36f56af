from __future__ import annotations

import pytest

from postroom.intake.address import refusal

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "64:ff9b::808:808",  # where a network without IPv4 sees 8.8.8.8
]

REFUSED = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("169.254.1.1", "link-local"),
    ("100.64.0.1", "carrier"),
    ("100.127.255.255", "carrier"),
    ("192.0.0.8", "reserved"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "reserved"),
    ("198.19.255.255", "benchmarking"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::7f00:1", "disguise"),
    ("::ffff:127.0.0.1", "disguise"),
    ("::ffff:10.0.0.1", "disguise"),
    ("::ffff:8.8.8.8", "disguise"),
    ("::ffff:0:127.0.0.1", "disguise"),
    ("64:ff9b::127.0.0.1", "loopback"),
    ("64:ff9b::10.0.0.1", "private"),
    ("64:ff9b:1::8.8.8.8", "reserved"),
    ("2002:7f00:1::", "disguise"),
    ("2002:808:808::1", "disguise"),
    ("2001:0:808:808::1", "disguise"),
    ("2001:2::1", "reserved"),
    ("2001:10::1", "reserved"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("fc00::1", "private"),
    ("fdff::1", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "private"),
    ("ff02::1", "multicast"),
    ("100::1", "reserved"),
    ("5f00::1", "reserved"),
    ("e000::1", "reserved"),
    ("not an address", "not an address"),
    ("", "not an address"),
]

METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize(("address", "word"), REFUSED)
def test_every_other_address_is_refused_with_a_word_that_says_why(address: str, word: str) -> None:
    assert word in (refusal(address) or "")


@pytest.mark.parametrize("address", METADATA)
@pytest.mark.parametrize("allow_private", [False, True])
def test_metadata_services_are_refused_whatever_is_allowed(address: str, allow_private: bool) -> None:
    assert refusal(address, allow_private=allow_private) == "a cloud's metadata service"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "169.254.1.1", "100.64.0.1"])
def test_private_addresses_are_allowed_where_the_operator_says_so(address: str) -> None:
    assert refusal(address, allow_private=True) is None

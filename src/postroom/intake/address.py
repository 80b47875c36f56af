"""Owns the judgement of one IP address: may we connect to it for somebody else?

Pure. Refuses to know names, URLs and sockets. The tables are our own, after IANA's registries of
special-purpose addresses, because `ipaddress.is_global` differs between patch releases of Python.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_V4 = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "a carrier's shared network"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "a reserved network"),
        ("192.0.2.0/24", "a documentation network"),
        ("192.52.193.0/24", "a reserved network"),
        ("192.88.99.0/24", "a reserved network"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "a benchmarking network"),
        ("198.51.100.0/24", "a documentation network"),
        ("203.0.113.0/24", "a documentation network"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved network"),
    )
)

# First match counts. What is not below 2000::/3, the only global unicast space, is reserved anyway.
_V6 = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("::/96", "an IPv4 address in disguise"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("::ffff:0:0:0/96", "an IPv4 address in disguise"),
        ("2002::/16", "an IPv4 address in disguise"),  # 6to4
        ("2001::/32", "an IPv4 address in disguise"),  # Teredo
        ("2001::/23", "a reserved network"),
        ("2001:db8::/32", "a documentation network"),
        ("3fff::/20", "a documentation network"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private network"),
        ("ff00::/8", "a multicast address"),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_LAST_32_BITS = tuple(IPv6Network(n) for n in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"))

# Where clouds hand the credentials of a machine to whoever asks from it. Nobody has a webhook there.
_METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # nearly all
        "169.254.170.2",  # AWS, containers
        "169.254.170.23",  # AWS, pods
        "169.254.0.23",  # Tencent
        "169.254.42.42",  # Scaleway
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure
        "192.0.0.192",  # Oracle
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",  # AWS, pods
        "fd20:ce::254",  # Google
        "fd00:42::42",  # Scaleway
    )
)


def refusal(text: str, *, allow_private: bool = False) -> str | None:
    """Why nobody may be sent to this address, in a few words; None if he may.

    text: an IP address; a scope (`%eth0`) is ignored. allow_private: only metadata services are refused.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return "something that is not an address"
    if not _METADATA.isdisjoint((address, _wrapped(address))):
        return "a cloud's metadata service"
    if allow_private:
        return None
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in _V4 if address in network), None)
    if address in _NAT64:
        # A network without IPv4 sees every IPv4 host there, so it depends on which one it is.
        return refusal(str(_wrapped(address)))
    found = next((reason for network, reason in _V6 if address in network), None)
    return found or (None if address in _GLOBAL_V6 else "a reserved network")


def _wrapped(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that this IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return None
    if any(address in network for network in _LAST_32_BITS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or (address.teredo[1] if address.teredo else None)

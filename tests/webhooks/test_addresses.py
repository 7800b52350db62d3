import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.webhooks.addresses import admit, judged, look_up, refusal
from serving.webhooks.errors import EndpointError

PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4001::1"]
IN_HOUSE = ["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"]
IN_HOUSE += ["::1", "fc00::1", "fd12:3456::1"]
NEVER = [
    *("0.0.0.0", "0.1.2.3", "255.255.255.255", "240.0.0.1"),
    *("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0"),  # link-local: the cloud's own data, too
    *("224.0.0.1", "239.255.255.250", "ff02::1"),  # multicast
    *("192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "2001:db8::1", "3fff::1"),
    *("::", "fec0::1", "100::1", "5f00::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"),  # IPv4-mapped, -compatible
    *("2002:7f00:1::1", "2002:a00:1::1", "192.88.99.1"),  # 6to4
    *("64:ff9b::7f00:1", "64:ff9b:1::a00:1"),  # NAT64
    *("2001::1", "2001:0:53aa:64c::1"),  # Teredo
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_sent_to(address: str) -> None:
    assert refusal(address) == refusal(address, allow_private=True) == ""


@pytest.mark.parametrize("address", IN_HOUSE)
def test_in_house_addresses_are_sent_to_only_where_that_is_allowed(address: str) -> None:
    assert (refusal(address), refusal(address, allow_private=True)) == ("a private address", "")


@pytest.mark.parametrize("address", NEVER)
def test_reserved_addresses_are_never_sent_to(address: str) -> None:
    assert refusal(address) == refusal(address, allow_private=True) == "a reserved address"


@given(st.ip_addresses())
def test_nothing_is_sent_to_what_python_knows_to_be_no_public_address(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert refusal(str(address))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_reached_by_way_of_an_ipv6_one(inner: IPv4Address) -> None:
    number = int(inner)
    for outer in (0xFFFF << 32 | number, number, 0x2002 << 112 | number << 80, 0x64FF9B << 96 | number):
        assert refusal(str(IPv6Address(outer)), allow_private=True) or outer == 1


def looks(*addresses: str) -> object:
    return lambda host, port, seconds: addresses


def test_one_address_that_is_refused_refuses_the_host() -> None:
    with pytest.raises(EndpointError, match="private"):
        judged("mixed.example", 443, 1, looks("8.8.8.8", "10.0.0.1"), allow_private=False)  # type: ignore[arg-type]


def test_the_addresses_that_were_judged_are_those_to_send_to() -> None:
    found = judged("good.example", 443, 1, looks("8.8.8.8", "1.1.1.1"), allow_private=False)  # type: ignore[arg-type]
    assert found == ("8.8.8.8", "1.1.1.1")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_this_machine_is_refused_however_it_is_spelt(host: str) -> None:
    with pytest.raises(EndpointError, match=r"private|reserved"):
        admit(f"https://{host}/", look_up, allow_private=False)


def fails(errno: int) -> object:
    def look(host: str, port: int, seconds: float) -> Sequence[str]:
        raise socket.gaierror(errno, "said the resolver")

    return look


def test_a_host_that_does_not_exist_is_refused() -> None:
    with pytest.raises(EndpointError, match="no such host"):
        admit("https://hooks.example/", fails(socket.EAI_NONAME), allow_private=False)  # type: ignore[arg-type]


def test_a_host_that_cannot_be_looked_up_just_now_is_admitted_and_judged_later() -> None:
    admit("https://hooks.example/", fails(socket.EAI_AGAIN), allow_private=False)  # type: ignore[arg-type]


def test_a_name_with_an_empty_part_is_no_host() -> None:
    with pytest.raises(socket.gaierror):
        look_up("a..b", 443, 1)


def test_a_look_up_has_a_time() -> None:
    over = Event()

    def never(*_: object, **__: object) -> list[object]:
        over.wait(5)
        return []

    with pytest.raises(TimeoutError):
        look_up("hooks.example", 443, 0.01, ask=never)
    over.set()

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.webhooks.errors import EndpointError
from serving.webhooks.urls import Target, target


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://hooks.example.com/leads", Target(True, "hooks.example.com", 443, "/leads")),
        ("https://hooks.example.com", Target(True, "hooks.example.com", 443, "/")),
        ("https://hooks.example.com:8443/a?b=c&d=%20", Target(True, "hooks.example.com", 8443, "/a?b=c&d=%20")),
        ("HTTPS://Hooks.Example.COM/A", Target(True, "hooks.example.com", 443, "/A")),
        ("https://93.184.216.34/", Target(True, "93.184.216.34", 443, "/")),
        ("https://[2606:4700::1]:8443/", Target(True, "2606:4700::1", 8443, "/")),
        ("https://a_b.example/", Target(True, "a_b.example", 443, "/")),
    ],
)
def test_where_a_url_leads(url: str, read: Target) -> None:
    assert target(url) == read


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.com/", "https"),
        ("ftp://hooks.example.com/", "https"),
        ("hooks.example.com/leads", "names no host"),
        ("//hooks.example.com/", "https"),
        ("https:///leads", "names no host"),
        ("https://kim@hooks.example.com/", "user name"),
        ("https://kim:secret@hooks.example.com/", "user name"),
        ("https://good.example@evil.example/", "user name"),
        ("https://hooks.example.com/#part", "fragment|never sent"),
        ("https://hooks.example.com/#", "never sent"),
        ("https://hooks.example.com:0/", "names no host"),
        ("https://hooks.example.com:70000/", "not a URL"),
        ("https://hooks.example.com:x/", "not a URL"),
        ("https://hooks.exämple.com/", "not a URL"),
        ("https://hooks.example.com/a b", "not a URL"),
        ("https://hooks.example.com/\r\nX-Evil: 1", "not a URL"),
        ("https://evil.example\\@good.example/", "not a URL"),
        ("https://[::1", "not a URL"),
        ("https://[fe80::1%25eth0]/", "names no host|not a URL"),
        ("https://.example.com/", "names no host"),
        ("https://a..b/", "names no host"),
        (f"https://{'a' * 64}.example/", "names no host"),
        ("https://" + "a" * 2000, "not a URL"),
        ("", "not a URL"),
    ],
)
def test_a_url_that_is_not_sent_to(url: str, why: str) -> None:
    with pytest.raises(EndpointError, match=why):
        target(url)


def test_plain_http_is_read_where_it_is_allowed() -> None:
    assert target("http://crm.internal/in", allow_http=True) == Target(False, "crm.internal", 80, "/in")


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://hooks.example/", "hooks.example"),
        ("https://hooks.example:443/", "hooks.example"),
        ("https://hooks.example:8443/", "hooks.example:8443"),
        ("https://[2606:4700::1]:8443/", "[2606:4700::1]:8443"),
    ],
)
def test_the_host_header_names_a_port_that_is_not_the_usual_one(url: str, header: str) -> None:
    assert target(url).host_header == header


@given(st.text() | st.from_regex(r"https://[ -~]{0,40}", fullmatch=True))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    with suppress(EndpointError):
        assert re.fullmatch(r"/[!-~]*", target(text).path)

"""What is not dialled: every way we know to make a server call inside."""

import socket

import pytest
from aiohttp import ClientSession, TCPConnector
from hypothesis import given
from hypothesis import strategies as st

from serving.dial import DialPolicy, GuardedResolver
from serving.errors import AddressRefused

HOSTILE = [
    "https://127.0.0.1/v1",
    "https://127.8.8.8/v1",
    "https://127.1/v1",
    "https://0/v1",
    "https://0.0.0.0/v1",
    "https://2130706433/v1",
    "https://017700000001/v1",
    "https://127.0.0.1./v1",
    "https://１２７.0.0.1/v1",
    "https://10.0.0.1/v1",
    "https://10.255.255.255/v1",
    "https://172.16.0.1/v1",
    "https://172.31.255.1/v1",
    "https://192.168.1.1/v1",
    "https://169.254.169.254/latest/meta-data",
    "https://169.254.170.2/v1",
    "https://100.64.0.1/v1",
    "https://100.100.100.200/v1",
    "https://168.63.129.16/v1",
    "https://192.0.0.192/v1",
    "https://192.0.2.1/v1",
    "https://192.88.99.1/v1",
    "https://198.18.0.1/v1",
    "https://203.0.113.1/v1",
    "https://224.0.0.1/v1",
    "https://239.255.255.250/v1",
    "https://240.0.0.1/v1",
    "https://255.255.255.255/v1",
    "https://[::]/v1",
    "https://[::1]/v1",
    "https://[::ffff:127.0.0.1]/v1",
    "https://[::ffff:8.8.8.8]/v1",
    "https://[::127.0.0.1]/v1",
    "https://[0:0:0:0:0:ffff:7f00:1]/v1",
    "https://[64:ff9b::7f00:1]/v1",
    "https://[64:ff9b:1::1]/v1",
    "https://[2002:7f00:1::]/v1",
    "https://[2001:0:7f00:1::]/v1",
    "https://[2001:db8::1]/v1",
    "https://[fc00::1]/v1",
    "https://[fd00:ec2::254]/v1",
    "https://[fe80::1]/v1",
    "https://[fe80::1%25eth0]/v1",
    "https://[fec0::1]/v1",
    "https://[ff02::1]/v1",
]
NOT_A_BASE_URL = [
    "",
    "models.example/v1",
    "//models.example/v1",
    "http://models.example/v1",
    "http://8.8.8.8/v1",
    "ftp://models.example/v1",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/_x",
    "unix:///run/x.sock",
    "javascript:alert(1)",
    "https://",
    "https:///v1",
    "https://:443/v1",
    "https://models.example:0/v1",
    "https://models.example:99999/v1",
    "https://models.example:port/v1",
    "https://name:word@models.example/v1",
    "https://models.example@127.0.0.1/v1",
    "https://models.example/v1?x=1",
    "https://models.example/v1#x",
    "https://models.example/v1?",
    "https://[::1/v1",
]
# Names that the system resolves, without any network, to an address inside.
RESOLVED_INSIDE = ["localhost", "LOCALHOST", "0x7f000001", "0x7f.1", "127.0.0.1"]


@pytest.mark.parametrize("url", HOSTILE + NOT_A_BASE_URL)
def test_it_is_not_dialled(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        DialPolicy().check_url(url)
    assert str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://models.example",
        "https://models.example:8443/api/v1",
        "https://8.8.8.8/v1",
        "https://[2606:4700:4700::1111]/v1",
        "https://bücher.example/v1",
    ],
)
def test_a_public_https_address_is_dialled(url: str) -> None:
    DialPolicy().check_url(url)


@pytest.mark.parametrize("name", RESOLVED_INSIDE)
async def test_a_name_that_leads_inside_is_refused_where_it_is_resolved(name: str) -> None:
    resolver = GuardedResolver(DialPolicy())
    with pytest.raises(AddressRefused):
        await resolver.resolve(name, 443)
    await resolver.close()


async def test_one_inner_address_among_outer_ones_refuses_the_name() -> None:
    policy = DialPolicy()
    policy.check_resolved("two.example", 443, ["8.8.8.8", "2606:4700:4700::1111"])
    with pytest.raises(AddressRefused):
        policy.check_resolved("two.example", 443, ["8.8.8.8", "10.0.0.1"])


async def test_the_refusal_comes_out_of_the_session_before_anything_is_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        connector = TCPConnector(resolver=GuardedResolver(DialPolicy()))
        async with ClientSession(connector=connector) as session:
            with pytest.raises(AddressRefused):
                await session.get(f"http://localhost:{port}/")
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("vllm:8000", "http://VLLM:8000/v1"),
        ("[::1]:8000", "http://[::1]:8000/v1"),
        ("10.0.0.0/8", "http://10.1.2.3:9/v1"),
        ("fd00::/8", "https://[fd00::1]/v1"),
    ],
)
def test_what_the_operator_lists_is_dialled(listed: str, url: str) -> None:
    DialPolicy.of(listed).check_url(url)
    with pytest.raises(AddressRefused):
        DialPolicy().check_url(url)


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8001/v1"),
        ("127.0.0.1:8000", "http://127.0.0.2:8000/v1"),
        ("10.0.0.0/8", "https://192.168.0.1/v1"),
        ("vllm:8000", "http://vllm.example:8000/v1"),
    ],
)
def test_what_stands_beside_the_list_is_not(listed: str, url: str) -> None:
    with pytest.raises(AddressRefused):
        DialPolicy.of(listed).check_url(url)


def test_a_listed_name_may_lead_inside() -> None:
    DialPolicy.of("vllm:8000").check_resolved("vllm", 8000, ["172.18.0.2"])


def test_entries_may_be_added_to_a_policy() -> None:
    DialPolicy.of("10.0.0.0/8").also("127.0.0.1:1").check_url("http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    "entry", ["", "localhost", "localhost:", ":80", "a:b", "a:70000", "10.0.0.1/8", "x/8"]
)
def test_a_wrong_entry_on_the_list_is_named(entry: str) -> None:
    with pytest.raises(AddressRefused, match="dial list"):
        DialPolicy.of(entry)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=6, network="fc00::/7"))
def test_no_private_address_is_dialled(address: object) -> None:
    host = f"[{address}]" if ":" in str(address) else str(address)
    with pytest.raises(AddressRefused):
        DialPolicy().check_url(f"https://{host}/v1")


@given(st.text(max_size=40))
def test_any_text_is_accepted_or_refused_in_our_words(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            DialPolicy().check_url(url)
        except AddressRefused:
            continue
        assert url.lower().lstrip().startswith("https://")

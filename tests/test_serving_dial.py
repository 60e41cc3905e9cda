"""What is not dialled: every way we know to make a server call inside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.dial import DialPolicy
from serving.errors import AddressRefused
from serving.inward import SERVICES
from tests.hostile_addresses import NAMES, URLS


@pytest.mark.parametrize("port", ["", "8000"])
@pytest.mark.parametrize("url", URLS)
def test_it_is_not_dialled(url: str, port: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        DialPolicy().check_url(url.replace(":PORT", f":{port}") if port else portless(url))
    assert str(caught.value)


def portless(url: str) -> str:
    return url.replace(":PORT", "") if "//:PORT" not in url else url.replace("PORT", "443")


@pytest.mark.parametrize(
    "url",
    [
        "https://models.example",
        "https://models.example:8443/api/v1",
        "https://8.8.8.8/v1",
        "https://[2606:4700:4700::1111]/v1",
        "https://bücher.example/v1",
        "https://models.example./v1",
        "https://a_b.models.example:1024/v1",
        "https://3.models.example:65535/v1",
    ],
)
def test_a_public_https_address_is_dialled(url: str) -> None:
    DialPolicy().check_url(url)


def test_one_inner_address_among_outer_ones_refuses_the_name() -> None:
    policy = DialPolicy()
    policy.check_resolved("two.example", 443, ["8.8.8.8", "2606:4700:4700::1111"])
    with pytest.raises(AddressRefused):
        policy.check_resolved("two.example", 443, ["8.8.8.8", "10.0.0.1"])


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("vllm:8000", "http://VLLM:8000/v1"),
        ("[::1]:8000", "http://[::1]:8000/v1"),
        ("10.0.0.0/8", "http://10.1.2.3:9/v1"),
        ("fd00::/8", "https://[fd00::1]/v1"),
        ("bücher.example:80", "http://bücher.example:80/v1"),
        ("8.8.8.8:80", "http://8.8.8.8/v1"),
        ("models.example:6379", "https://models.example:6379/v1"),
        ("models.example:8000", "http://models.example.:8000/v1"),
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
        ("vllm:8000", "http://vllm:6379/v1"),
        ("10.0.0.0/8", "ftp://10.1.2.3:21/v1"),
        ("10.0.0.0/8", "http://models.example/v1"),
        ("10.0.0.0/8", "https://models.example:22/v1"),
    ],
)
def test_what_stands_beside_the_list_is_not(listed: str, url: str) -> None:
    with pytest.raises(AddressRefused):
        DialPolicy.of(listed).check_url(url)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_refused_by_where_it_leads(name: str) -> None:
    with pytest.raises(AddressRefused):
        DialPolicy().check_resolved(name, 443, NAMES[name])


@pytest.mark.parametrize("port", [1, 22, 25, 53, 80, 110, 389, 442, 444, 636, 873, 1023])
def test_no_port_of_the_system_but_443_is_dialled(port: int) -> None:
    with pytest.raises(AddressRefused):
        DialPolicy().check_url(f"https://models.example:{port}/v1")


@pytest.mark.parametrize("kind", SERVICES)
def test_no_port_of_another_service_is_dialled(kind: str) -> None:
    for port in SERVICES[kind]:
        with pytest.raises(AddressRefused, match=kind):
            DialPolicy().check_url(f"https://models.example:{port}/v1")


def test_a_name_inside_is_left_to_its_addresses_where_a_network_is_listed() -> None:
    policy = DialPolicy.of("10.0.0.0/8")
    policy.check_url("https://gpu1.corp/v1")
    policy.check_resolved("gpu1.corp", 443, ["10.1.2.3"])
    with pytest.raises(AddressRefused):
        policy.check_resolved("gpu1.corp", 443, ["192.168.0.1"])


def test_a_listed_name_may_lead_inside() -> None:
    DialPolicy.of("vllm:8000").check_resolved("vllm", 8000, ["172.18.0.2"])
    with pytest.raises(AddressRefused):
        DialPolicy.of("vllm:8000").check_resolved("vllm", 9000, ["172.18.0.2"])


def test_entries_may_be_added_to_a_policy() -> None:
    DialPolicy.of("10.0.0.0/8").also("127.0.0.1:1").check_url("http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    "entry",
    ["", "localhost", "localhost:", ":80", "a:b", "a:70000", "10.0.0.1/8", "x/8", "a b:80", "[:80"],
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

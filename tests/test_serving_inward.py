"""Why an address, a name or a port leads inside, in words that help the one who entered it."""

from ipaddress import ip_address

import pytest

from serving.inward import inward_address, inward_name, inward_port

INWARD = {
    "64:ff9b::1.2.3.4": "NAT64",
    "64:ff9b:1::1": "NAT64",
    "2002:102:304::": "6to4",
    "2001:0:102:304::": "Teredo",
    "::ffff:1.2.3.4": "written as IPv6",
    "::ffff:0:1.2.3.4": "SIIT",
    "::1.2.3.4": "embedded",
    "fec0::1": "site-local",
    "3fff::1": "documentation",
    "5f00::1": "segment routing",
    "192.0.0.9": "private or reserved",
    "192.88.99.1": "relay",
    "168.63.129.16": "metadata",
    "127.0.0.1": "loopback",
    "169.254.169.254": "link-local",
    "fe80::1": "link-local",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "2606:4700::1%1": "of one interface",
    "10.0.0.1": "private or reserved",
    "100.64.0.1": "private or reserved",
    "fd00:ec2::254": "private or reserved",
}


@pytest.mark.parametrize("address", INWARD)
def test_an_address_inside_is_called_what_it_is(address: str) -> None:
    assert INWARD[address] in str(inward_address(ip_address(address)))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00::1"])
def test_a_public_address_is_public(address: str) -> None:
    assert inward_address(ip_address(address)) is None


@pytest.mark.parametrize("name", ["vllm", "localhost", "a.localhost", "a.b.internal", "x.lan"])
def test_a_name_of_an_inner_network_is_no_public_one(name: str) -> None:
    assert inward_name(name)


@pytest.mark.parametrize("name", ["models.example", "internal.example", "localhost.example"])
def test_any_other_name_is_left_to_its_addresses(name: str) -> None:
    assert inward_name(name) is None


@pytest.mark.parametrize("port", [443, 1024, 8000, 8080, 8443, 8899, 9000, 30000, 65535])
def test_a_model_server_may_be_at(port: int) -> None:
    assert inward_port(port) is None


@pytest.mark.parametrize("port", [22, 80, 1023, 2375, 5432, 6379, 9200, 11211, 27017])
def test_no_model_server_is_at(port: int) -> None:
    assert str(port) in str(inward_port(port))

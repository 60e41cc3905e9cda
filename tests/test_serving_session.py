"""What is dialled, seen from the other end: a trap that listens, and is not to be reached."""

import gzip
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from serving.chat import Message
from serving.dial import DialPolicy
from serving.errors import AddressRefused, GatewayError, Unreachable, UpstreamRefused
from serving.gateway import open_gateway
from serving.patience import Patience
from serving.session import open_session
from serving.target import Route, Target
from serving.trial import not_listed
from tests.echo_fixture import LOOPBACK, ask
from tests.hostile_addresses import NAMES, URLS
from tests.trap_fixture import Names, trap

SHORT = Patience(connect=1.0, first_token=1.0, total=2.0)
REFUSED = (AddressRefused, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)
SAID = [Message("user", "hi")]


def at(*urls: str) -> Target:
    return Target(1, "m", tuple(Route(url, "m") for url in urls))


async def test_the_trap_is_reached_by_a_session_without_a_guard() -> None:
    async with trap() as caught, open_session(SHORT) as session:
        async with session.get(f"http://127.0.0.1:{caught.port}/") as response:
            assert response.status == 200
    assert caught.reached == 1


@pytest.mark.parametrize("url", URLS)
async def test_no_request_through_the_guarded_session_reaches_the_trap(url: str) -> None:
    async with trap() as caught, open_session(SHORT, DialPolicy(), Names()) as session:
        for address in (url, url.replace("https:", "http:", 1)):
            with pytest.raises(REFUSED):
                await session.get(address.replace("PORT", str(caught.port)))
    assert caught.reached == 0


@pytest.mark.parametrize("url", URLS)
async def test_no_answer_is_asked_of_the_trap(url: str) -> None:
    async with trap() as caught, open_gateway(patience=SHORT) as gateway:
        with pytest.raises(Unreachable):
            await ask(gateway, at(url.replace("PORT", str(caught.port))), SAID)
    assert caught.reached == 0


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_leads_inside_is_refused_where_it_is_resolved(name: str) -> None:
    DialPolicy().check_url(f"https://{name}/v1")
    written = {host.encode("idna").decode(): [found] for host, found in NAMES.items()}
    names = Names(written)
    async with trap() as caught, open_session(SHORT, DialPolicy(), names) as session:
        with pytest.raises(AddressRefused):
            await session.get(f"https://{name}:{caught.port}/v1")
    assert caught.reached == 0 and len(names.asked) == 1


async def test_the_system_resolver_is_guarded_too() -> None:
    """With a network on the list a name is judged by where it leads, and by nothing else."""
    async with trap() as caught, open_session(SHORT, DialPolicy.of("10.0.0.0/8")) as session:
        with pytest.raises(AddressRefused, match="loopback"):
            await session.get(f"https://localhost:{caught.port}/")
        async with open_gateway(DialPolicy.of("10.0.0.0/8"), SHORT) as gateway:
            with pytest.raises(Unreachable, match="loopback"):
                await ask(gateway, at(f"https://localhost:{caught.port}/v1"), SAID)
    assert caught.reached == 0


async def test_a_name_that_is_bound_anew_is_resolved_once_a_dial_and_checked_each_time() -> None:
    """127.0.0.1 plays the public address; the name moves to 127.0.0.2, where the trap is."""
    policy = DialPolicy.of("127.0.0.1/32")
    names = Names({"moving.example": [["127.0.0.1"], ["127.0.0.2"]]})
    async with trap("127.0.0.1") as outer, trap("127.0.0.2", port=outer.port) as inner:
        async with open_session(SHORT, policy, names) as session:
            url = f"https://moving.example:{outer.port}/"
            for _ in range(2):  # the second from the cache, which holds what was checked
                with pytest.raises(aiohttp.ClientConnectionError):
                    await session.get(url)
            assert outer.reached == 2 and names.asked == ["moving.example"]
            assert isinstance(session.connector, aiohttp.TCPConnector)
            session.connector.clear_dns_cache()
            with pytest.raises(AddressRefused):
                await session.get(url)
    assert inner.reached == 0 and outer.reached == 2


async def test_the_second_address_is_tried_where_the_first_is_dead() -> None:
    names = Names({"two.example": [["127.0.0.3", "127.0.0.1"]]})
    async with trap("127.0.0.1") as caught:
        listed = DialPolicy.of(f"two.example:{caught.port}")
        async with open_session(SHORT, listed, names) as session:
            async with session.get(f"http://two.example:{caught.port}/") as response:
                assert response.status == 200
    assert f"Host: two.example:{caught.port}".encode() in caught.heard


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_even_to_what_may_be_dialled(status: int) -> None:
    async with trap("127.0.0.1") as there, trap("127.0.0.1") as here:
        location = f"Location: http://127.0.0.1:{there.port}/v1"
        here.answer = f"HTTP/1.1 {status} Moved\r\n{location}\r\nContent-Length: 0\r\n\r\n".encode()
        target = at(f"http://127.0.0.1:{here.port}/v1")
        async with open_gateway(LOOPBACK, SHORT) as gateway:
            with pytest.raises(UpstreamRefused, match=str(status)):
                await ask(gateway, target, SAID)
            route = target.routes[0]
            assert await not_listed(gateway.session_for(route), route)
    assert (here.reached, there.reached) == (2, 0)


async def test_a_redirect_inside_that_somebody_followed_would_be_refused() -> None:
    async with trap("127.0.0.2") as inner, trap("127.0.0.1") as outer:
        location = f"Location: http://127.0.0.2:{inner.port}/"
        outer.answer = f"HTTP/1.1 302 Moved\r\n{location}\r\nContent-Length: 0\r\n\r\n".encode()
        async with open_session(SHORT, DialPolicy.of("127.0.0.1/32")) as session:
            with pytest.raises(AddressRefused):
                await session.get(f"http://127.0.0.1:{outer.port}/", allow_redirects=True)
    assert inner.reached == 0


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "all_proxy"])
async def test_no_proxy_of_the_environment_is_used(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trap("127.0.0.2") as proxy, trap("127.0.0.1") as server:
        monkeypatch.setenv(variable, f"http://127.0.0.2:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        scheme = "https" if variable == "https_proxy" else "http"
        with pytest.raises(GatewayError):
            async with open_gateway(LOOPBACK, SHORT) as gateway:
                await ask(gateway, at(f"{scheme}://127.0.0.1:{server.port}/v1"), SAID)
    assert (proxy.reached, server.reached) == (0, 1)


async def test_no_cookie_is_kept() -> None:
    async with trap("127.0.0.1") as caught, open_session(SHORT, LOOPBACK) as session:
        caught.answer = b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n"
        for _ in range(2):
            async with session.get(f"http://127.0.0.1:{caught.port}/"):
                pass
    assert caught.reached == 2 and b"Cookie" not in caught.heard


async def test_no_body_is_unpacked() -> None:
    packed = gzip.compress(b"a" * 1_000_000)
    async with trap("127.0.0.1") as caught, open_session(SHORT, LOOPBACK) as session:
        caught.answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed
        async with session.get(f"http://127.0.0.1:{caught.port}/") as response:
            assert await response.read() == packed


async def test_a_base_url_is_checked_in_full_before_its_session_is_given() -> None:
    async with open_gateway(patience=SHORT) as gateway:
        for url in ("https://name:word@models.example/v1", "https://models.example/v1?x=1"):
            with pytest.raises(AddressRefused):
                gateway.session_for(Route(url, "m"))


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_certificate_nobody_signed_is_refused(trusted: bool, tmp_path: Path) -> None:
    async with trap("127.0.0.1", context=self_signed(tmp_path, "localhost")) as caught:
        url = f"https://localhost:{caught.port}/v1"
        policy = DialPolicy.of(f"localhost:{caught.port}")
        async with open_gateway(policy, SHORT) as gateway:
            with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
                await ask(gateway, Target(1, "m", (Route(url, "m", trusted=trusted),)), SAID)
    assert caught.reached == 0 and caught.heard == b""


async def test_a_server_is_asked_for_its_certificate_by_name_without_the_last_dot(
    tmp_path: Path,
) -> None:
    asked: list[str] = []
    context = self_signed(tmp_path, "models.example")
    context.sni_callback = lambda _, name, __: asked.append(name)
    async with trap("127.0.0.1", context=context) as caught:
        listed = DialPolicy.of(f"models.example:{caught.port}")
        async with open_session(SHORT, listed, Names()) as session:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.get(f"https://models.example.:{caught.port}/v1")
    assert asked == ["models.example"]


def self_signed(folder: Path, name: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    called, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(
        key.private_bytes(*shape, serialization.NoEncryption()) + certificate.public_bytes(shape[0])
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context

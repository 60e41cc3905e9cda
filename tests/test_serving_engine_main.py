"""The door before vLLM's API server: everything but /health wants the key."""

import httpx
import pytest

from serving.engine_main import KeyEverywhere, Receive, Scope, Send


async def behind_the_door(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    monkeypatch.setenv("VLLM_API_KEY", "sesame")
    transport = httpx.ASGITransport(KeyEverywhere(behind_the_door))
    return httpx.AsyncClient(transport=transport, base_url="http://engine")


@pytest.mark.parametrize(
    "path", ["/v1/models", "/adapters", "/metrics", "/health/", "//health", "/"]
)
@pytest.mark.parametrize("header", [None, "", "sesame", "Bearer", "Bearer x", "bearer sesame "])
async def test_without_the_key_every_path_is_closed(
    client: httpx.AsyncClient, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await client.post(path, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("path", ["/v1/models", "/adapters"])
async def test_with_the_key_it_is_open(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Authorization": "Bearer sesame"})
    assert answer.text == "inside"


async def test_anyone_may_ask_whether_it_is_healthy(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).text == "inside"


async def test_a_web_socket_without_the_key_is_closed(client: httpx.AsyncClient) -> None:
    sent: list[Scope] = []

    async def keep(message: Scope) -> None:
        sent.append(message)

    async def nothing() -> Scope:
        return {"type": "websocket.connect"}

    door = KeyEverywhere(behind_the_door)
    await door({"type": "websocket", "path": "/v1/realtime", "headers": []}, nothing, keep)
    assert sent == [{"type": "websocket.close", "code": 1008}]

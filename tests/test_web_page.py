"""The website as it is sent: what it may load, what it names, and that the API comes first."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from arena.web.statics import FOLDER
from serving.manner import Manner
from tests.web_fixture import website

in_one_loop = pytest.mark.asyncio(loop_scope="module")
OTHER_HOST = re.compile(r"""(?:https?:)?//(?!www\.w3\.org/)[\w-]+(?:\.[\w-]+)+""")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("site")
    async with website(folder, {"one": Manner(), "two": Manner()}, site_name="Agora <1>") as site:
        async with httpx.AsyncClient(base_url=site.url) as client:
            yield client


def policy(response: httpx.Response) -> dict[str, str]:
    rules = response.headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (rule.partition(" ") for rule in rules)}


@in_one_loop
async def test_the_page_may_load_nothing_but_its_own(web: httpx.AsyncClient) -> None:
    rules = policy(await web.get("/"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == rules["font-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe-eval" not in str(rules)


@in_one_loop
@pytest.mark.parametrize("path", ["/", "/api/v1/consent", "/api/v1/none", "/static/arena.js", "/x"])
async def test_every_answer_has_the_safe_headers(web: httpx.AsyncClient, path: str) -> None:
    response = await web.get(path)
    assert policy(response)["default-src"] == "'none'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


@in_one_loop
async def test_the_page_names_no_other_host(web: httpx.AsyncClient) -> None:
    assert OTHER_HOST.findall((await web.get("/")).text) == []


@in_one_loop
async def test_the_page_holds_no_inline_script(web: httpx.AsyncClient) -> None:
    page = (await web.get("/")).text
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert "<base" not in page
    assert 'src="/static/arena.js"' in page


@in_one_loop
async def test_the_title_is_the_sites_and_is_escaped(web: httpx.AsyncClient) -> None:
    page = (await web.get("/")).text
    assert re.findall("<title>(.*?)</title>", page) == ["Agora &lt;1&gt;"]


@in_one_loop
@pytest.mark.parametrize("name", ["arena.js", "frame.css", "battle.js", "board.js", "icon.svg"])
async def test_our_files_are_sent_once_and_then_confirmed(
    web: httpx.AsyncClient, name: str
) -> None:
    first = await web.get(f"/static/{name}")
    assert first.status_code == 200
    etag = first.headers["etag"]
    again = await web.get(f"/static/{name}", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_our_files_name_no_other_host() -> None:
    texts = [file.read_text(encoding="utf-8") for file in FOLDER.iterdir()]
    assert len(texts) > 10
    assert OTHER_HOST.findall("\n".join(texts)) == []


@in_one_loop
@pytest.mark.parametrize("query", ["?page=x", "?view=leaderboard", "?__theme=dark", "?page="])
async def test_no_query_breaks_the_page(web: httpx.AsyncClient, query: str) -> None:
    plain = await web.get("/")
    asked = await web.get(f"/{query}", headers={"Accept-Encoding": "br, gzip"})
    assert (asked.status_code, asked.text) == (200, plain.text)


@in_one_loop
async def test_gradio_keeps_its_own_files(web: httpx.AsyncClient) -> None:
    page = (await web.get("/")).text
    [script] = re.findall(r'src="\./(assets/[^"]+\.js)"', page)
    assert (await web.get(f"/{script}")).status_code == 200
    assert (await web.get("/config")).json()["analytics_enabled"] is False


@in_one_loop
async def test_the_api_comes_before_the_site(web: httpx.AsyncClient) -> None:
    assert (await web.get("/healthz")).json() == {"status": "alive"}
    assert (await web.get("/api/openapi.json")).json()["openapi"].startswith("3.")
    assert "version" in (await web.get("/api/v1/consent")).json()
    assert (await web.get("/metrics")).headers["content-type"].startswith("text/plain")


@in_one_loop
async def test_an_unknown_api_path_is_a_problem_of_the_api(web: httpx.AsyncClient) -> None:
    missing = await web.get("/api/v1/nothing")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    wrong = await web.put("/api/v1/consent")
    assert wrong.status_code == 405
    assert wrong.headers["content-type"] == "application/problem+json"


@in_one_loop
async def test_no_contestant_is_named_in_what_the_page_loads(web: httpx.AsyncClient) -> None:
    config = (await web.get("/config")).text
    assert '"one"' not in config
    assert '"two"' not in config


@in_one_loop
async def test_a_gradio_event_cannot_be_called_from_outside(web: httpx.AsyncClient) -> None:
    assert (await web.get("/gradio_api/info")).json()["named_endpoints"] == {}
    assert (await web.get("/gradio_api/file=pyproject.toml")).status_code in (403, 404)

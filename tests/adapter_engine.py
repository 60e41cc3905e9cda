"""An engine at the wire: the echo server, with vLLM's calls that load and unload adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from serving.echo import EchoServer, refusal
from serving.manner import Manner


@dataclass(slots=True)
class AdapterEngine(EchoServer):
    """Serves what is loaded, each in the manner `serves`; `refuses` says why it loads nothing.

    `runtime_calls` counts the calls to its loading paths, whatever they asked.
    """

    serves: Manner = field(default_factory=lambda: Manner(tokens=5))
    refuses: str = ""
    loaded: list[str] = field(default_factory=list)
    runtime_calls: int = 0

    def app(self) -> web.Application:
        app = EchoServer.app(self)
        app.add_routes(
            [
                web.post("/v1/load_lora_adapter", self.load),
                web.post("/v1/unload_lora_adapter", self.unload),
            ]
        )
        return app

    async def load(self, request: web.Request) -> web.Response:
        self.runtime_calls += 1
        if self.refuses:
            return refusal(400, self.refuses)
        name = (await request.json())["lora_name"]
        self.loaded.append(name)
        self.manners[name] = self.serves
        return web.Response(text="Success")

    async def unload(self, request: web.Request) -> web.Response:
        self.runtime_calls += 1
        name = (await request.json())["lora_name"]
        if name not in self.loaded:
            return refusal(404, f"{name} is not loaded")
        self.loaded.remove(name)
        self.manners.pop(name)
        return web.Response(text="Success")


@asynccontextmanager
async def adapter_engine() -> AsyncIterator[AdapterEngine]:
    """A running one on a free port."""
    server = AdapterEngine({"base": Manner(tokens=5)})
    runner = web.AppRunner(server.app(), handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()

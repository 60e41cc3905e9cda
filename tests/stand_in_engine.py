"""Takes vLLM's place on the command line and answers as the echo server, for tests of the launcher.

It knows the arguments it is given, serves the base and the adapters under their names, takes more
of them at run time, and forks a child, as vLLM does, so that a test can see that nothing is left of
it. While the file $STAND_IN_PIDS.mute is there it gives no token, healthy as it looks.
"""

import asyncio
import os
import sys
from pathlib import Path

from aiohttp import web

from serving.manner import Manner
from tests.adapter_engine import AdapterEngine

PIDS = Path(os.environ["STAND_IN_PIDS"])
MUTE = PIDS.with_name(f"{PIDS.name}.mute")


async def token(request: web.Request) -> web.Response:
    while MUTE.exists():
        await asyncio.sleep(0.01)
    return web.json_response({"choices": [{"text": "a"}]})


async def serve(port: int, base: str, adapters: list[str]) -> None:
    engine = AdapterEngine({base: Manner(), **dict.fromkeys(adapters, Manner())})
    engine.loaded += adapters
    app = engine.app()
    app.add_routes([web.post("/v1/completions", token)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


def main() -> None:
    line = sys.argv[sys.argv.index("--model") :]
    base = line[line.index("--served-model-name") + 1]
    adapters = []
    if "--lora-modules" in line:
        rest = line[line.index("--lora-modules") + 1 :]
        adapters = [word.partition("=")[0] for word in rest if "=" in word]
    pid = os.fork()
    if pid == 0:
        os.execv("/bin/sleep", ["sleep", "300"])
    PIDS.write_text(f"{os.getpid()} {pid}")
    asyncio.run(serve(int(line[line.index("--port") + 1]), base, adapters))


if __name__ == "__main__":
    main()

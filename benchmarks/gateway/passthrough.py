"""The least a proxy in Python can do: aiohttp on both sides, bytes in, bytes out, nothing read.

python -m benchmarks.gateway.passthrough UPSTREAM_PORT PORT
"""

import asyncio
import sys

import aiohttp
import uvloop
from aiohttp import web


async def serve(upstream: int, port: int) -> None:
    address = f"http://127.0.0.1:{upstream}/v1/chat/completions"
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)

    async def forward(request: web.Request) -> web.StreamResponse:
        async with session.post(address, data=await request.read()) as answer:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            async for data in answer.content.iter_any():
                await response.write(data)
            return response

    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, auto_decompress=False
    ) as session:
        app = web.Application()
        app.add_routes([web.post("/v1/chat/completions", forward)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(*map(int, sys.argv[1:])))

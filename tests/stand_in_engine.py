"""Takes vLLM's place on the command line and answers as the echo server, for tests of the launcher.

It knows the arguments it is given, serves the base and the adapters under their names, and forks a
child, as vLLM does, so that a test can see that nothing is left of it.
"""

import asyncio
import os
import sys
from pathlib import Path

from serving.echo import serve
from serving.manner import Manner


def main() -> None:
    line = sys.argv[sys.argv.index("--model") :]
    names = [line[line.index("--served-model-name") + 1]]
    if "--lora-modules" in line:
        rest = line[line.index("--lora-modules") + 1 :]
        names += [word.partition("=")[0] for word in rest if "=" in word]
    pid = os.fork()
    if pid == 0:
        os.execv("/bin/sleep", ["sleep", "300"])
    Path(os.environ["STAND_IN_PIDS"]).write_text(f"{os.getpid()} {pid}")
    port = int(line[line.index("--port") + 1])
    asyncio.run(serve("127.0.0.1", port, dict.fromkeys(names, Manner())))


if __name__ == "__main__":
    main()

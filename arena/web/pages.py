"""The Gradio page: a wordmark, four tabs, and the slots our own pieces are drawn in."""

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Match, Mount
from starlette.types import Scope

from arena.settings import Settings
from arena.web.theme import theme

THREADS = 1_000
OURS = ("/api/", "/healthz", "/readyz", "/metrics")
ABOUT = """\
## How it works

1. You ask anything. Two models, drawn at random, answer side by side. Their names are hidden.
2. You read both and vote: A is better, B is better, a tie, or both bad. You may go on asking the
   same two models before you look.
3. Then you see who they were. A battle counts once: your last vote before the names were shown.

The leaderboard is fitted to those votes (Bradley-Terry). A rating is never alone: beside it stands
the interval it lies in with 95 % confidence, and the range of ranks that leaves open.

## What is kept

Your prompts, the answers and your votes, under a random number in one cookie. No name, no address.
What you agreed to publish goes into open datasets, cleaned of personal details.
"""


class SiteMount(Mount):
    """Everything but the API's own paths, so that an unknown API path is answered by the API."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["path"].startswith(OURS):
            return Match.NONE, {}
        return super().matches(scope)


def add_pages(app: FastAPI, settings: Settings) -> None:
    """Mount the one Blocks of the site at `/`."""
    demo = blocks(settings.site_name)
    # Before queue(): Gradio's cap of 40 jobs is read there and overrides every other limit.
    demo.max_threads = THREADS
    demo.queue(api_open=False)
    gr.mount_gradio_app(
        app,
        demo,
        path="/",
        theme=theme(),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        allowed_paths=[],
    )
    mounted = app.router.routes[-1]
    assert isinstance(mounted, Mount)
    app.router.routes[-1] = SiteMount("/", app=mounted.app, name="site")


def blocks(site_name: str) -> gr.Blocks:
    """The page's frame; it holds no rules and no state."""
    demo: gr.Blocks
    with gr.Blocks(title=site_name, analytics_enabled=False, fill_width=True) as demo:
        gr.Markdown(f"# {site_name}", elem_id="wordmark")
        with gr.Tabs(elem_id="pages", overflow_behavior="wrap"):
            with gr.Tab("Battle", id="battle", elem_id="page-battle"):
                gr.Column(elem_id="battle-slot")
            with gr.Tab("Leaderboard", id="leaderboard", elem_id="page-leaderboard"):
                gr.Column(elem_id="board-slot")
            with gr.Tab("Contestants", id="contestants", elem_id="page-contestants"):
                gr.Column(elem_id="contestants-slot")
            with gr.Tab("About", id="about", elem_id="page-about"):
                gr.Markdown(ABOUT, elem_id="about-text")
                gr.Column(elem_id="data-slot")
    return demo

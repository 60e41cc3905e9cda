"""The look shared by Gradio's components and our own pieces: paper, ink and one terracotta."""

import gradio as gr

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
# name: (light, dark); static/frame.css restates them for our pieces under the same names.
COLOURS = {
    "body_background_fill": ("#faf8f5", "#151311"),
    "body_text_color": ("#1d1a17", "#ece7e0"),
    "body_text_color_subdued": ("#625b53", "#aaa197"),
    "background_fill_primary": ("#ffffff", "#1e1b18"),
    "background_fill_secondary": ("#f3efe9", "#26221e"),
    "border_color_primary": ("#e2dcd3", "#3a342e"),
    "color_accent": ("#a03d22", "#f0956f"),
    "link_text_color": ("#a03d22", "#f0956f"),
    "link_text_color_hover": ("#7d2e18", "#f7b598"),
    "button_primary_background_fill": ("#a03d22", "#f0956f"),
    "button_primary_text_color": ("#ffffff", "#21100a"),
}


def theme() -> gr.themes.Base:
    """Gradio's theme; system fonts only, so nothing is fetched from elsewhere."""
    base = gr.themes.Base(
        font=SANS, font_mono=MONO, text_size="lg", radius_size="md", spacing_size="md"
    )
    values: dict[str, str] = {}
    for name, (light, dark) in COLOURS.items():
        values[name] = light
        if name != "color_accent":
            values[f"{name}_dark"] = dark
    return base.set(**values)

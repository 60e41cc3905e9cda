// Small tools for building the page by hand: elements, keys that belong to us, kept preferences.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// Where two cards are swiped instead of standing side by side, as in the stylesheets.
export const PHONE = matchMedia("(max-width: 760px)");

export function key(name) {
  return h("kbd", { "aria-hidden": "true" }, name);
}

// Is this key press meant for the page, or is the visitor writing, or using a shortcut of theirs?
export function isForThePage(event, root) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented)
    return false;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return false;
  return root.isConnected && root.offsetParent !== null;
}

export function remembered(name) {
  try {
    return localStorage.getItem(`arena.${name}`);
  } catch {
    return null; // storage may be forbidden; then we ask again
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`arena.${name}`, value);
  } catch {
    /* asked again next time */
  }
}

// `html` comes from our own server, which has cleaned it (arena/markup.py).
export function blockOf(html) {
  const block = h("div", { class: "block" });
  block.innerHTML = html;
  for (const pre of block.querySelectorAll("pre")) addCopy(pre);
  for (const table of block.querySelectorAll("table")) {
    const frame = h("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Table" });
    table.replaceWith(frame);
    frame.append(table);
  }
  return block;
}

function addCopy(pre) {
  const language = pre.dataset.language || "text";
  pre.tabIndex = 0;
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", `Code, ${language}`);
  const button = h("button", { type: "button", class: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copied(pre.textContent)) ? "Copied" : "Select it and press Ctrl C";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  const bar = h("div", { class: "code-bar" }, h("span", {}, language), button);
  const frame = h("div", { class: "code" });
  pre.replaceWith(frame);
  frame.append(bar, pre);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // pages without https have no clipboard
  }
}

// The shell before anything else is loaded: the theme, and the buttons of the header.

const root = document.documentElement;
const KEY = "vitrail.theme";

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is forbidden in some embeddings
  }
}

function store(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // the choice lasts as long as the page
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => root.dataset.theme || (dark.matches ? "dark" : "light");

function wear(name) {
  if (name === "dark" || name === "light") root.dataset.theme = name;
}

function toggleTheme() {
  wear(theme() === "dark" ? "light" : "dark");
  store(theme());
}

const asked = new URLSearchParams(location.search);
wear(asked.get("theme") ?? stored());
if (asked.get("only") === "table") root.toggleAttribute("data-only-table", true); // in somebody's frame
addEventListener("storage", (event) => event.key === KEY && wear(event.newValue));

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-do]");
  if (button?.dataset.do === "theme") toggleTheme();
  if (button?.dataset.do === "sidebar") {
    const away = root.toggleAttribute("data-no-sidebar");
    button.setAttribute("aria-expanded", String(!away));
  }
  if (button?.dataset.do === "help") document.dispatchEvent(new CustomEvent("vitrail-help"));
});

// The address holds the whole view: going back or forth shows what it names, without loading the page again.
let shown = location.search;
const push = history.pushState.bind(history);
history.pushState = (state, title, url) => {
  if (new URL(url ?? "", location.href).href !== location.href) push(state, title, url); // or the way forth would end
  shown = location.search;
};

/** What tells the server of the page's address. */
function told() {
  const roots = (globalThis.Bokeh?.documents ?? []).flatMap((page) => page.roots());
  return roots.find(({ type }) => type === "panel.models.location.Location");
}

addEventListener("popstate", () => {
  if (location.search === shown) return;
  shown = location.search;
  const model = told();
  if (model) model.search = location.search;
  else location.reload();
});

// A server that is gone: it is said, and looked for until it answers; the address holds what was shown.

const PATIENCE_MS = [500, 1000, 2000, 4000, 8000];

async function answers() {
  const known = document.querySelector('link[rel="stylesheet"]')?.href ?? location.href;
  try {
    return (await fetch(known, { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function lookFor(banner) {
  for (let tried = 0; ; tried++) {
    await new Promise((done) => setTimeout(done, PATIENCE_MS[Math.min(tried, PATIENCE_MS.length - 1)]));
    if (await answers()) break;
  }
  banner.textContent = "The server is back; loading the page again …";
  document.dispatchEvent(new CustomEvent("vitrail-reload"));
  location.reload();
}

function lost() {
  if (document.querySelector(".vt-gone")) return;
  const banner = document.createElement("div");
  banner.className = "vt-gone";
  banner.setAttribute("role", "alert");
  banner.textContent = "The server does not answer. The page connects again by itself, and shows the same; what is typed stays.";
  document.body.append(banner);
  lookFor(banner);
}

let leaving = false;
addEventListener("beforeunload", () => (leaving = true));
const waiting = setInterval(() => {
  const [page] = globalThis.Bokeh?.documents ?? [];
  if (!page) return;
  clearInterval(waiting);
  page.on_event("connection_lost", () => leaving || lost());
}, 200);

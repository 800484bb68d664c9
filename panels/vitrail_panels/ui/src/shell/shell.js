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

// The address holds the whole view: going back or forth shows what it names.
let shown = location.search;
const push = history.pushState.bind(history);
history.pushState = (...parts) => {
  push(...parts);
  shown = location.search;
};
addEventListener("popstate", () => location.search !== shown && location.reload());

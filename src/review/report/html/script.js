(() => {
  "use strict";
  const root = document.documentElement;

  // Light and dark: the system decides until somebody does.
  const theme = document.getElementById("theme");
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  try { const kept = localStorage.getItem("dbwright-theme"); if (kept) root.dataset.theme = kept; } catch { /* a file may have no storage */ }
  theme.hidden = false;
  name();
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("dbwright-theme", root.dataset.theme); } catch { /* as above */ }
    name();
  });

  // Copying statements.
  const copy = async (text) => {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("copying is not allowed here");
  };
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = button.parentElement.querySelector("code").textContent;
      try { await copy(text); button.textContent = "Copied"; } catch { button.textContent = "Select and copy"; }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // Filters.
  const form = document.getElementById("filters");
  if (form) {
    const cards = [...document.querySelectorAll(".card")];
    const shown = document.getElementById("shown");
    const nothing = document.getElementById("nothing");
    const apply = () => {
      const severities = new Set([...form.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
      const group = form.elements.group.value;
      const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const changed = form.elements.changed?.checked;
      let count = 0;
      for (const card of cards) {
        const text = words.length ? card.textContent.toLowerCase() : "";
        card.hidden = !(severities.has(card.dataset.severity)
          && (!group || card.dataset.group === group)
          && (!changed || "changed" in card.dataset)
          && words.every((word) => text.includes(word)));
        if (!card.hidden) count += Number(card.dataset.count);
      }
      shown.textContent = `${count} finding${count === 1 ? "" : "s"} shown`;
      nothing.hidden = count > 0;
    };
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.reset();
    apply();
  }

  // A link to something folded or filtered away shows it.
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      if (at.classList.contains("card")) at.hidden = false;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Paper cannot be unfolded.
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open])")) { fold.open = true; fold.dataset.printed = ""; }
  });
  addEventListener("afterprint", () => {
    for (const fold of document.querySelectorAll("details[data-printed]")) { fold.open = false; delete fold.dataset.printed; }
  });
})();

// tongbu (同步): the whole of our own script. Pages read and save without it; it only saves keystrokes.
(() => {
  "use strict";
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];

  // "/" or F2 finds; other keys click the button that names them in data-key ("ctrl+s", "alt+h").
  // By e.code, not e.key: a Chinese input method turns "/" into a comma of its own.
  addEventListener("keydown", (e) => {
    if (e.isComposing) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (e.key === "F2" || (e.code === "Slash" && !typing && !e.ctrlKey && !e.altKey)) { const f = $("[data-find]"); if (f) { e.preventDefault(); f.focus(); f.select(); } return; }
    if (!e.ctrlKey && !e.altKey) return;
    const b = $(`[data-key="${e.ctrlKey ? "ctrl+" : ""}${e.altKey ? "alt+" : ""}${e.code.replace("Key", "").toLowerCase()}"]`);
    if (b) { e.preventDefault(); b.click(); }
  });

  // Enter goes to the next field of a form; Ctrl+Enter saves it. Shift+Enter goes back.
  $$("form[data-enter]").forEach((form) => form.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.isComposing || e.target.tagName === "TEXTAREA" || e.target.tagName === "BUTTON") return;
    e.preventDefault();
    if (e.ctrlKey) { form.requestSubmit(); return; }
    const all = $$("input:not([type=hidden]),select,textarea,button[type=submit]", form).filter((x) => !x.disabled && x.offsetParent);
    const n = all[all.indexOf(e.target) + (e.shiftKey ? -1 : 1)];
    if (n) { n.focus(); if (n.select) n.select(); }
  }));

  // Code list: type a code, a name or pinyin initials (the server writes data-py); arrows move, Enter takes, Esc closes.
  $$("[data-pick]").forEach((box) => {
    const input = $("input", box), list = $("ul", box), all = $$("li", list);
    let at = 0;
    const seen = () => all.filter((li) => !li.hidden);
    const open = (on) => { list.hidden = !on; input.setAttribute("aria-expanded", on); };
    const mark = () => { seen().forEach((li, n) => { li.setAttribute("aria-selected", n === at); if (n === at) input.setAttribute("aria-activedescendant", li.id); }); };
    const take = (li) => { if (li) { input.value = li.dataset.name; open(false); } };
    input.addEventListener("input", () => {
      const q = input.value.trim().toLowerCase();
      all.forEach((li) => { li.hidden = q !== "" && !(li.dataset.code.startsWith(q) || li.dataset.py.startsWith(q) || li.dataset.name.includes(q)); });
      at = 0; open(seen().length > 0); mark();
    });
    input.addEventListener("keydown", (e) => {
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); open(true); const n = seen().length; at = n ? (at + (e.key === "ArrowDown" ? 1 : n - 1)) % n : 0; mark(); }
      else if (e.key === "Enter" && !list.hidden) take(seen()[at]);
      else if (e.key === "Escape") open(false);
    });
    list.addEventListener("mousedown", (e) => { e.preventDefault(); take(e.target.closest("li")); });
    input.addEventListener("blur", () => open(false));
  });

  // One choice in a comparison colours its card.
  $$(".duel").forEach((t) => t.addEventListener("change", (e) => {
    $$("label", e.target.closest("tr")).forEach((l) => l.classList.toggle("sel1", $("input", l).checked));
  }));

  $$("[data-print]").forEach((b) => b.addEventListener("click", () => print()));

  // Residents' screen: the next page every data-turn seconds, unless somebody touches it (then wait a minute).
  // It turns only to a page that is there: while the program starts again the last one stays.
  const tv = $("[data-turn]");
  if (tv && tv.dataset.next) {
    let t = 0;
    const wait = (ms) => { clearTimeout(t); t = setTimeout(go, ms); };
    const go = async () => {
      const there = await fetch(tv.dataset.next, { method: "HEAD" }).catch(() => null);
      if (there && there.ok) location.href = tv.dataset.next; else wait(20000);
    };
    wait(tv.dataset.turn * 1000);
    ["pointerdown", "wheel", "keydown"].forEach((e) => addEventListener(e, () => wait(60000), { passive: true }));
  }

  // The word on each record ([data-word="kind/id"]) changes by itself: asked every few seconds while somebody looks.
  const words = async () => {
    const all = $$("[data-word]").filter((x) => !x.classList.contains("rc3")).slice(0, 200);
    if (!all.length || document.hidden) return;
    const answer = await fetch("/words", { method: "POST", headers: { Accept: "application/json" }, body: JSON.stringify(all.map((x) => x.dataset.word)) }).catch(() => null);
    if (!answer || !answer.ok) return;
    (await answer.json()).forEach((said, n) => { if (said.text && all[n].textContent !== said.text) { all[n].className = said.class; all[n].textContent = said.text; } });
  };
  setInterval(words, 3000);

  // What needs a look first takes the focus.
  const first = $(".note.red[role=alert], [aria-invalid=true]");
  if (first) first.focus();
})();

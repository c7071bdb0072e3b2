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

  // Enter goes to the next field of a form; Ctrl+Enter saves it. Shift+Enter goes back, and in a text of several lines
  // begins a new one. A short form (a password) is sent
  // with Enter in its last field: data-enter="send".
  $$("form[data-enter]").forEach((form) => form.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.isComposing || e.target.tagName === "BUTTON" || e.target.tagName === "TEXTAREA" && e.shiftKey) return;
    e.preventDefault();
    if (e.ctrlKey) { form.requestSubmit(); return; }
    const all = $$("input:not([type=hidden]),select,textarea,button[type=submit]:not(.plain)", form).filter((x) => !x.disabled && x.offsetParent && x.tabIndex >= 0);
    const n = all[all.indexOf(e.target) + (e.shiftKey ? -1 : 1)];
    if (n && n.type === "submit" && !e.shiftKey && form.dataset.enter === "send") { form.requestSubmit(n); return; }
    if (n) { n.focus(); if (n.select) n.select(); }
  }));

  // Combobox: a code list (data-pick, asked for once) or a search among records (data-seek). Type a code, a name or
  // pinyin initials (the server writes data-py); arrows move, Enter takes, Esc closes.
  const lists = {};
  const body = (values) => ({ method: "POST", headers: { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams(values) });
  const part = async (to, how) => { const a = await fetch(to, how).catch(() => null); return a && a.status === 200 ? a.text() : ""; };
  const seen = (box) => $$("li", box).filter((li) => !li.hidden);
  // A list opens upwards where it would end below the window or under the bar of buttons, and to the left at its edge.
  const place = (box, ul) => {
    ul.classList.remove("above", "flush");
    const field = box.lastInput.getBoundingClientRect(), list = ul.getBoundingClientRect(), bar = $(".stickyb"), end = bar ? bar.getBoundingClientRect().top : innerHeight;
    ul.classList.toggle("above", list.bottom > end && field.top > end - field.bottom);
    ul.classList.toggle("flush", list.right > document.documentElement.clientWidth);
  };
  const spread = (box, on) => { const ul = $("ul", box); if (ul) { ul.hidden = !on; if (on) place(box, ul); } box.lastInput.setAttribute("aria-expanded", !!(ul && on)); };
  const mark = (box, at) => { box.at = at; seen(box).forEach((li, n) => { li.setAttribute("aria-selected", n === at); if (n === at) { box.lastInput.setAttribute("aria-activedescendant", li.id); li.scrollIntoView({ block: "nearest" }); } }); };
  const fill = (box, html) => { const old = $("ul", box); if (old) old.remove(); if (!html) return; box.insertAdjacentHTML("beforeend", html); const ul = $("ul", box); ul.id = "l-" + box.lastInput.id; $$("li", ul).forEach((li, n) => { li.id = ul.id + "-" + n; li.dataset.at = n; }); box.lastInput.setAttribute("aria-controls", ul.id); };
  const boxOf = (e) => { const box = e.target.closest && e.target.closest("[data-pick],[data-seek]"); if (box && e.target.getAttribute("role") === "combobox") { box.lastInput = e.target; return box; } return null; };
  const take = (box, li) => {
    const input = box.lastInput; if (!li) return;
    input.value = li.dataset.name;
    if (li.dataset.id) { $$("input[type=radio]", box).forEach((r) => { r.checked = r.value === li.dataset.id; }); const id = $$("input[type=hidden]", box); id[0].value = li.dataset.name; if (id[1]) id[1].value = li.dataset.id; }
    spread(box, false); input.dispatchEvent(new Event("input", { bubbles: true, cancelable: true })); spread(box, false); input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // What is typed may be a whole name or code (a number without its zeros in front too), which comes first; then names
  // that begin with it, initials that do, codes that do, and names that have it somewhere. 9: it is not offered.
  const bare = (code) => code.replace(/^0+(?=.)/, "");
  const rank = (li, q) => {
    const code = li.dataset.code.toLowerCase(), name = li.dataset.name.toLowerCase();
    if (q === "") return 0;
    if (name === q || code === q) return 0;
    if (/^\d+$/.test(q) && bare(code) === bare(q)) return 1;
    if (name.startsWith(q)) return 2;
    if (li.dataset.py.split(" ").some((p) => p.startsWith(q))) return 3;
    if (code.startsWith(q) || bare(code).startsWith(q)) return 4;
    return name.includes(q) ? 5 : 9;
  };
  const order = (box, q) => { const ul = $("ul", box); if (!ul) return; $$("li", ul).map((li) => [rank(li, q), +li.dataset.at, li]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).forEach(([r, , li]) => { li.hidden = r === 9; ul.append(li); }); };
  const narrow = (box) => { order(box, box.lastInput.value.trim().toLowerCase()); spread(box, seen(box).length > 0); mark(box, 0); };
  // A list that did not come is asked for again, by the next field or the next letter.
  const pickList = async (box) => {
    if ($("ul", box)) return;
    const of = box.dataset.pick, html = await (lists[of] ||= part(of, { headers: { "HX-Request": "true" } }));
    if (!html) delete lists[of]; else if (!$("ul", box)) fill(box, html);
  };
  const open = (box) => { if (box.dataset.pick) order(box, ""); spread(box, seen(box).length > 0); mark(box, 0); };
  addEventListener("focusin", (e) => { const box = boxOf(e); if (box && box.dataset.pick) pickList(box); });
  addEventListener("input", (e) => {
    const box = boxOf(e); if (!box || !e.isTrusted) return;
    if (box.dataset.pick) { pickList(box).then(() => { if (document.activeElement === box.lastInput) narrow(box); }); return; }
    clearTimeout(box.wait);
    box.wait = setTimeout(async () => { const q = box.lastInput.value.trim(); fill(box, q ? await part(box.dataset.seek, body({ q })) : ""); if (document.activeElement === box.lastInput) { spread(box, seen(box).length > 0); mark(box, 0); } }, 250);
  });
  addEventListener("keydown", (e) => {
    const box = boxOf(e), list = box && $("ul", box), arrow = e.key === "ArrowDown" || e.key === "ArrowUp"; if (!box || e.isComposing) return;
    if (!list) { if (arrow && box.dataset.pick) { e.preventDefault(); pickList(box).then(() => { if (document.activeElement === box.lastInput) open(box); }); } return; }
    if (arrow) { e.preventDefault(); if (list.hidden) { open(box); return; } const n = seen(box).length; mark(box, n ? (box.at + (e.key === "ArrowDown" ? 1 : n - 1)) % n : 0); }
    else if (e.key === "Enter" && !list.hidden) take(box, seen(box)[box.at]);
    else if (e.key === "Escape") spread(box, false);
  }, true);
  addEventListener("mousedown", (e) => { const li = e.target.closest && e.target.closest(".pick li"); if (li) { e.preventDefault(); take(li.closest(".pick"), li); } });
  addEventListener("focusout", (e) => { const box = boxOf(e); if (box) spread(box, false); });

  // What is typed is kept on the server as it is typed, and each field is checked as one leaves it.
  const sheet = $("form[data-kept]");
  if (sheet) {
    let wait = 0, later = 0, running = null, more = false, here = true, asking = false, sure = false, asked = 0;
    const kept = $("#kept"), values = (more) => { const all = new URLSearchParams(new FormData(sheet)); Object.entries(more || {}).forEach(([k, v]) => all.set(k, v)); return all; };
    const say = (text, warn, href, link) => { kept.className = warn ? "tag amber stay" : "tag"; kept.textContent = text; if (href) { const a = document.createElement("a"); a.href = href; a.textContent = " " + link; a.target = "_blank"; kept.append(a); } };
    const signIn = "/signin?back=" + encodeURIComponent(location.pathname + location.search);
    const keep = async () => {
      const how = body(values()); how.headers.Accept = "application/json"; how.signal = AbortSignal.timeout?.(10000);
      const answer = await fetch(sheet.dataset.kept + sheet.elements.draft.value, how).catch(() => null);
      here = !!answer && answer.status !== 401;
      if (!here) { say(answer ? sheet.dataset.out : sheet.dataset.down, true, answer && signIn, sheet.dataset.signin); if (!answer) later = setTimeout(keepNow, 5000); return; }
      if (!answer.ok) { say(sheet.dataset.unkept, true); return; }
      const said = await answer.json();
      here = !said.out;
      if (said.draft) { sheet.elements.draft.value = said.draft; sheet.elements.revision.value = said.revision; }
      say(said.text, said.warn, said.href, said.link);
    };
    // The first key sets the time, and no later one puts it off: it is on the disk within 0.8 s. One request at a time.
    const keepAll = async () => { try { while (more) { more = false; await keep(); } } finally { running = null; } };
    const keepNow = () => { clearTimeout(wait); clearTimeout(later); wait = 0; more = true; return running ||= keepAll(); };
    sheet.addEventListener("input", () => { sure = false; wait ||= setTimeout(keepNow, 500); });
    // A form leaves its page only when the program has answered just now that it knows who is there. Else what was typed
    // stays on the page, and the message says why.
    sheet.addEventListener("submit", async (e) => {
      if (sure) return;
      e.preventDefault();
      if (asking) return;
      asking = true;
      await keepNow().catch(() => { here = true; }); // an answer that is none of ours: the page of the form says what it is
      asking = false;
      clearTimeout(wait); wait = 0;
      if (here) { sure = true; clearTimeout(later); sheet.requestSubmit(e.submitter); }
    });
    // Who has signed in in another window comes back to this one.
    addEventListener("focus", () => { if (!here) keepNow(); });
    sheet.addEventListener("change", async (e) => {
      const name = e.target.name; if (!/^\d+\./.test(name || "")) return;
      const html = await part(sheet.dataset.check, body(values({ field: name }))); if (!html) return;
      const made = document.createElement("template"); made.innerHTML = html;
      $$("[data-fill]", made.content).forEach((x) => {
        const to = document.getElementById(x.dataset.fill), was = sheet.elements[x.dataset.fill + "@"];
        if (!to || to.value && !(was && to.value === was.value)) return;
        to.value = x.value; if (was) was.value = x.value;
        to.dispatchEvent(new Event("change", { bubbles: true })); // what was said of it is said again
        if (!sure) wait ||= setTimeout(keepNow, 500);
      });
      const said = made.content.firstElementChild, at = said.dataset.for, input = document.getElementById(at); if (!input) return;
      const bad = "bad" in said.dataset, old = document.getElementById("m-" + at), cell = input.closest("td"), row = cell && input.closest("tr");
      if (old) (old.closest("tr.msg") || old).remove();
      if (input.matches("input,select,textarea")) { bad ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid"); input.setAttribute("aria-describedby", "m-" + at); }
      (cell || input.closest(".f")).classList.toggle("bad", bad);
      if (!said.children.length) return;
      if (!cell) { input.closest(".v").append(said); return; }
      const under = document.createElement("tr"), n = cell.cellIndex; under.className = "msg";
      const gap = under.insertCell(); gap.colSpan = n; const rest = under.insertCell(); rest.colSpan = row.cells.length - n; rest.append(said); row.after(under);
    });
    // The fields of the member one stands in that are not in the table.
    sheet.addEventListener("focusin", (e) => {
      const row = e.target.closest("tr[data-row]"), open = sheet.elements.open; if (!row || !open || open.value === row.dataset.row) return;
      const turn = ++asked;
      setTimeout(async () => {
        if (turn !== asked) return;
        const html = await part("/further", body(values({ open: row.dataset.row }))); if (!html || turn !== asked) return;
        $("#further").innerHTML = html;
        $$("tr[data-row]").forEach((r) => r.classList.toggle("on", r === row));
      }, 200);
    });
  }

  // One choice in a comparison colours its card.
  $$(".duel").forEach((t) => t.addEventListener("change", (e) => {
    $$("label", e.target.closest("tr")).forEach((l) => l.classList.toggle("sel1", $("input", l).checked));
  }));

  // What was found: down from the field into the list, up and down within it; Enter opens.
  addEventListener("keydown", (e) => {
    if (e.isComposing || e.ctrlKey || e.altKey || (e.key !== "ArrowDown" && e.key !== "ArrowUp")) return;
    const all = $$("[data-hit]"), from = document.activeElement, n = all.indexOf(from);
    if (!all.length || (n < 0 && !(from.matches("input[hx-post]") && e.key === "ArrowDown"))) return;
    e.preventDefault();
    const to = e.key === "ArrowDown" ? all[n + 1] : all[n - 1] || $("input[hx-post]");
    if (!to) return;
    $$("tr.on", to.closest("table") || document).forEach((row) => row.classList.remove("on"));
    if (to.closest("tr")) to.closest("tr").classList.add("on");
    to.focus();
  });

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

  // What scrolls by itself can be reached with the keyboard.
  const reach = () => $$(".box, .scroll, form").forEach((x) => { if (x.scrollWidth > x.clientWidth && getComputedStyle(x).overflowX === "auto") x.tabIndex = 0; });
  const grown = new ResizeObserver(reach);
  $$(".box, .scroll, form, .box > table, .scroll > table").forEach((x) => grown.observe(x));
  reach(); addEventListener("htmx:afterSettle", reach);

  // What needs a look first takes the focus.
  const first = $(".note.red[role=alert], [aria-invalid=true]");
  if (first) first.focus();
})();

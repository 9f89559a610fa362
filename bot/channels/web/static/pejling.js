// Pejling's own script. Everything works without it; with it, pages open in place and messages arrive by themselves.
"use strict";

(() => {
  const stream = document.getElementById("stream");
  const words = document.body.dataset;
  const seen = new Set();

  // ---- asking the server ------------------------------------------------------------------------------

  async function post(form, submitter) {
    const body = new URLSearchParams(new FormData(form));
    if (submitter && submitter.name) body.set(submitter.name, submitter.value);
    const headers = { "X-Fragment": "1", "X-Zone": Intl.DateTimeFormat().resolvedOptions().timeZone || "" };
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers, credentials: "same-origin" });
    const type = answer.headers.get("Content-Type") || "";
    if (!type.startsWith("application/json")) throw new Error("not ours");
    const parts = await answer.json();
    if (!answer.ok && !parts.go) throw new Error("refused");
    return parts;
  }

  function newNonce() {
    return Array.from(crypto.getRandomValues(new Uint8Array(9)), (n) => n.toString(36).padStart(2, "0")).join("");
  }

  // A second press while the first is under way is the same press; after the answer it is a new one.
  async function send(form, submitter) {
    if (form.getAttribute("aria-busy") === "true") return null;
    form.setAttribute("aria-busy", "true");
    if (submitter) submitter.setAttribute("aria-busy", "true");
    try {
      const parts = await post(form, submitter);
      const nonce = form.querySelector('input[name="nonce"]');
      if (nonce) nonce.value = newNonce();
      return parts;
    } catch (error) {
      tell(form, words.lost);
      return null;
    } finally {
      form.removeAttribute("aria-busy");
      if (submitter) submitter.removeAttribute("aria-busy");
    }
  }

  function tell(form, text) {
    let note = form.querySelector("[data-note]");
    if (!note) {
      note = document.createElement("p");
      note.dataset.note = "";
      note.className = "wrong";
      note.setAttribute("role", "alert");
      form.append(note);
    }
    note.textContent = text;
  }

  function fragment(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  }

  // ---- the conversation -------------------------------------------------------------------------------

  function place(subject, html) {
    if (!stream) return;
    const card = fragment(html).firstElementChild;
    const old = subject && stream.querySelector(`[data-subject="${CSS.escape(subject)}"]`);
    if (old) {
      const held = old.contains(document.activeElement);
      old.replaceWith(card);
      if (held) card.focus();
    } else {
      stream.append(card);
      card.scrollIntoView({ block: "nearest" });
    }
    countDown();
  }

  // Going on after a card that says where help is: it gives way to a neutral one, and so does the line that called for it.
  function settle(pressed, html) {
    const card = fragment(html).firstElementChild;
    const line = pressed.previousElementSibling;
    if (line && line.classList.contains("mine")) line.remove();
    pressed.replaceWith(card);
    card.focus();
  }

  function listen() {
    const source = new EventSource(stream.dataset.stream);
    let lost = false;
    source.addEventListener("card", (event) => {
      if (event.lastEventId && seen.has(event.lastEventId)) return;
      if (event.lastEventId) seen.add(event.lastEventId);
      const card = JSON.parse(event.data);
      place(card.subject, card.html);
    });
    source.addEventListener("gone", (event) => {
      const old = stream.querySelector(`[data-subject="${CSS.escape(JSON.parse(event.data))}"]`);
      if (old) old.remove();
    });
    source.addEventListener("error", () => { lost = true; if (source.readyState === EventSource.CLOSED) catchUp(); });
    source.addEventListener("open", () => { if (lost) { lost = false; catchUp(); } });
    addEventListener("pagehide", () => source.close());
  }

  // What came while the stream was away: the open cards as they stand now.
  async function catchUp() {
    const answer = await fetch(stream.dataset.open, { headers: { "X-Fragment": "1" }, credentials: "same-origin" }).catch(() => null);
    if (!answer) return;
    if (answer.status === 401) { location.assign(stream.dataset.gone || "/"); return; }
    if (!answer.ok) return;
    const now = fragment(await answer.text());
    const subjects = new Set();
    for (const card of [...now.children]) {
      const subject = card.dataset.subject || "";
      subjects.add(subject);
      const old = subject && stream.querySelector(`[data-subject="${CSS.escape(subject)}"]`);
      if (!old) stream.append(card);
      else if (old.textContent.trim() !== card.textContent.trim()) old.replaceWith(card);
    }
    for (const old of stream.querySelectorAll("[data-subject]")) if (!subjects.has(old.dataset.subject)) old.remove();
  }

  function echo(text, label) {
    const line = document.createElement("p");
    line.className = "card mine own";
    const who = document.createElement("span");
    who.className = "unseen";
    who.textContent = `${label}: `;
    line.append(who, text);
    stream.append(line);
    line.scrollIntoView({ block: "nearest" });
    return line;
  }

  // ---- form pages over the page -----------------------------------------------------------------------

  let dialog = null;
  let opener = null;
  let renew = false; // whether the page behind is to be drawn anew once the dialog closes

  function frame() {
    if (dialog) return dialog;
    dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "form-title");
    const bar = document.createElement("div");
    bar.className = "bar";
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = words.close;
    close.addEventListener("click", leave);
    bar.append(close);
    const inner = document.createElement("div");
    inner.className = "inner";
    dialog.append(bar, inner);
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
    dialog.addEventListener("close", closed);
    document.body.append(dialog);
    return dialog;
  }

  function show(html) {
    const box = frame();
    const inner = box.querySelector(".inner");
    inner.replaceChildren(fragment(html));
    inner.querySelectorAll("form").forEach((form) => { form.dataset.first = snapshot(form); });
    prepare(inner);
    if (!box.open) {
      const held = document.activeElement;
      opener = held && held !== document.body ? { held, subject: held.closest("[data-subject]")?.dataset.subject } : null;
      box.showModal();
    }
    box.scrollTop = 0;
    const target = inner.querySelector("[data-focus]") || inner.querySelector("#form-title");
    if (target) target.focus();
  }

  function snapshot(form) {
    const data = new FormData(form);
    data.delete("nonce");
    return JSON.stringify([...data]);
  }

  // Leaving a page with something new on it saves it for later: closing loses nothing.
  async function leave() {
    const form = dialog.querySelector("form[data-form]");
    const later = form && form.querySelector('button[name="button"][value="later"]');
    if (later && snapshot(form) !== form.dataset.first) {
      const parts = await send(form, later);
      if (parts) take(parts, form);
      return;
    }
    dialog.close();
  }

  function closed() {
    dialog.querySelector(".inner").replaceChildren();
    if (!stream || renew) { location.reload(); return; }
    const back = opener && (opener.held.isConnected ? opener.held : opener.subject && stream.querySelector(`[data-subject="${CSS.escape(opener.subject)}"]`));
    (back || document.getElementById("line") || document.getElementById("main")).focus();
    opener = null;
  }

  function take(parts, form) {
    if (!parts) return;
    if (parts.go) { location.assign(parts.go); return; }
    renew = renew || Boolean(parts.renew);
    if (parts.card) {
      if (!stream) { location.assign("/chat"); return; }
      const pressed = form.closest(".card.care:not([data-subject])");
      if (pressed) settle(pressed, parts.card);
      else place("", parts.card);
    }
    if (parts.form) show(parts.form);
    else if (dialog && dialog.open && dialog.contains(form)) dialog.close();
    else if (!stream || renew) location.reload();
  }

  // ---- fields -----------------------------------------------------------------------------------------

  function prepare(root) {
    root.querySelectorAll("fieldset").forEach(watchChoices);
    root.querySelectorAll("[data-counts]").forEach(watchLength);
    root.querySelectorAll("[data-fills]").forEach(watchDay);
  }

  function watchChoices(set) {
    const boxes = [...set.querySelectorAll('input[type="checkbox"]')];
    if (!boxes.length) return;
    const most = Number(set.dataset.max) || 0;
    const count = set.querySelector("[data-count]");
    const first = count ? count.textContent : "";
    const refresh = () => {
      const chosen = boxes.filter((box) => box.checked).length;
      if (most) boxes.forEach((box) => { box.disabled = chosen >= most && !box.checked && !("exclusive" in box.dataset); });
      if (count) count.textContent = chosen ? `${first} ${set.dataset.left} ${chosen}.` : first;
    };
    set.addEventListener("change", (event) => {
      const now = event.target;
      if (now.checked) boxes.forEach((box) => {
        if (box !== now && ("exclusive" in now.dataset || "exclusive" in box.dataset)) box.checked = false;
      });
      refresh();
    });
    refresh();
  }

  function watchLength(note) {
    const field = document.getElementById(note.dataset.counts);
    const limit = Number(field.dataset.limit);
    const refresh = () => {
      const left = limit - [...field.value].length;
      note.textContent = left < 0 ? `${note.dataset.over} ${-left}` : left < limit / 10 ? `${note.dataset.left} ${left}` : "";
    };
    field.addEventListener("input", refresh);
    refresh();
  }

  function watchDay(picker) {
    const said = document.getElementById(picker.dataset.fills);
    picker.addEventListener("change", () => { if (picker.value) said.value = ""; });
    said.addEventListener("input", () => { if (said.value) picker.value = ""; });
  }

  // ---- what ends at a moment --------------------------------------------------------------------------

  // Minutes, not seconds: there is time.
  const COUNTS_EVERY = 15000; // milliseconds

  function countDown() {
    document.querySelectorAll("[data-until]").forEach((note) => {
      const minutes = Math.ceil((new Date(note.dataset.until) - Date.now()) / 60000);
      note.dataset.said = note.dataset.said || note.textContent;
      const left = minutes > 1 ? `${minutes} ${note.dataset.left}` : minutes === 1 ? note.dataset.soon : "";
      note.textContent = left && minutes <= 120 ? `${note.dataset.said} – ${left}` : note.dataset.said;
    });
  }

  // ---- what somebody else shares ----------------------------------------------------------------------

  // What is no longer shared is not left standing on a screen. Asking is not opening it, so it leaves no trace.
  const STILL_EVERY = 30000; // milliseconds

  function watchShared(open) {
    const ask = async () => {
      const answer = await fetch(open.dataset.still, { headers: { "X-Fragment": "1" }, credentials: "same-origin" }).catch(() => null);
      if (!answer || (answer.status !== 404 && answer.status !== 401)) return;
      document.getElementById("main").replaceChildren();
      document.title = document.querySelector("header .name").textContent.trim();
      location.replace("/shared");
    };
    setInterval(ask, STILL_EVERY);
    addEventListener("focus", ask);
    addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  }

  // ---- what is pressed --------------------------------------------------------------------------------

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const { submitter } = event;
    if ("say" in form.dataset) {
      event.preventDefault();
      const field = form.querySelector('input[name="text"]');
      if (!field.value.trim()) return;
      const line = field.type === "text" ? echo(field.value, form.dataset.you) : null;
      const parts = await send(form, submitter);
      if (!parts) { if (line) line.remove(); return; }
      if (line) field.value = "";
      take(parts, form);
    } else if ("press" in form.dataset || "form" in form.dataset) {
      event.preventDefault();
      take(await send(form, submitter), form);
    } else if ("travel" in form.dataset && stream) {
      event.preventDefault();
      const parts = await send(form, submitter);
      if (parts && parts.now) document.getElementById("travel-now").textContent = parts.now;
      if (parts) catchUp();
    }
  });

  // A link in a list of errors goes to the field and into it.
  document.addEventListener("click", (event) => {
    if (dialog && dialog.open && event.target.closest("dialog [data-close]")) {
      event.preventDefault();
      dialog.close();
      return;
    }
    const link = event.target.closest('.summary a[href^="#"]');
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: "center" });
  });

  // A page that the browser kept aside may be somebody else's by now.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  prepare(document);
  countDown();
  setInterval(countDown, COUNTS_EVERY);
  document.querySelectorAll("[data-copies]").forEach((field) => field.addEventListener("focus", () => field.select()));
  document.querySelectorAll("[data-still]").forEach(watchShared);
  document.querySelector("[data-focus]")?.focus();
  if (stream && window.EventSource) listen();
})();

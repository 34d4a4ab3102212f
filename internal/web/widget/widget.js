// SPDX-License-Identifier: Apache-2.0
// Lecito on a website: asks before anything is stored or sent, keeps what waits
// for a yes from running until it is there, and gives forms their notice and
// boxes. docs/website.md says how to use it. Nothing is stored before a choice.
(() => {
  "use strict";
  const me = document.currentScript || document.querySelector("script[data-org][src*='widget.js']");
  if (!me || window.lecito) return;
  const { org, key } = me.dataset;
  if (!org) return;
  const home = new URL(".", me.src).href;
  const store = "lecito:" + org;
  const gpc = navigator.globalPrivacyControl === true;
  const ran = new Set(); // purposes that something has run for on this page
  const places = new Map(); // of frames that wait, and what stands there meanwhile
  let config; // what the organisation declares, in the reader's language
  let state = read(); // what was chosen in this browser; null: nothing is known
  let banner, dialog, link;

  // --- what was chosen ---

  function read() {
    try {
      const s = JSON.parse(localStorage.getItem(store));
      return s && s.at && s.says && s.device ? s : null;
    } catch {
      return null; // no storage, or somebody else's: the state is not known
    }
  }

  function write() {
    try {
      localStorage.setItem(store, JSON.stringify(state));
    } catch {} // it then holds for this page
  }

  // after is so many calendar months later; the last of a month where it has no such day.
  function after(at, months, days) {
    const d = new Date(at), day = d.getDate();
    d.setMonth(d.getMonth() + months);
    if (d.getDate() !== day) d.setDate(0);
    return d.setDate(d.getDate() + days);
  }

  // said is what stands about a purpose: true, false, or undefined where it is to
  // be asked (again): its time is over, or what is declared of it has changed.
  function said(p) {
    const s = state && state.says[p.id];
    if (!s || s[1] !== p.mark) return;
    const over = (t) => t && Date.now() >= after(state.at, t.months, t.days);
    if (!over(config.again) && !(s[0] && over(p.expires))) return s[0] === 1;
  }

  const asked = () => config.purposes.filter((p) => !p.necessary);
  const answered = () => asked().every((p) => said(p) !== undefined);

  function allows(names) {
    return !!config && names.split(/\s+/).every((id) => config.purposes.some((p) => p.id === id && (p.necessary || said(p))));
  }

  // choose keeps a choice and sends its evidence. answers says yes or no by purpose.
  function choose(answers, how) {
    const shown = words(how.box) + "\n\n→ " + how.button;
    const before = (p) => state && state.says[p.id] && state.says[p.id][0];
    const by = new Map(); // one request for each notice
    for (const p of asked()) {
      const notice = JSON.stringify(p.notice);
      const choice = answers[p.id] ? "given" : before(p) ? "withdrawn" : "refused";
      by.set(notice, [...(by.get(notice) || []), { purpose: p.id, channel: "web", choice }]);
    }
    state = {
      at: Date.now(),
      device: (state && state.device) || "web-" + random(),
      says: Object.fromEntries(asked().map((p) => [p.id, [answers[p.id] ? 1 : 0, p.mark]])),
      receipts: [],
      unsent: (state && state.unsent) || [],
    };
    for (const [notice, choices] of by) {
      state.unsent.push({
        idempotency_key: random(),
        subject: { device: state.device },
        source: "web-banner",
        notice: notice && { ...JSON.parse(notice), language: config.language },
        choices,
        // Boxes that show an earlier yes did not come unticked.
        evidence: { method: how.method, default: how.again ? undefined : "unticked", text: shown, url: place(), user_agent: navigator.userAgent },
      });
    }
    write();
    close();
    signal();
    release(document);
    emit("change", lecito.state);
    // What has run can't be taken back: a fresh page runs without it.
    const stale = [...ran].some((names) => !allows(names));
    flush().then(() => stale && me.dataset.reload !== "no" && location.reload());
  }

  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const words = (e) => e.innerText.trim().slice(0, 6000); // as long as evidence may be
  const place = () => location.origin + location.pathname;

  // post sends without a preflight, and goes on when the page is left.
  function post(body) {
    const to = home + "v1/choices?key=" + encodeURIComponent(key);
    const text = JSON.stringify(body);
    return fetch(to, { method: "POST", body: text, keepalive: true, credentials: "omit", signal: AbortSignal.timeout(15e3) }).catch((e) => {
      if (body.subject.device || !navigator.sendBeacon) throw e; // a banner's choice is kept, and sent again
      return { ok: navigator.sendBeacon(to, text), json: () => ({}) };
    });
  }

  // flush sends what was not taken yet, in order. What stays is sent from the next page.
  let sending;
  const flush = () => (sending ||= send().finally(() => (sending = undefined)));

  async function send() {
    try {
      while (state && state.unsent.length) {
        const body = state.unsent[0];
        const r = await post(body);
        if (!r.ok) return console.warn("lecito: the choice was not recorded:", r.status);
        const { receipt } = await r.json();
        state.unsent = state.unsent.filter((b) => b !== body);
        state.receipts.push(receipt);
        write();
        emit("recorded", { receipt });
      }
    } catch {} // no network
  }

  // --- Google's Consent Mode, version 2 ---

  function gtag() {
    (window.dataLayer ||= []).push(arguments);
  }

  function denied() {
    const all = { security_storage: "granted", wait_for_update: 500 };
    for (const kind of "ad_storage ad_user_data ad_personalization analytics_storage functionality_storage personalization_storage".split(" ")) all[kind] = "denied";
    gtag("consent", "default", all);
  }

  function signal() {
    if (!config.google) return;
    const update = {};
    for (const kind in config.google) update[kind] = allows(config.google[kind]) ? "granted" : "denied";
    gtag("consent", "update", update);
  }

  // --- what waits for a yes ---

  function release(root) {
    for (const e of root.querySelectorAll("[data-lecito-purpose]")) run(e);
  }

  function run(e) {
    const names = e.dataset.lecitoPurpose.trim();
    if (!allows(names)) return e.localName === "iframe" && stand(e, names);
    if (e.localName === "script") {
      if (e.type !== "text/plain") return;
      // Under a policy with nonces only what the site itself marked may run.
      if (me.nonce && e.nonce !== me.nonce) return console.warn("lecito: a script for", names, "lacks the page's nonce");
      const s = document.createElement("script");
      for (const { name, value } of e.attributes) if (name !== "type" && name !== "src") s.setAttribute(name, value);
      s.nonce = e.nonce;
      s.async = e.hasAttribute("async"); // the others run in their order
      if (e.dataset.lecitoType) s.type = e.dataset.lecitoType;
      const src = e.getAttribute("src") || e.dataset.lecitoSrc;
      if (src) s.src = trusted.createScriptURL(src);
      else s.text = trusted.createScript(e.textContent);
      e.replaceWith(s);
      ran.add(names);
      return;
    }
    for (const name of ["srcset", "src", "href"]) {
      const attribute = "data-lecito-" + name;
      if (!e.hasAttribute(attribute)) continue;
      e.setAttribute(name, e.getAttribute(attribute));
      e.removeAttribute(attribute);
      ran.add(names);
    }
    if (!places.has(e)) return;
    const { at, style } = places.get(e);
    at.remove();
    places.delete(e);
    e.style.cssText = style;
  }

  // stand puts a word, and the way to say yes, where a frame waits for one.
  function stand(e, names) {
    const wanted = names.split(/\s+/).map((id) => config.purposes.find((p) => p.id === id));
    if (places.has(e) || !wanted.every((p) => p)) return;
    const at = shade(h("div", { className: "foot box" },
      h("p", { textContent: config.words.blocked + " " + wanted.map((p) => p.title).join(", ") + "." }),
      h("button", { type: "button", className: "link", textContent: config.words.preferences, onclick: open })));
    places.set(e, { at, style: e.style.cssText });
    e.style.setProperty("display", "none", "important"); // whatever the site's styles say of frames
    e.after(at);
  }

  const trusted = (() => {
    const plain = { createScriptURL: (s) => s, createScript: (s) => s };
    try {
      return window.trustedTypes ? trustedTypes.createPolicy("lecito", plain) : plain;
    } catch {
      return plain; // the page's policy does not name lecito
    }
  })();

  // --- banner and dialog ---

  const style = new CSSStyleSheet();
  style.replaceSync(`
:host { all: initial; color-scheme: light dark;
  --paper: #fbfaf7; --ink: #1b1a17; --soft: #55524a; --line: #77736a; --deep: var(--lecito-accent, #0e5a43); --on: var(--lecito-on-accent, #fff) }
@supports (color: light-dark(red, red)) { :host {
  --paper: light-dark(#fbfaf7, #1b1a17); --ink: light-dark(#1b1a17, #f3f1ea); --soft: light-dark(#55524a, #c4c0b4); --line: light-dark(#77736a, #97938a);
  --deep: var(--lecito-accent, light-dark(#0e5a43, #8fd3b6)); --on: var(--lecito-on-accent, light-dark(#fff, #10231b)) } }
:host([hidden]) { display: none }
:host([theme=light]) { color-scheme: light }
:host([theme=dark]) { color-scheme: dark }
* { box-sizing: border-box }
section, dialog, .foot { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
section { position: fixed; inset: auto 0 0; z-index: 2147483646; max-height: 85vh; overflow: auto; border-top: 2px solid var(--deep); box-shadow: 0 -4px 24px #0003 }
section > div { position: relative; max-width: 60rem; margin: auto; padding: 1rem 1.25rem 1.25rem }
dialog { width: min(44rem, 100vw - 1.5rem); max-height: calc(100vh - 1.5rem); padding: 1.25rem; border: 1px solid var(--line); border-radius: .5rem; overflow: auto; overscroll-behavior: contain }
dialog::backdrop { background: #000a }
h2 { font: 600 1.25rem/1.3 Charter, "Iowan Old Style", Georgia, ui-serif, serif; margin: 0 3.5rem .5rem 0; min-height: 1.75rem }
p, ul { margin: 0 0 .75rem; padding: 0 }
li { list-style: none; padding: .75rem 0; border-top: 1px solid var(--line) }
li p { margin: .25rem 0 0 2.25rem }
.soft { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere }
label, li b { display: flex; gap: .75rem; align-items: center; font-weight: 600; min-height: 2rem }
input { flex: none; width: 1.5rem; height: 1.5rem; margin: 0; accent-color: var(--deep) }
li b :first-child { flex: none; width: 1.5rem; text-align: center }
.acts { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: 1rem }
button, select { font: inherit; cursor: pointer; min-height: 2.75rem }
.acts button { padding: .5rem .75rem; font-weight: 600; color: var(--on); background: var(--deep); border: 2px solid var(--deep); border-radius: .375rem }
.acts .plain { grid-column: 1 / -1; color: var(--deep); background: none }
.shut { position: absolute; top: .75rem; right: 1.25rem; width: 2.75rem; font-size: 1.25rem; line-height: 1; color: var(--ink); background: none; border: 2px solid var(--ink); border-radius: .375rem }
.last { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; margin: .75rem 0 0 }
select { color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: .375rem; padding: 0 .5rem }
a, .link { color: var(--deep); text-underline-offset: .2em; padding: .25rem 0 }
.link { background: none; border: 0; text-decoration: underline }
.foot { padding: .5rem 1.25rem; text-align: center }
.box { border: 1px solid var(--line); border-radius: .375rem; padding: 1rem }
:focus-visible { outline: 3px solid var(--deep); outline-offset: 2px }
.acts :focus-visible { outline-color: var(--ink) }
h2:focus { outline: none }
@media (min-width: 48rem) { .acts { grid-template-columns: repeat(3, 1fr) } .acts .plain { grid-column: auto } }
@media print { :host { display: none } }
@media (forced-colors: active) { .acts button { border-color: ButtonText } }`);

  function h(tag, props, ...kids) {
    const e = Object.assign(document.createElement(tag), props);
    e.append(...kids.filter((k) => k));
    return e;
  }

  // shade gives something of ours a place where the site's styles do not reach.
  function shade(e) {
    const host = h("lecito-ask");
    host.lang = config.language;
    if (me.dataset.theme) host.setAttribute("theme", me.dataset.theme);
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    root.append(e);
    return host;
  }

  const answer = (yes) => Object.fromEntries(asked().map((p) => [p.id, yes]));

  // acts are the buttons: refusing and accepting look the same and stand side by side.
  function acts(box, third) {
    const w = config.words;
    const all = (yes, button) => () => choose(answer(yes), { box: box(), method: "button", button });
    return h("div", { className: "acts" },
      h("button", { type: "button", id: "refuse", textContent: w.refuse, onclick: all(false, w.refuse) }),
      h("button", { type: "button", id: "accept", textContent: w.accept, onclick: all(true, w.accept) }),
      third);
  }

  const shut = (name, onclick) => h("button", { type: "button", className: "shut", id: "close", textContent: "✕", ariaLabel: name, title: name, onclick });

  function last() {
    const w = config.words;
    const pick = h("select", { ariaLabel: w.language, onchange: () => speak(pick.value) },
      ...config.languages.map((l) => h("option", { value: l.id, lang: l.id, textContent: l.name, selected: l.id === config.language })));
    return h("p", { className: "last" },
      config.notice && h("a", { href: new URL(config.notice, home).href, target: "_blank", rel: "noopener", textContent: w.notice }), pick);
  }

  function ask() {
    const w = config.words;
    const refuse = () => choose(answer(false), { box: banner.shadowRoot.firstChild, method: "button", button: w.close });
    const box = h("section", {}, h("div", {},
      h("h2", { id: "t", textContent: w.title }),
      shut(w.close, refuse),
      h("p", { textContent: w.text }),
      gpc && h("p", { textContent: w.gpc }),
      acts(() => box, h("button", { type: "button", className: "plain", id: "choose", textContent: w.choose, onclick: open })),
      last()));
    box.setAttribute("aria-labelledby", "t");
    banner = shade(box);
    document.body.prepend(banner);
    room(box.offsetHeight + "px");
  }

  // room lets the page be scrolled until its end, and what has the focus, stand above the banner.
  function room(height) {
    const s = document.documentElement.style;
    s.paddingBottom = s.scrollPaddingBottom = height;
  }

  function item(p, boxes) {
    const w = config.words;
    const title = h("span", { textContent: p.title, lang: p.language });
    const box = !p.necessary && h("input", { type: "checkbox", id: "p-" + p.id });
    if (box) {
      box.defaultChecked = said(p) === true;
      boxes.set(p.id, box);
    }
    const about = [p.description, p.benefit].filter((t) => t).join(" ");
    return h("li", {},
      box ? h("label", {}, box, title) : h("b", {}, h("span", { textContent: "✓", ariaHidden: "true" }), title),
      about && h("p", { textContent: about, lang: p.described }),
      h("p", { className: "soft", textContent: [!box && w.always, p.seen, p.keep].filter((t) => t).join(" ") }));
  }

  function open() {
    if (!config || dialog) return;
    const w = config.words, boxes = new Map(), known = answered();
    const save = () => choose(Object.fromEntries([...boxes].map(([id, b]) => [id, b.checked])), { box, method: "checkbox", button: w.save, again: [...boxes.values()].some((b) => b.defaultChecked) });
    // Closed without an answer, when none stands, it is a no.
    const leave = () => (known ? close() : choose(answer(false), { box, method: "button", button: w.close }));
    const box = h("dialog", { oncancel: (e) => (e.preventDefault(), leave()) },
      h("h2", { id: "t", textContent: w.dialog, tabIndex: -1, autofocus: true }),
      shut(known ? w.shut : w.close, leave),
      h("p", { textContent: w.lead }),
      h("ul", {}, ...config.purposes.map((p) => item(p, boxes))),
      gpc && h("p", { textContent: w.gpc }),
      state && h("p", { className: "soft", textContent: w.said + " " + new Date(state.at).toLocaleString(config.language, { dateStyle: "long", timeStyle: "short" }) }),
      state && state.receipts.length && h("p", { className: "soft", id: "receipt", textContent: w.receipt + " " + state.receipts.join(" ") }),
      acts(() => box, h("button", { type: "button", className: "plain", id: "save", textContent: w.save, onclick: save })),
      last());
    box.setAttribute("aria-labelledby", "t");
    dialog = shade(box);
    if (banner) banner.hidden = true;
    document.body.append(dialog);
    box.showModal();
  }

  function close() {
    if (dialog) dialog.shadowRoot.firstChild.close();
    for (const e of [dialog, banner]) if (e) e.remove();
    banner = dialog = undefined;
    room("");
    if (!answered()) ask();
  }

  // footer adds the way back to the preferences where the page has none.
  function footer() {
    if (link) link.remove();
    if (!asked().length || document.querySelector("[data-lecito-preferences]")) return;
    link = shade(h("div", { className: "foot" }, h("button", { type: "button", className: "link", textContent: config.words.preferences, onclick: open })));
    document.body.append(link);
  }

  // --- forms ---

  const equipped = new WeakSet();

  function field(form, kind, select) {
    const e = form.querySelector(`[data-lecito-field=${kind}]`) || form.querySelector(select);
    return e && e.value !== undefined ? e : null;
  }

  const fields = (form) => ({
    email: field(form, "email", "input[type=email], input[autocomplete~=email], input[name=email]"),
    phone: field(form, "phone", "input[type=tel], input[autocomplete~=tel], input[name=phone]"),
  });

  function equip(form) {
    if (equipped.has(form)) return;
    equipped.add(form);
    const action = new URL(form.getAttribute("action") || "", location.href);
    if (action.href.startsWith(home + "widget/")) return; // it goes to Lecito itself, as without scripts
    const source = config.forms[form.dataset.lecitoSource];
    if (!source) return console.warn("lecito: no source", form.dataset.lecitoSource, "with purposes and a notice is declared");
    let block = form.querySelector("input[name=lecito]") && form;
    if (!block) {
      block = notice(source, fields(form));
      const here = form.querySelector("[data-lecito-notice]");
      const button = form.querySelector("[type=submit], button:not([type])");
      if (here) here.append(block);
      else if (button) button.before(block);
      else form.append(block);
    }
    let sent;
    form.addEventListener("submit", () => {
      try {
        const body = proof(form, block, source);
        const now = JSON.stringify(body);
        if (!body || now === sent) return; // sent again after a mistake elsewhere in the form
        sent = now;
        emit("form", { source: body.source, choices: body.choices });
        post({ ...body, idempotency_key: random() })
          .then((r) => r.ok || Promise.reject(r.status))
          .catch((e) => (sent = console.warn("lecito: the form's choices were not recorded:", e)));
      } catch (e) {
        console.warn("lecito:", e); // the form goes its way
      }
    }, true);
  }

  // notice is the short notice with a box, not ticked, for each purpose and channel the form can reach.
  function notice(source, reach) {
    const block = h("div", { className: "lecito-notice", lang: config.language },
      h("p", { lang: source.language }, source.text + " ", h("a", { href: new URL(source.href, home).href, target: "_blank", rel: "noopener", lang: config.language, textContent: config.words.more })));
    for (const p of source.purposes) {
      const channels = p.channels.filter((c) => c.kinds.some((k) => reach[k]));
      if (!channels.length) continue;
      block.append(h("fieldset", {}, h("legend", { textContent: p.title, lang: p.language }), p.description && h("p", { textContent: p.description, lang: p.described }),
        ...channels.map((c) => h("p", {}, h("label", {}, h("input", { type: "checkbox", name: "lecito", value: p.id + "." + c.id }), " " + c.text)))));
    }
    return block;
  }

  // proof is the evidence of what is ticked, null where nothing is.
  function proof(form, block, source) {
    const boxes = [...form.querySelectorAll("input[name=lecito]")];
    const ticked = boxes.filter((b) => b.checked);
    const values = ticked.map((b) => b.value);
    const kinds = source.purposes.flatMap((p) => p.channels.flatMap((c) => (values.includes(p.id + "." + c.id) ? c.kinds : [])));
    const subject = {}; // by no more than what the ticked channels reach
    for (const [kind, e] of Object.entries(fields(form))) if (e && e.value.trim() && kinds.includes(kind)) subject[kind] = e.value.trim();
    if (!ticked.length || !Object.keys(subject).length) return null;
    const shown = block === form ? [form.querySelector("[data-lecito-notice]"), ...boxes.flatMap((b) => [...b.labels])] : [block];
    return {
      subject, source: form.dataset.lecitoSource,
      notice: { ...source.notice, language: source.language },
      choices: values.map((v) => {
        const dot = v.lastIndexOf(".");
        return { purpose: v.slice(0, dot), channel: v.slice(dot + 1), choice: "given" };
      }),
      evidence: {
        method: "checkbox", default: boxes.some((b) => b.defaultChecked) ? "ticked" : "unticked",
        text: shown.filter((e) => e).map(words).join("\n").slice(0, 6000), url: place(), user_agent: navigator.userAgent,
      },
    };
  }

  // --- start ---

  const marked = "[data-lecito-purpose], form[data-lecito-source]";

  function look(root) {
    release(root);
    for (const form of root.querySelectorAll("form[data-lecito-source]")) equip(form);
  }

  function emit(name, detail) {
    document.dispatchEvent(new CustomEvent("lecito:" + name, { detail }));
  }

  async function load(language) {
    const answer = await fetch(home + "widget/" + encodeURIComponent(org) + ".json?lang=" + language, { credentials: "omit" });
    if (!answer.ok) throw new Error("lecito: " + org + " answers " + answer.status);
    config = await answer.json();
  }

  // speak changes the language of what is on the screen.
  async function speak(language) {
    const inDialog = !!dialog;
    await load(language);
    close();
    footer();
    if (inDialog) open();
    const on = dialog || banner;
    if (on) on.shadowRoot.querySelector("select").focus();
  }

  // The page's own language comes first: the site is read in it.
  function mine() {
    const ours = ["it", "en", "fr", "de", "es"];
    return [document.documentElement.lang, ...navigator.languages].map((l) => l.slice(0, 2).toLowerCase()).find((l) => ours.includes(l)) || "";
  }

  async function start() {
    try {
      await load(mine());
    } catch (e) {
      return console.warn(e.message); // nothing runs that waits for a yes
    }
    if (config.google && !("google" in me.dataset)) denied();
    if (state) signal();
    look(document);
    new MutationObserver((all) => {
      if (all.some((m) => [...m.addedNodes].some((n) => n.matches && (n.matches(marked) || n.querySelector(marked))))) look(document);
    }).observe(document.documentElement, { childList: true, subtree: true });
    document.addEventListener("click", (e) => {
      if (!e.target.closest || !e.target.closest("[data-lecito-preferences]")) return;
      e.preventDefault();
      open();
    });
    window.addEventListener("storage", (e) => {
      if (e.key !== store) return;
      const was = state && state.at;
      state = read(); // chosen in another tab
      if (was === (state && state.at)) return;
      close();
      release(document);
      emit("change", lecito.state);
    });
    footer();
    if (!answered()) ask();
    emit("ready", lecito.state);
    flush();
  }

  const lecito = {
    open,
    allows,
    on(name, f) {
      document.addEventListener("lecito:" + name, (e) => f(e.detail));
      if (name === "ready" && config) f(lecito.state);
    },
    get state() {
      return {
        ready: !!config, answered: !!config && answered(), gpc,
        choices: config ? Object.fromEntries(asked().map((p) => [p.id, said(p)])) : {},
        at: state && new Date(state.at), device: state && state.device, receipts: state ? [...state.receipts] : [],
      };
    },
  };
  window.lecito = lecito;

  if ("google" in me.dataset) denied();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

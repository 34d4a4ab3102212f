// SPDX-License-Identifier: Apache-2.0
// Checks a file here, in the reader's browser: the module is package evidence,
// compiled to WebAssembly, and once it is loaded nothing more is asked of any
// server. Where it can't run, the form is sent as it stands.
"use strict";

const form = document.querySelector("form[data-module]");
const said = document.querySelector("#said");
let running = null; // what a check needs: { exports }, made anew after a fault

load().catch(() => { running = null; });

async function load() {
  const packed = await fetch(form.dataset.module);
  if (!packed.ok) return;
  const bytes = await new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const module = await WebAssembly.compile(bytes);
  running = { start: () => start(module) };
  for (const note of form.querySelectorAll("[data-here]")) note.hidden = false;
  for (const note of form.querySelectorAll("[data-sent]")) note.hidden = true;
  form.classList.add("here");
}

// start runs the module and gives what it exports. Of a system it gets the time,
// randomness and a place to write a fault: no file, no network.
async function start(module) {
  let memory;
  const view = () => new DataView(memory.buffer);
  const none = 8; // EBADF: there is no such file
  const system = new Proxy({
    clock_time_get: (_id, _precision, at) => { view().setBigUint64(at, BigInt(Date.now()) * 1000000n, true); return 0; },
    random_get: (at, n) => {
      for (let i = 0; i < n; i += 65536) crypto.getRandomValues(new Uint8Array(memory.buffer, at + i, Math.min(65536, n - i)));
      return 0;
    },
    args_sizes_get: (count, size) => { view().setUint32(count, 0, true); view().setUint32(size, 0, true); return 0; },
    environ_sizes_get: (count, size) => { view().setUint32(count, 0, true); view().setUint32(size, 0, true); return 0; },
    args_get: () => 0,
    environ_get: () => 0,
    sched_yield: () => 0,
    fd_write: (_fd, parts, count, written) => {
      let total = 0;
      for (let i = 0; i < count; i++) total += view().getUint32(parts + 8 * i + 4, true);
      view().setUint32(written, total, true);
      return 0;
    },
    proc_exit: (code) => { throw new Error(`the module ended with ${code}`); },
  }, { get: (calls, name) => calls[name] ?? (() => none) });
  const names = Object.fromEntries(WebAssembly.Module.imports(module).map((i) => [i.name, system[i.name]]));
  const { exports } = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: names });
  memory = exports.memory;
  exports._initialize();
  return exports;
}

form.addEventListener("submit", (event) => {
  if (!running) return; // the server reads it
  event.preventDefault();
  event.stopPropagation();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  check().then(show, () => { running = null; form.removeAttribute("aria-busy"); form.submit(); }).finally(() => form.removeAttribute("aria-busy"));
});

async function check() {
  const file = form.elements.file.files[0], list = form.elements.list.files[0];
  const text = (s) => new TextEncoder().encode(s);
  const parts = [new Uint8Array(await file.arrayBuffer()), text(form.elements.key.value), text(document.documentElement.lang)];
  if (list) parts.push(new Uint8Array(await list.arrayBuffer()));
  const module = await running.start();
  for (const part of parts) {
    const at = module.room(part.length) >>> 0;
    new Uint8Array(module.memory.buffer, at, part.length).set(part);
  }
  const at = module.verify() >>> 0;
  const bytes = new Uint8Array(module.memory.buffer, at, module.length() >>> 0);
  return JSON.parse(new TextDecoder().decode(bytes));
}

// show writes the verdict as the server would.
function show(v) {
  if (v.wrong) {
    const note = document.createElement("p");
    note.className = "wrong";
    note.textContent = form.dataset[`wrong${v.wrong}`];
    said.replaceChildren(note);
    form.elements[v.wrong].focus();
    return;
  }
  const tone = !v.intact ? "no" : v.pinned ? "yes" : "due";
  const card = document.querySelector(`template[data-tone="${tone}"]`).content.cloneNode(true).firstElementChild;
  const add = (tag, text, to = card) => { const e = document.createElement(tag); e.textContent = text; to.append(e); return e; };
  for (const line of v.head ?? []) add("p", line);
  if (v.list) add("strong", form.dataset[`list${v.list}`], add("p", ""));
  for (const section of v.sections ?? []) {
    add("h3", section.title);
    const lines = add("ul", "");
    for (const line of section.lines ?? []) add("li", line, lines);
  }
  said.replaceChildren(card);
  card.focus();
}

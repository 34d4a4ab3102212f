// SPDX-License-Identifier: Apache-2.0
// What makes pages quicker where scripts run. Nothing here is required: every
// page works without it.
"use strict";

// Work under way is followed as it goes, and left for its result.
for (const box of document.querySelectorAll("[data-events]")) {
  const bar = box.querySelector("progress");
  const said = box.querySelector(".said");
  const stream = new EventSource(box.dataset.events);
  box.classList.add("live");
  stream.onmessage = (message) => {
    const now = JSON.parse(message.data);
    if (now.total > 0) {
      bar.max = now.total;
      bar.value = now.done;
    }
    if (now.text && said.textContent !== now.text) said.textContent = now.text;
    if (now.next) {
      stream.close();
      location.assign(now.next);
    }
  };
  // The browser tries again by itself; when the server says no, the link is shown again.
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) box.classList.remove("live");
  };
}

// A filter answers as soon as it is changed.
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("aria-busy") === "true") event.preventDefault();
  if (form.method === "post") form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

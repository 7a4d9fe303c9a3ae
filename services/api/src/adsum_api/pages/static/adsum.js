// Keeps the page fresh: asks for it again when the server tells of a change, and swaps the part that lives.
// Without this file the page is the same and refreshes itself.
"use strict";

const live = () => document.getElementById("live");
const EVERY_MS = 10_000;
let asked = 0;

function said(text) {
  const link = document.getElementById("link");
  if (!link) return;
  link.hidden = !text;
  if (link.textContent !== text) link.textContent = text;
}

function statuses() {
  return new Map([...document.querySelectorAll("tr[data-status]")].map((row) => [row.id, row.dataset.status]));
}

function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("live");
  if (!fresh || fresh.innerHTML === live().innerHTML) return;
  const before = statuses();
  const focus = document.activeElement?.dataset?.key;
  live().replaceWith(document.adoptNode(fresh));
  for (const [id, status] of statuses()) {
    if (before.has(id) && before.get(id) !== status) document.getElementById(id).classList.add("changed");
  }
  if (focus) document.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}

async function refresh() {
  const mine = ++asked;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    if (mine === asked) swap(html);
    if (!live().dataset.events) said("");
    return true;
  } catch {
    said("The server does not answer. Trying again…");
    return false;
  }
}

function listen() {
  const address = live()?.dataset.events;
  if (!address) return;
  const events = new EventSource(address);
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 100);
  };
  for (const kind of ["register_changed", "lesson_ended", "lesson_closed", "register_finalised", "register_reopened", "events_missed"]) events.addEventListener(kind, soon);
  events.addEventListener("open", () => { said(""); soon(); });
  events.addEventListener("error", () => {
    said("The connection is gone. Trying again…");
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  });
}

async function send(event) {
  const form = event.target;
  if (!form.action.endsWith("/marks")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  try {
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    said("");
    await refresh();
  } catch {
    said("That was not saved. Please try again.");
  }
}

document.addEventListener("submit", send);
async function again() {
  if (!document.hidden) await refresh();
  setTimeout(again, Number(live().dataset.every ?? EVERY_MS));
}

if (live()) {
  listen();
  setTimeout(again, Number(live().dataset.every ?? EVERY_MS));
}

// Three comforts; every page works without them.
"use strict";

const EVERY_MS = 2000;
const BUSY_MS = 1000; // while something goes on in the piece

// A piece of the page that renews itself: asks again with its ETag and changes only when the answer did.
function keepLive(piece) {
  let etag = "";
  async function look() {
    if (!document.hidden) {
      try {
        const answer = await fetch(piece.dataset.live, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", redirect: "manual" });
        if (answer.type === "opaqueredirect" || answer.status === 403) return; // signed out: stop asking
        if (answer.status === 200) {
          const fresh = await answer.text();
          if (etag || fresh.trim() !== piece.innerHTML.trim()) piece.innerHTML = fresh;
          etag = answer.headers.get("ETag") || "";
        }
      } catch {
        // The network is away; the next look tries again.
      }
    }
    setTimeout(look, piece.querySelector("[data-busy]") ? BUSY_MS : EVERY_MS);
  }
  setTimeout(look, EVERY_MS);
}

// Long work that goes on piece by piece: each answer says where to ask for the next, until one says nothing.
async function goOn(work) {
  work.setAttribute("aria-busy", "true"); // only its end is read out
  for (let step; (step = work.querySelector("[data-next]")); ) {
    try {
      const answer = await fetch(step.dataset.next, { cache: "no-store", redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 403) return location.reload(); // signed out: say so
      if (answer.ok) {
        work.innerHTML = await answer.text();
        continue;
      }
    } catch {
      // The network is away; the same piece is asked for again.
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  work.removeAttribute("aria-busy");
}

// Show only the fields that the chosen kind of device needs.
function followKind(row) {
  const kind = row.querySelector("select[name^='kind-']");
  function show() {
    for (const one of row.querySelectorAll(".for-phone")) one.hidden = kind.value === "computer";
    for (const one of row.querySelectorAll(".for-computer")) one.hidden = kind.value !== "computer";
  }
  kind.addEventListener("change", show);
  show();
}

document.querySelectorAll("[data-live]").forEach(keepLive);
document.querySelectorAll("[data-goes-on]").forEach(goOn);
document.querySelectorAll("[data-device-row]").forEach(followKind);

/** Keeps a disclosure as the viewer left it, on this device.
 *
 *  <details class="more" data-keep="analysts">… */
const PREFIX = "idic-open-";

function restore(root: ParentNode): void {
  for (const details of root.querySelectorAll<HTMLDetailsElement>("details[data-keep]")) {
    const kept = localStorage.getItem(PREFIX + details.dataset.keep);
    if (kept) details.open = kept === "yes";
  }
}

document.addEventListener(
  "toggle",
  (event) => {
    const details = event.target;
    if (!(details instanceof HTMLDetailsElement) || !details.dataset.keep) return;
    localStorage.setItem(PREFIX + details.dataset.keep, details.open ? "yes" : "no");
  },
  { capture: true },
);
document.addEventListener("DOMContentLoaded", () => restore(document));
document.addEventListener("htmx:afterSettle", (event) => restore(event.target as HTMLElement));

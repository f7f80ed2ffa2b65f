/** Shows the bones of what comes, where a swap takes longer than a fifth of a second; a page that
 *  asks by itself every few seconds stays as it is. The place is busy for screen readers too.
 *
 *  <form hx-get="/customers/" hx-target="#list">… <div id="list">…</div> */
const PATIENCE_MS = 200;
const waiting = new WeakMap<Element, number>();

function placeOf(event: Event): HTMLElement | null {
  const { target, elt } = (event as CustomEvent).detail as {
    target?: HTMLElement;
    elt: HTMLElement;
  };
  const asksByItself = elt.getAttribute("hx-trigger")?.includes("every");
  return target && !asksByItself && target !== document.body ? target : null;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const place = placeOf(event);
  if (!place) return;
  clearTimeout(waiting.get(place));
  waiting.set(
    place,
    window.setTimeout(() => place.setAttribute("aria-busy", "true"), PATIENCE_MS),
  );
});

document.addEventListener("htmx:afterRequest", (event) => {
  const place = placeOf(event);
  if (!place) return;
  clearTimeout(waiting.get(place));
  place.removeAttribute("aria-busy");
});

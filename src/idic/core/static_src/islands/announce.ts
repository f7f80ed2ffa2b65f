/** Says aloud what a swap brought: the text of `data-announce` in what htmx put on the page.
 *
 *  <tbody id="rows" data-announce="12 customers">…</tbody>
 *
 *  Islands say what they did through `announce("Copied")`. */
const region = document.createElement("div");
region.className = "sr";
region.setAttribute("aria-live", "polite");
region.id = "announcer";

let waiting: string[] = [];

export function announce(text: string): void {
  if (!text) return;
  if (!region.isConnected) document.body.append(region);
  waiting.push(text);
  if (waiting.length > 1) return;
  region.textContent = "";
  // A live region speaks only of changes that come after it exists; what comes together is said
  // together.
  setTimeout(() => {
    region.textContent = waiting.join(". ");
    waiting = [];
  }, 60);
}

document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.target as HTMLElement;
  const holder = target.matches("[data-announce]")
    ? target
    : target.querySelector<HTMLElement>("[data-announce]");
  const text = holder?.dataset.announce;
  if (text) announce(text);
});

/** Single keys: `?` shows them, `/` opens the palette, `g` and a letter or number goes to a place of
 *  the menu, others press what carries them. They can be switched off (WCAG 2.1.4), here and in the
 *  settings; Ctrl K always works.
 *
 *  <dialog id="shortcuts">… <idic-shortcuts><input type="checkbox" checked></idic-shortcuts> </dialog>
 *  <a href="/customers/" data-go="c">Customers</a> <a href="…" data-keys="e">Correct</a> */
import { setAppearance } from "./appearance";
import { press } from "./palette";

let wentAt = 0;

export function areKeysOn(): boolean {
  return document.documentElement.dataset.keys !== "off";
}

export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target as HTMLElement;
  const isText = "input:not([type=checkbox], [type=radio]), textarea, select, dialog[open]";
  return target.isContentEditable || target.closest(isText) !== null;
}

class Shortcuts extends HTMLElement {
  connectedCallback(): void {
    const box = this.querySelector("input");
    if (!box) return;
    box.checked = areKeysOn();
    box.addEventListener("change", () => setAppearance("keys", box.checked ? "" : "off"));
  }
}

function go(key: string): void {
  const place = document.querySelector<HTMLElement>(`#menu [data-go="${CSS.escape(key)}"]`);
  const link =
    place instanceof HTMLAnchorElement ? place : place?.parentElement?.querySelector("a");
  link?.click();
}

function carrier(key: string): HTMLElement | null {
  if (!/^[a-z]$/.test(key)) return null;
  return document.querySelector<HTMLElement>(`main [data-keys="${key}"]`);
}

document.addEventListener("keydown", (event) => {
  if (isTyping(event) || !areKeysOn()) return;
  if (Date.now() - wentAt < 1500) {
    wentAt = 0;
    go(event.key);
    return;
  }
  const control = carrier(event.key);
  if (event.key === "g") wentAt = Date.now();
  else if (event.key === "/") document.dispatchEvent(new Event("idic:palette"));
  else if (event.key === "?") {
    (document.getElementById("shortcuts") as HTMLDialogElement | null)?.showModal();
  } else if (control) press(control);
  else return;
  event.preventDefault();
});

customElements.define("idic-shortcuts", Shortcuts);

/** Single keys: `?` shows them, `/` opens the palette, `g` and a number or letter goes to a place of
 *  the menu. They can be switched off (WCAG 2.1.4); Ctrl K always works.
 *
 *  <dialog id="shortcuts">… <idic-shortcuts><input type="checkbox" checked></idic-shortcuts> </dialog>
 *  <a href="/customers/" data-go="1">Customers</a> */
const KEPT = "idic-keys";
let wentAt = 0;

export function areKeysOn(): boolean {
  return localStorage.getItem(KEPT) !== "off";
}

export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target as HTMLElement;
  return (
    target.isContentEditable || target.closest("input, textarea, select, dialog[open]") !== null
  );
}

class Shortcuts extends HTMLElement {
  connectedCallback(): void {
    const box = this.querySelector("input");
    if (!box) return;
    box.checked = areKeysOn();
    box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
  }
}

function go(key: string): void {
  document.querySelector<HTMLAnchorElement>(`#menu a[data-go="${CSS.escape(key)}"]`)?.click();
}

document.addEventListener("keydown", (event) => {
  if (isTyping(event) || !areKeysOn()) return;
  if (Date.now() - wentAt < 1500) {
    wentAt = 0;
    go(event.key);
    return;
  }
  if (event.key === "g") wentAt = Date.now();
  else if (event.key === "/") document.dispatchEvent(new Event("idic:palette"));
  else if (event.key === "?") {
    (document.getElementById("shortcuts") as HTMLDialogElement | null)?.showModal();
  } else return;
  event.preventDefault();
});

customElements.define("idic-shortcuts", Shortcuts);

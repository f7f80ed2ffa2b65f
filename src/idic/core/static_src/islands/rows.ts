/** Moves through the rows of a list with j and k (and on to the next page's link at the end).
 *
 *  <idic-rows><table>…<tr><td><a class="name" href=…>…</idic-rows>
 *
 *  Each row's main link ([data-row], else a.name) takes the focus; Enter opens it as any link. */
import { areKeysOn, isTyping } from "./shortcuts";

class Rows extends HTMLElement {
  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== "j" && event.key !== "k") return;
    if (isTyping(event) || !areKeysOn()) return;
    const links = [...this.querySelectorAll<HTMLElement>("[data-row], a.name")];
    if (!links.length) return;
    const row = links.findIndex((link) => rowOf(link).contains(document.activeElement));
    const next = event.key === "j" ? row + 1 : row < 0 ? links.length - 1 : row - 1;
    const link = links[Math.max(0, Math.min(links.length - 1, next))];
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
    event.preventDefault();
  };

  connectedCallback(): void {
    document.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.onKey);
  }
}

function rowOf(link: HTMLElement): HTMLElement {
  return link.closest<HTMLElement>("tr, li") ?? link;
}

customElements.define("idic-rows", Rows);

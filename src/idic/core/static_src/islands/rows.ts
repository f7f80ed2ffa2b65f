/** Moves through the rows of a list with j and k, on to the next page's link at the end; x chooses
 *  the row one is in, where rows can be chosen.
 *
 *  <idic-rows><table>…<tr><td><a class="name" href=…>…</idic-rows>
 *
 *  Each row's main link ([data-row], else a.name) takes the focus; Enter opens it as any link. */
import { areKeysOn, isTyping } from "./shortcuts";

class Rows extends HTMLElement {
  private readonly onKey = (event: KeyboardEvent): void => {
    if (isTyping(event) || !areKeysOn()) return;
    if (event.key === "j" || event.key === "k") this.move(event.key === "j");
    else if (event.key === "x") this.pick();
    else return;
    event.preventDefault();
  };

  private move(isDown: boolean): void {
    const links = [...this.querySelectorAll<HTMLElement>("[data-row], a.name")];
    if (!links.length) return;
    const row = links.findIndex((link) => rowOf(link).contains(document.activeElement));
    const next = isDown ? row + 1 : row < 0 ? links.length - 1 : Math.max(0, row - 1);
    const link = links[next] ?? document.querySelector<HTMLElement>(".pager [rel=next]");
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
  }

  private pick(): void {
    const row = document.activeElement?.closest("tr, li");
    if (row && this.contains(row)) row.querySelector<HTMLElement>("input[type=checkbox]")?.click();
  }

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

/** A toast that leaves by itself after ten seconds, waits while one points at it or is in it, and
 *  can be closed. Without a script it stays where it is.
 *
 *  <idic-toast class="toast"><span>Saved</span><form …>Undo</form><button data-close hidden>…</idic-toast>
 *
 *  What fails in htmx is said in a toast too: the words come from #toasts. */
import { announce } from "./announce";

const STAYS_MS = 10_000;

class Toast extends HTMLElement {
  private timer = 0;

  connectedCallback(): void {
    const close = this.querySelector<HTMLButtonElement>("[data-close]");
    if (close) {
      close.hidden = false;
      close.addEventListener("click", () => this.remove());
    }
    announce(this.querySelector("span")?.textContent ?? "");
    for (const name of ["pointerenter", "focusin"]) this.addEventListener(name, () => this.wait());
    for (const name of ["pointerleave", "focusout"]) this.addEventListener(name, () => this.run());
    this.run();
  }

  disconnectedCallback(): void {
    this.wait();
  }

  private run(): void {
    this.wait();
    this.timer = window.setTimeout(() => this.remove(), STAYS_MS);
  }

  private wait(): void {
    clearTimeout(this.timer);
  }
}

customElements.define("idic-toast", Toast);

/** Show a toast from a script. */
export function toast(text: string): void {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const element = document.createElement("idic-toast");
  element.className = "toast bad";
  const words = document.createElement("span");
  words.textContent = text;
  element.append(words);
  place.append(element);
}

const place = () => document.getElementById("toasts")?.dataset ?? {};
document.addEventListener("htmx:responseError", () => toast(place().failed ?? ""));
document.addEventListener("htmx:sendError", () => toast(place().offline ?? ""));

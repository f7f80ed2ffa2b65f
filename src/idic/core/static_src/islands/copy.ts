/** Copies a text and says so on its own button.
 *
 *  <idic-copy data-from="message" data-done="Copied"><button class="btn" type="button">Copy</button></idic-copy>
 *
 *  `data-from` is the id of a field or an element, `data-text` a text of its own. Hidden without a
 *  script: the text can be chosen by hand. */
import { announce } from "./announce";

class Copy extends HTMLElement {
  connectedCallback(): void {
    this.hidden = false;
    this.addEventListener("click", () => void this.copy());
  }

  private text(): string {
    const from = this.dataset.from;
    if (!from) return this.dataset.text ?? "";
    const source = document.getElementById(from);
    if (source instanceof HTMLTextAreaElement || source instanceof HTMLInputElement) {
      return source.value;
    }
    return source?.innerText.trim() ?? "";
  }

  private async copy(): Promise<void> {
    const done = this.dataset.done ?? "";
    try {
      await navigator.clipboard.writeText(this.text());
    } catch {
      this.choose();
      return;
    }
    announce(done);
    const label = this.querySelector<HTMLElement>("[data-label]");
    if (!label || label.dataset.before) return;
    label.dataset.before = label.textContent ?? "";
    label.textContent = done;
    setTimeout(() => {
      label.textContent = label.dataset.before ?? "";
      delete label.dataset.before;
    }, 2000);
  }

  /** Without the right to the clipboard (plain http in a shop's network): choose it, Ctrl C is left. */
  private choose(): void {
    const source = document.getElementById(this.dataset.from ?? "");
    if (source instanceof HTMLTextAreaElement || source instanceof HTMLInputElement) {
      source.focus();
      source.select();
    }
  }
}

customElements.define("idic-copy", Copy);

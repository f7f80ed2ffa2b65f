/** Counts the rows ticked and stays in sight while there are any; one box ticks all of the page.
 *
 *  <form id="people"></form> <input type="checkbox" data-choose-all="people" hidden>
 *  <input type="checkbox" name="chosen" form="people"> …
 *  <idic-choose data-form="people" data-chosen="Those chosen"><select name="who">
 *    <option value="all">…<option value="chosen">…</select> <button form="people">…</idic-choose> */
import { announce } from "./announce";

class Choose extends HTMLElement {
  private readonly onChange = (event: Event): void => {
    const box = event.target as HTMLInputElement;
    if (box === this.all) for (const one of this.boxes()) one.checked = box.checked;
    if (box === this.all || box.name === "chosen") this.count();
  };

  private get all(): HTMLInputElement | null {
    return document.querySelector(`[data-choose-all="${this.dataset.form}"]`);
  }

  connectedCallback(): void {
    if (this.all) this.all.hidden = false;
    document.addEventListener("change", this.onChange);
    if (this.boxes().some((box) => box.checked)) this.count(); // back from another page
  }

  disconnectedCallback(): void {
    document.removeEventListener("change", this.onChange);
  }

  private boxes(): HTMLInputElement[] {
    const form = `[form="${this.dataset.form}"]`;
    return [...document.querySelectorAll<HTMLInputElement>(`input[name=chosen]${form}`)];
  }

  private count(): void {
    const boxes = this.boxes();
    const chosen = boxes.filter((box) => box.checked).length;
    const select = this.querySelector("select");
    const option = select?.querySelector<HTMLOptionElement>("option[value=chosen]");
    if (!select || !option) return;
    option.textContent = `${this.dataset.chosen} (${chosen})`;
    select.value = chosen ? "chosen" : "all";
    this.toggleAttribute("data-some", chosen > 0);
    if (this.all) {
      this.all.checked = chosen === boxes.length;
      this.all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    announce(option.textContent);
  }
}

customElements.define("idic-choose", Choose);

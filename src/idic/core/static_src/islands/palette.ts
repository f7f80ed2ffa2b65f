/** The command palette: Ctrl K (or ⌘ K, or /) opens it from anywhere.
 *
 *  <idic-palette><dialog id="palette" class="dialog palette">
 *    <form class="search" action="/search/"><input role="combobox" aria-controls="palette-list" hx-get=…></form>
 *    <div id="palette-list" role="listbox"><div id="palette-found"></div><div id="palette-here"></div>
 *      <div id="palette-own"></div></div><template id="palette-commands">…</template>
 *  </dialog></idic-palette>
 *
 *  The product's commands come with the page (core/_commands.html), people from the server by htmx
 *  into #palette-found (core/_palette_results.html): those opened last, then those that fit. What can
 *  be done on this very page is every [data-command]. Arrow keys choose, Enter runs, Esc leaves.
 *  Without a script the field of the bar is a plain search form, and its page lists the commands. */
import { fold } from "./fold";

class Palette extends HTMLElement {
  private readonly dialog = this.querySelector("dialog") as HTMLDialogElement;
  private readonly input = this.querySelector("input") as HTMLInputElement;
  private readonly list = this.querySelector("[role=listbox]") as HTMLElement;
  private readonly own = this.querySelector("#palette-own") as HTMLElement;
  private readonly here = this.querySelector("#palette-here") as HTMLElement;
  private readonly found = this.querySelector("#palette-found") as HTMLElement;
  private readonly none = this.querySelector(".palette-none") as HTMLElement;
  private chosen: HTMLElement | undefined;
  private hasMoved = false;

  private away = new AbortController();

  disconnectedCallback(): void {
    this.away.abort();
  }

  connectedCallback(): void {
    this.away = new AbortController();
    const { signal } = this.away;
    document.addEventListener(
      "keydown",
      (event) => {
        const isK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
        if (!isK || event.altKey || event.shiftKey) return;
        event.preventDefault();
        this.open("");
      },
      { signal },
    );
    document.addEventListener("idic:palette", () => this.open(""), { signal });
    this.replaceBarField();
    this.input.addEventListener("input", () => {
      this.hasMoved = false;
      this.showFitting();
    });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("click", (event) => {
      const option = (event.target as Element).closest<HTMLElement>("[role=option]");
      if (option) this.run(option);
    });
    // What comes later stands above; who has moved already keeps their choice.
    this.found.addEventListener("htmx:afterSwap", () =>
      this.choose(this.hasMoved ? this.chosen : undefined),
    );
  }

  /** A press or a letter in the bar's field opens the palette; tabbing through it does not. */
  private replaceBarField(): void {
    const field = document.querySelector<HTMLInputElement>(".bar .search input");
    if (!field) return;
    field.addEventListener("click", () => this.open(field.value));
    field.addEventListener("input", () => {
      const typed = field.value;
      field.value = "";
      this.open(typed);
    });
  }

  private open(text: string): void {
    if (!this.own.childElementCount) {
      const commands = this.querySelector<HTMLTemplateElement>("#palette-commands");
      if (commands) this.own.append(commands.content.cloneNode(true));
    }
    if (!this.dialog.open) this.dialog.showModal();
    this.hasMoved = false;
    this.input.value = text;
    this.found.replaceChildren();
    this.here.replaceChildren(...this.actsHere());
    this.showFitting();
    this.input.focus();
    const event = text ? "input" : "idic:opened";
    this.input.dispatchEvent(new Event(event, { bubbles: true }));
  }

  /** Lines for what can be done on this page. */
  private actsHere(): HTMLElement[] {
    const acts = [...document.querySelectorAll<HTMLElement>("[data-command]")];
    if (!acts.length) return [];
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.dataset.here ?? "");
    const head = document.createElement("div");
    head.className = "palette-group";
    head.setAttribute("role", "presentation");
    head.textContent = this.dataset.here ?? "";
    group.append(head, ...acts.map((act, i) => this.option(act, i)));
    return [group];
  }

  private option(act: HTMLElement, index: number): HTMLElement {
    const option = document.createElement("div");
    option.className = "palette-item";
    option.id = `command-here-${index}`;
    option.setAttribute("role", "option");
    option.addEventListener("click", () => setTimeout(() => press(act)));
    const label = document.createElement("span");
    label.textContent = act.dataset.command || act.textContent;
    option.append(this.icon(act.dataset.icon ?? "right"), label);
    if (act.dataset.keys) {
      const keys = document.createElement("kbd");
      keys.textContent = act.dataset.keys;
      option.append(keys);
    }
    return option;
  }

  private icon(name: string): SVGSVGElement {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", `${this.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
  }

  /** Shows the commands that hold every word typed. */
  private showFitting(): void {
    const words = fold(this.input.value).split(/\s+/).filter(Boolean);
    for (const option of this.querySelectorAll<HTMLElement>(
      "#palette-here [role=option], #palette-own [role=option]",
    )) {
      const text = fold(` ${option.querySelector("span")?.textContent} ${option.dataset.words}`);
      option.hidden = !words.every((word) => holds(text, word));
    }
    for (const group of this.list.querySelectorAll<HTMLElement>("[role=group]")) {
      group.hidden = !group.querySelector("[role=option]:not([hidden])");
    }
    this.choose(undefined);
  }

  private options(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role=option]:not([hidden])")];
  }

  private choose(wanted: HTMLElement | undefined): void {
    const options = this.options();
    this.none.hidden = options.length > 0 || !this.input.value.trim();
    this.chosen = wanted && options.includes(wanted) ? wanted : options[0];
    for (const [i, option] of [...this.list.querySelectorAll("[role=option]")].entries()) {
      option.id ||= `palette-option-${i}`;
      option.setAttribute("aria-selected", String(option === this.chosen));
    }
    if (this.chosen) this.input.setAttribute("aria-activedescendant", this.chosen.id);
    else this.input.removeAttribute("aria-activedescendant");
    this.chosen?.scrollIntoView({ block: "nearest" });
  }

  private move(by: number): void {
    const options = this.options();
    const at = this.chosen ? options.indexOf(this.chosen) : -1;
    this.hasMoved = true;
    this.choose(options[(at + by + options.length) % options.length]);
  }

  private run(option: HTMLElement): void {
    this.dialog.close();
    const { press: address, name, value } = option.dataset;
    if (!address) return;
    const form = `form[action="${CSS.escape(address)}"]`;
    const button = name ? `button[name="${name}"][value="${value}"]` : "button";
    setTimeout(() => document.querySelector<HTMLElement>(`${form} ${button}`)?.click());
  }

  private onKey(event: KeyboardEvent): void {
    if (event.isComposing) return; // an input method for Chinese or Vietnamese is at work
    // A search field would first empty itself.
    if (event.key === "Escape") this.dialog.close();
    else if (event.key === "ArrowDown") this.move(1);
    else if (event.key === "ArrowUp") this.move(-1);
    else if (event.key === "Enter" && this.chosen) this.chosen.click();
    else return;
    event.preventDefault();
  }
}

/** Words are found by their beginning; Chinese, which has no spaces, anywhere. */
function holds(text: string, word: string): boolean {
  return text.includes(/\p{Script=Han}/u.test(word) ? word : ` ${word}`);
}

/** Do what a control does; one that leads to a form on this page puts the cursor into it. */
export function press(control: HTMLElement): void {
  control.click();
  const place = control.getAttribute("href");
  if (!place?.startsWith("#")) return;
  document.querySelector<HTMLElement>(`${place} :is(textarea, input:not([type=hidden]))`)?.focus();
}

customElements.define("idic-palette", Palette);

/** The command palette: Ctrl K (or ⌘ K, or /) opens it from anywhere.
 *
 *  <idic-palette><dialog id="palette" class="dialog palette">
 *    <form class="search" action="/search/"><input role="combobox" aria-controls="palette-list" hx-get=…></form>
 *    <div id="palette-list" role="listbox"><div id="palette-found"></div><div id="palette-own"></div></div>
 *  </dialog></idic-palette>
 *
 *  People come from the server by htmx into #palette-found (core/_palette_results.html); places come
 *  from the menu, acts from every [data-command] on the page. Arrow keys choose, Enter opens, Esc
 *  leaves. Without a script the field of the bar is a plain search form. */
import { fold } from "./fold";

interface Command {
  label: string;
  icon: string;
  keys: string;
  href: string;
  run: () => void;
}

class Palette extends HTMLElement {
  private readonly dialog = this.querySelector("dialog") as HTMLDialogElement;
  private readonly input = this.querySelector("input") as HTMLInputElement;
  private readonly list = this.querySelector("[role=listbox]") as HTMLElement;
  private readonly own = this.querySelector("#palette-own") as HTMLElement;
  private readonly found = this.querySelector("#palette-found") as HTMLElement;
  private readonly none = this.querySelector(".palette-none") as HTMLElement;
  private chosen = 0;

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
      if (!this.input.value.trim()) this.found.replaceChildren();
      this.showOwn();
    });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("click", (event) => {
      if ((event.target as Element).closest("[role=option]")) this.dialog.close();
    });
    this.found.addEventListener("htmx:afterSwap", () => this.choose(0));
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
    if (!this.dialog.open) this.dialog.showModal();
    this.input.value = text;
    this.found.replaceChildren();
    this.showOwn();
    this.input.focus();
    if (text) this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private commands(): Command[] {
    const places = [...document.querySelectorAll<HTMLAnchorElement>("#menu li a[href]")].map(
      (link): Command => ({
        label: ownText(link),
        icon: link.closest("[data-icon]")?.getAttribute("data-icon") ?? "right",
        keys: link.dataset.go ? `g ${link.dataset.go}` : "",
        href: link.href,
        run: () => location.assign(link.href),
      }),
    );
    const acts = [...document.querySelectorAll<HTMLElement>("[data-command]")].map(
      (element): Command => ({
        label: element.dataset.command || ownText(element),
        icon: element.dataset.icon ?? "right",
        keys: element.dataset.keys ?? "",
        href: "",
        run: () => element.click(),
      }),
    );
    return [...places, ...acts];
  }

  private showOwn(): void {
    const words = fold(this.input.value).split(/\s+/).filter(Boolean);
    const fitting = this.commands().filter(({ label }) => {
      const text = fold(label);
      return words.every((word) => text.includes(word));
    });
    this.own.replaceChildren(...(fitting.length ? [this.group(fitting.slice(0, 30))] : []));
    this.choose(0);
  }

  private group(commands: Command[]): HTMLElement {
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.dataset.goTo ?? "");
    const head = document.createElement("div");
    head.className = "palette-group";
    head.setAttribute("role", "presentation");
    head.textContent = this.dataset.goTo ?? "";
    group.append(head, ...commands.map((command, i) => this.option(command, i)));
    return group;
  }

  private option(command: Command, index: number): HTMLElement {
    const option = document.createElement(command.href ? "a" : "div");
    option.className = "palette-item";
    option.id = `palette-own-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.tabIndex = -1;
    if (option instanceof HTMLAnchorElement) option.href = command.href;
    else option.addEventListener("click", () => setTimeout(command.run));
    option.append(this.icon(command.icon), command.label);
    if (command.keys) {
      const keys = document.createElement("kbd");
      keys.textContent = command.keys;
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

  private options(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role=option]")];
  }

  private choose(index: number): void {
    const options = this.options();
    this.none.hidden = options.length > 0 || !this.input.value.trim();
    this.chosen = options.length ? (index + options.length) % options.length : 0;
    options.forEach((option, i) => {
      option.id ||= `palette-option-${i}`;
      option.setAttribute("aria-selected", String(i === this.chosen));
    });
    const current = options[this.chosen];
    if (current) this.input.setAttribute("aria-activedescendant", current.id);
    else this.input.removeAttribute("aria-activedescendant");
    current?.scrollIntoView({ block: "nearest" });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.isComposing) return; // an input method for Chinese or Vietnamese is at work
    if (event.key === "ArrowDown") this.choose(this.chosen + 1);
    else if (event.key === "ArrowUp") this.choose(this.chosen - 1);
    else if (event.key === "Enter" && this.options()[this.chosen])
      this.options()[this.chosen]?.click();
    else return;
    event.preventDefault();
  }
}

/** The label of a link without its counts and icons. */
function ownText(element: Element): string {
  const words = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  return words
    .map((node) => node.textContent?.trim() ?? "")
    .join(" ")
    .trim();
}

customElements.define("idic-palette", Palette);

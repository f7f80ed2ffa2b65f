/** A calendar beside a day that is typed.
 *
 *  <idic-day data-kind="day" data-min="2026-11-23"><input type="text"><button type="button" hidden>…</button></idic-day>
 *
 *  The browser's own calendar opens; what is chosen is written as the page's language writes days.
 *  Without a script the button stays hidden and the day is typed. `data-kind` "moment" has an hour. */
const SHAPES = [
  /^(?<y>\d{4})\s*[-/.年]\s*(?<m>\d{1,2})\s*[-/.月]\s*(?<d>\d{1,2})\s*日?/,
  /^(?<d>\d{1,2})\s*[-/.]\s*(?<m>\d{1,2})\s*[-/.]\s*(?<y>\d{4})/,
];
const PATTERNS: Record<string, [string, Intl.DateTimeFormatOptions]> = {
  vi: ["vi", { day: "2-digit", month: "2-digit", year: "numeric" }],
  zh: ["zh-CN", { day: "numeric", month: "long", year: "numeric" }],
  en: ["en-GB", { day: "numeric", month: "short", year: "numeric" }],
};

class Day extends HTMLElement {
  private readonly calendar = document.createElement("input");

  connectedCallback(): void {
    const button = this.querySelector("button");
    if (!button || typeof this.calendar.showPicker !== "function") return;
    this.calendar.type = this.isMoment() ? "datetime-local" : "date";
    this.calendar.tabIndex = -1;
    this.calendar.setAttribute("aria-hidden", "true");
    this.calendar.min = this.dataset.min ?? "";
    this.calendar.addEventListener("change", (event) => {
      event.stopPropagation();
      this.write();
    });
    this.calendar.addEventListener("input", (event) => event.stopPropagation());
    this.append(this.calendar);
    button.hidden = false;
    button.addEventListener("click", () => {
      this.calendar.value = this.read();
      this.calendar.showPicker();
    });
  }

  private isMoment(): boolean {
    return this.dataset.kind === "moment";
  }

  private field(): HTMLInputElement | null {
    return this.querySelector("input[type=text]");
  }

  /** What is typed, as the calendar wants it; empty where it is no day yet. */
  private read(): string {
    const text = this.field()?.value.trim() ?? "";
    const found = SHAPES.map((shape) => shape.exec(text)).find((match) => match)?.groups;
    if (!found) return "";
    const two = (part: string | undefined): string => (part ?? "").padStart(2, "0");
    const hour = /(\d{1,2}):(\d{2})/.exec(text);
    const tail = this.isMoment() ? `T${two(hour?.[1] ?? "9")}:${two(hour?.[2] ?? "0")}` : "";
    return `${found.y}-${two(found.m)}-${two(found.d)}${tail}`;
  }

  private write(): void {
    const field = this.field();
    const [day, hour] = this.calendar.value.split("T");
    if (!field || !day) return;
    const language = document.documentElement.lang.split("-")[0] ?? "en";
    const [locale, pattern] = PATTERNS[language] ?? (PATTERNS.en as [string, object]);
    const shown = new Intl.DateTimeFormat(locale, { ...pattern, timeZone: "UTC" });
    const words = shown.format(new Date(`${day}T00:00:00Z`));
    field.value = hour ? `${words} ${hour.slice(0, 5)}` : words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  }
}

customElements.define("idic-day", Day);

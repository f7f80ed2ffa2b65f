/** Keeps a part of a page fresh without asking: the door says when something came.
 *
 *  <div id="live" data-stream="…" hx-get="…" hx-trigger="refresh">…</div>
 *  <idic-live data-for="live"></idic-live>
 *
 *  Where the door cannot be heard the part is asked for every three seconds, as before. */
const POLL = 3_000;
const AT_MOST = 1_000;
const TRY_AGAIN = 30_000;

class Live extends HTMLElement {
  private source: EventSource | undefined;
  private polling = 0;
  private waiting = 0;
  private again = 0;

  connectedCallback(): void {
    this.listen();
  }

  disconnectedCallback(): void {
    this.source?.close();
    clearInterval(this.polling);
    clearTimeout(this.waiting);
    clearTimeout(this.again);
  }

  private shown(): HTMLElement | null {
    return document.getElementById(this.dataset.for ?? "");
  }

  private listen(): void {
    const address = this.shown()?.dataset.stream;
    if (!address) return;
    this.source = new EventSource(address);
    this.source.addEventListener("open", () => this.poll(false));
    this.source.addEventListener("changed", () => this.soon());
    this.source.addEventListener("error", () => this.fail());
  }

  /** It tries again by itself unless it was turned away: then its address is too old. */
  private fail(): void {
    this.poll(true);
    if (this.source?.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.again);
    this.again = window.setTimeout(() => this.listen(), TRY_AGAIN);
  }

  private poll(yes: boolean): void {
    clearInterval(this.polling);
    this.polling = yes ? window.setInterval(() => this.refresh(), POLL) : 0;
  }

  private soon(): void {
    if (this.waiting) return;
    this.refresh();
    this.waiting = window.setTimeout(() => {
      this.waiting = 0;
      this.refresh();
    }, AT_MOST);
  }

  private refresh(): void {
    this.shown()?.dispatchEvent(new CustomEvent("refresh"));
  }
}

customElements.define("idic-live", Live);

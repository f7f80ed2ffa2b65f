/** A place to drop a file, with the upload's progress. Without a script it is a plain file field in
 *  a plain form.
 *
 *  <form method="post" enctype="multipart/form-data" hx-boost="true">
 *  <idic-drop data-sending="Sending {percent} %" data-reading="Reading it …">
 *    <label class="drop">… <b data-name>Choose a file</b> <input type="file" name="file"></label>
 *    <progress hidden aria-label="Upload"></progress>
 *  </idic-drop></form>
 *
 *  Written by the component c-drop. */
import { announce } from "./announce";

class Drop extends HTMLElement {
  private depth = 0;

  connectedCallback(): void {
    this.addEventListener("dragenter", (event) => {
      event.preventDefault();
      this.depth += 1;
      this.dataset.over = "";
    });
    this.addEventListener("dragover", (event) => event.preventDefault());
    this.addEventListener("dragleave", () => {
      this.depth -= 1;
      if (this.depth <= 0) this.leave();
    });
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.leave();
      if (event.dataTransfer?.files.length) this.take(event.dataTransfer.files);
    });
    this.addEventListener("change", () => this.show());
    this.closest("form")?.addEventListener("htmx:xhr:progress", (event) => {
      this.progress((event as CustomEvent).detail as { loaded: number; total: number });
    });
  }

  private leave(): void {
    this.depth = 0;
    delete this.dataset.over;
  }

  private take(files: FileList): void {
    const input = this.querySelector("input");
    if (!input) return;
    input.files = files;
    this.show();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private show(): void {
    const file = this.querySelector("input")?.files?.[0];
    const name = this.querySelector<HTMLElement>("[data-name]");
    if (!file || !name) return;
    const size = new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit",
      unit: file.size < 1e6 ? "kilobyte" : "megabyte",
      maximumFractionDigits: 1,
    }).format(file.size / (file.size < 1e6 ? 1e3 : 1e6));
    name.textContent = `${file.name} · ${size}`;
    announce(name.textContent);
  }

  private progress({ loaded, total }: { loaded: number; total: number }): void {
    const bar = this.querySelector("progress");
    const name = this.querySelector<HTMLElement>("[data-name]");
    if (!bar || !total) return;
    bar.hidden = false;
    bar.max = total;
    bar.value = loaded;
    const percent = String(Math.round((100 * loaded) / total));
    const isSent = loaded >= total;
    if (isSent) bar.removeAttribute("value");
    const sentence = isSent ? this.dataset.reading : this.dataset.sending;
    if (name && sentence) name.textContent = sentence.replace("{percent}", percent);
  }
}

customElements.define("idic-drop", Drop);

/** Reads a card's code by the camera and sends the form that holds it.
 *
 *  <form action="/recognise/"><input name="q" id="who"><idic-scan data-into="who"><button class="btn"
 *  type="button">Scan the card</button><p class="sub">…why it may not work…</p></idic-scan></form>
 *
 *  Shown only where the browser reads codes itself (BarcodeDetector) and has a camera: elsewhere the
 *  number is typed. Nothing is recorded and no picture leaves the phone. */
interface Code {
  rawValue: string;
}
interface Detector {
  detect(source: HTMLVideoElement): Promise<Code[]>;
}
declare const BarcodeDetector: { new (): Detector } | undefined;

class Scan extends HTMLElement {
  private stream: MediaStream | null = null;

  connectedCallback(): void {
    if (typeof BarcodeDetector === "undefined" || !navigator.mediaDevices) return;
    this.hidden = false;
    this.querySelector("button")?.addEventListener("click", () => void this.begin());
  }

  disconnectedCallback(): void {
    this.end();
  }

  private async begin(): Promise<void> {
    if (this.stream) return this.end();
    const video = document.createElement("video");
    video.playsInline = true;
    video.muted = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment" },
      });
    } catch {
      this.querySelector<HTMLElement>("[data-refused]")?.removeAttribute("hidden");
      return;
    }
    video.srcObject = this.stream;
    this.append(video);
    await video.play();
    if (typeof BarcodeDetector !== "undefined") await this.look(video, new BarcodeDetector());
  }

  private async look(video: HTMLVideoElement, detector: Detector): Promise<void> {
    while (this.stream) {
      const [code] = await detector.detect(video).catch(() => []);
      if (code?.rawValue) return this.found(code.rawValue);
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
  }

  private found(text: string): void {
    this.end();
    const field = document.getElementById(this.dataset.into ?? "");
    if (!(field instanceof HTMLInputElement)) return;
    field.value = text;
    field.form?.requestSubmit();
  }

  private end(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.querySelector("video")?.remove();
  }
}

customElements.define("idic-scan", Scan);

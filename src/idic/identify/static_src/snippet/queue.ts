/** Carries calls to the door: kept until it said yes, sent again with the same id when it did not.
 *  What a page could not send, the next one does. */
import { randomId, remember, takeAll } from "./memory";

export type Call = Record<string, unknown> & { messageId: string };

const MOST_CALLS = 25;
const MOST_BYTES = 50_000; // browsers carry 64 KB for a page that is left
const MOST_KEPT = 200;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

export class Queue {
  private readonly name = `queue.${randomId()}`;
  private calls: Call[] = [];
  private sending = new Set<string>();
  private failures = 0;
  private timer = 0;

  constructor(
    private readonly address: string,
    private readonly writeKey: string,
  ) {
    addEventListener("pagehide", () => this.leave());
    addEventListener("online", () => this.soon(0));
  }

  /** Take up what earlier pages left behind. */
  open(): void {
    for (const text of takeAll("queue.")) {
      try {
        this.calls.push(...(JSON.parse(text) as Call[]));
      } catch {
        // Cut short by a full storage.
      }
    }
    this.keep();
    if (this.calls.length) this.soon(0);
  }

  add(call: Call): void {
    this.calls.push(call);
    this.calls.splice(0, this.calls.length - MOST_KEPT);
    this.keep();
    if (!this.failures) this.soon(0);
  }

  clear(): void {
    this.calls = [];
    takeAll("queue.");
  }

  private keep(): void {
    remember(this.name, this.calls.length ? JSON.stringify(this.calls) : "");
  }

  private soon(pause: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.send(), pause);
  }

  /** Give what fits into one request and is not on its way. */
  private next(): Call[] {
    const batch: Call[] = [];
    let bytes = 0;
    for (const call of this.calls) {
      if (this.sending.has(call.messageId)) continue;
      bytes += JSON.stringify(call).length * 2;
      if (batch.length && (bytes > MOST_BYTES || batch.length === MOST_CALLS)) break;
      batch.push(call);
    }
    return batch;
  }

  private body(batch: Call[]): string {
    return JSON.stringify({ writeKey: this.writeKey, sentAt: new Date().toISOString(), batch });
  }

  private async send(): Promise<void> {
    const batch = this.next();
    if (!batch.length) return;
    const ids = new Set(batch.map((call) => call.messageId));
    for (const id of ids) this.sending.add(id);
    let pause = 0;
    try {
      // Plain text asks for no permission first.
      const answer = await fetch(this.address, {
        method: "POST",
        body: this.body(batch),
        keepalive: true,
        credentials: "omit",
      });
      if (answer.status === 429 || answer.status >= 500) {
        pause = 1_000 * Number(answer.headers.get("retry-after")) || -1;
      }
    } catch {
      pause = -1;
    }
    for (const id of ids) this.sending.delete(id);
    if (pause) {
      const backOff = Math.min(FIRST_PAUSE * 2 ** this.failures++, LONGEST_PAUSE);
      this.soon(Math.max(pause, backOff * (0.5 + Math.random() / 2)));
      return;
    }
    // Taken, or such that it never can be.
    this.failures = 0;
    this.calls = this.calls.filter((call) => !ids.has(call.messageId));
    this.keep();
    this.soon(0);
  }

  /** Give what is not on its way to the browser to send. Whether it came nobody tells us: it stays,
   *  and the next page sends it once more under the same ids. */
  private leave(): void {
    const batch = this.next();
    if (batch.length) navigator.sendBeacon(this.address, this.body(batch));
  }
}

/** IDIC on a shop's own pages: page views, what people do, who they are. Nothing is stored or sent
 *  before the visitor agreed, and never for one whose browser says no (Do Not Track, GPC).
 *
 *  <script src="https://crm.example.com/idic.js" data-key="…" defer></script>
 *
 *  data-consent="given"   the visitor agreed elsewhere; else call idic.consent(true), once
 *  data-signals="ignore"  do as if browsers could not say no
 *  data-pages="off"       count no page views by itself
 *  data-domain=".shop.vn" one visitor over subdomains
 */
import { fillForms } from "./forms";
import { forget, randomId, recall, remember, visitorId } from "./memory";
import { type Call, Queue } from "./queue";

type Facts = Record<string, unknown>;
type Command = [name: string, ...rest: unknown[]];

const MOST_WAITING = 50;
const script = document.currentScript as HTMLScriptElement | null;
const options = script?.dataset ?? {};
const origin = new URL(script?.src ?? location.href).origin;
const queue = new Queue(`${origin}/v1/batch`, options.key ?? "");
let waiting: Call[] = []; // in memory alone, until the visitor says yes or no
let agreed: boolean | undefined;
let visitor = "";

function saysNo(): boolean {
  const browser = navigator as Navigator & { globalPrivacyControl?: boolean };
  const signal = browser.globalPrivacyControl || browser.doNotTrack === "1";
  return Boolean(signal) && options.signals !== "ignore";
}

function context(): Facts {
  const search = new URLSearchParams(location.search);
  const campaign: Facts = {};
  for (const [name, value] of search) {
    if (name.startsWith("utm_")) campaign[name.slice(4).replace("campaign", "name")] = value;
  }
  const page = {
    url: location.href,
    path: location.pathname,
    title: document.title,
    referrer: document.referrer,
  };
  const more = Object.keys(campaign).length ? { campaign } : {};
  return { page, locale: navigator.language, library: { name: "idic.js" }, ...more };
}

function take(type: string, facts: Facts): void {
  if (agreed === false) return;
  const call = {
    type,
    messageId: randomId(),
    timestamp: new Date().toISOString(),
    context: context(),
    ...facts,
  };
  if (agreed) queue.add(signed(call));
  else waiting = [...waiting, call].slice(-MOST_WAITING);
}

/** Say whose call it is, as it stands now. */
function signed(call: Call): Call {
  const userId = recall("user");
  return { anonymousId: visitor, ...(userId ? { userId } : {}), ...call };
}

const commands = {
  page: (properties: Facts = {}): void => take("page", { properties }),

  track: (event: string, properties: Facts = {}): void => take("track", { event, properties }),

  /** `identify("42", {name: "Lan"})`, or with nothing but how to reach them. */
  identify(who: string | Facts, traits: Facts = {}): void {
    const isKnown = typeof who === "string";
    take("identify", isKnown ? { userId: who, traits } : { traits: who });
    if (isKnown && agreed) remember("user", who);
  },

  /** The visitor's word. A later no ends it and takes away what was stored. */
  consent(yes: boolean): void {
    const before = agreed;
    agreed = yes && !saysNo();
    if (!agreed) {
      waiting = [];
      queue.clear();
      forget(options.domain ?? "");
      visitor = "";
    } else if (!before) {
      visitor = visitorId(options.domain ?? "");
      queue.open();
      for (const call of waiting) {
        if (typeof call.userId === "string") remember("user", call.userId);
        queue.add(signed(call));
      }
      waiting = [];
    }
    fillForms(visitor);
  },

  /** Somebody logged out: what comes next is nobody's. */
  reset(): void {
    if (!agreed) return;
    forget(options.domain ?? "");
    visitor = visitorId(options.domain ?? "");
    fillForms(visitor);
  },

  anonymousId: (): string => visitor,

  /** Commands given before the script was there: `(window.idic = window.idic || []).push([…])`. */
  push(...list: Command[]): void {
    for (const [name, ...rest] of list) {
      const command = commands[name as keyof typeof commands] as (...rest: unknown[]) => unknown;
      if (typeof command === "function") command(...rest);
    }
  },
};

/** Count a page once, wherever its address changes without a new page. */
function watchPages(): void {
  let shown = "";
  const look = (): void => {
    const address = location.pathname + location.search;
    if (address === shown) return;
    shown = address;
    setTimeout(() => commands.page(), 0); // the page sets its title first
  };
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = function (this: History, ...rest: Parameters<History["pushState"]>): void {
      original.apply(this, rest);
      look();
    };
  }
  addEventListener("popstate", look);
  look();
}

const early = (window as { idic?: Command[] }).idic;
Object.assign(window, { idic: commands });
if (saysNo()) agreed = false;
// An id is there only where somebody agreed on an earlier page.
else if (options.consent === "given" || recall("id")) commands.consent(true);
if (options.pages !== "off") watchPages();
if (Array.isArray(early)) commands.push(...early);
addEventListener("submit", () => fillForms(visitor), true);

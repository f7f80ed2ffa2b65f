/** What the script remembers on the visitor's device: one first-party cookie and a few entries of
 *  the site's own storage. Nothing here is touched before the visitor has agreed. */
const COOKIE = "idic_id";
const PREFIX = "idic.";
const YEAR = 31_536_000;

export function randomId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const parts = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(parts, (part) => part.toString(16).padStart(8, "0")).join("");
}

/** Give an entry; empty where there is none or storage is shut. */
export function recall(name: string): string {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return "";
  }
}

export function remember(name: string, value: string): void {
  try {
    if (value) localStorage.setItem(PREFIX + name, value);
    else localStorage.removeItem(PREFIX + name);
  } catch {
    // Full or shut: it lasts as long as the page.
  }
}

/** Give what other pages of the site left under names that begin so. */
export function takeAll(start: string): string[] {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX + start));
    return names.map((name) => {
      const value = localStorage.getItem(name) ?? "";
      localStorage.removeItem(name);
      return value;
    });
  } catch {
    return [];
  }
}

/** Give the visitor's id. Storage keeps it where cookies are cut short, the cookie where a shop has
 *  several subdomains. */
export function visitorId(domain: string): string {
  const found = document.cookie.match(/(?:^|; )idic_id=([\w-]{8,80})(?:;|$)/);
  const id = found?.[1] || recall("id") || randomId();
  remember("id", id);
  writeCookie(id, YEAR, domain);
  return id;
}

export function forget(domain: string): void {
  for (const name of ["id", "user"]) remember(name, "");
  writeCookie("", 0, domain);
}

function writeCookie(value: string, seconds: number, domain: string): void {
  const place = domain ? `; domain=${domain}` : "";
  const secure = location.protocol === "https:" ? "; secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: browsers without cookieStore are many
  document.cookie = `${COOKIE}=${value}; path=/; max-age=${seconds}; samesite=lax${place}${secure}`;
}

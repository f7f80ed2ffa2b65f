/** Changes colours and density at once, without a round trip; the cookie lets the server send the
 *  next page in them. Without a script the form posts to the same effect.
 *
 *  <idic-appearance><form method="post" …><button name="theme" value="dark" aria-pressed="false">… */
const YEAR = 365 * 24 * 3600;

export function setAppearance(name: string, value: string): void {
  const root = document.documentElement;
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox 128
  document.cookie = `idic_${name}=${value}; path=/; max-age=${value ? YEAR : 0}; samesite=lax`;
  for (const button of document.querySelectorAll<HTMLButtonElement>(
    `idic-appearance button[name="${name}"]`,
  )) {
    button.setAttribute("aria-pressed", String(button.value === value));
  }
}

class Appearance extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("button[name]");
      if (!button) return;
      event.preventDefault();
      setAppearance(button.name, button.value);
    });
  }
}

customElements.define("idic-appearance", Appearance);

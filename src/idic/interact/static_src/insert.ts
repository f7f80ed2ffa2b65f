/** Puts a word into the field where the cursor stood last.
 *
 *  <idic-insert data-into="id_subject id_body" data-last="id_body">
 *    <ul><li data-insert="[name]"><b>[name]</b> <span>Lan</span></li></ul></idic-insert>
 *
 *  Without a script it is a plain list of what can be typed. `data-last` is where words go before
 *  the cursor stood anywhere. */
import { announce } from "../../core/static_src/islands/announce";

type Field = HTMLInputElement | HTMLTextAreaElement;

/** Where the cursor stood last. It outlives the list, which is swapped as one looks at others. */
let last: Field | null = null;

class Insert extends HTMLElement {
  private readonly onFocus = (event: Event): void => {
    if (this.fields().includes(event.target as Field)) last = event.target as Field;
  };

  connectedCallback(): void {
    document.addEventListener("focusin", this.onFocus);
    for (const item of this.querySelectorAll<HTMLElement>("[data-insert]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.id = `put-${item.id}`;
      button.append(...item.childNodes);
      button.addEventListener("click", () => this.put(item.dataset.insert ?? ""));
      item.replaceChildren(button);
    }
  }

  disconnectedCallback(): void {
    document.removeEventListener("focusin", this.onFocus);
  }

  private fields(): Field[] {
    const ids = (this.dataset.into ?? "").split(" ");
    return ids
      .map((id) => document.getElementById(id) as Field | null)
      .filter((one) => one !== null);
  }

  private put(word: string): void {
    const isFirst = !last?.isConnected;
    const field = isFirst ? (document.getElementById(this.dataset.last ?? "") as Field) : last;
    if (!field) return;
    field.focus();
    if (isFirst) field.setSelectionRange(field.value.length, field.value.length);
    const { value, selectionStart: from, selectionEnd: to } = field;
    const before = standsApart(word, value.charAt((from ?? 0) - 1), /[\p{L}\p{N}\]),.;:!?]/u);
    const after = standsApart(word, value.charAt(to ?? 0), /[\p{L}\p{N}[(]/u);
    const text = before + word + after;
    // The old command is the only one that Ctrl Z takes back.
    if (!document.execCommand("insertText", false, text)) {
      field.setRangeText(text, from ?? 0, to ?? 0, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    announce(word);
  }
}

/** Gives the space between a word and its neighbour; Chinese has none. */
function standsApart(word: string, neighbour: string, letters: RegExp): string {
  return letters.test(neighbour) && !/\p{Script=Han}/u.test(word + neighbour) ? " " : "";
}

customElements.define("idic-insert", Insert);

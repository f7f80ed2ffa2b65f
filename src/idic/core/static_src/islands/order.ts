/** Puts the rows of a list into another order by dragging their grips; buttons beside each row do
 *  the same without a mouse or a script.
 *
 *  <form><idic-order><input type="hidden" name="order">
 *    <ol><li data-id="7"><span data-grip hidden>⠿</span> …</li> …</ol>
 *    <button name="act" value="order" data-done>Keep this order</button></idic-order></form>
 *
 *  When a row is let go, the hidden field holds the ids in their order and the button is pressed. */
class Order extends HTMLElement {
  private held: HTMLElement | null = null;

  connectedCallback(): void {
    for (const grip of this.querySelectorAll<HTMLElement>("[data-grip]")) {
      grip.hidden = false;
      grip.draggable = true;
      grip.addEventListener("dragstart", (event) => this.take(event, grip));
      grip.addEventListener("dragend", () => this.letGo());
    }
    this.addEventListener("dragover", (event) => this.move(event));
  }

  private take(event: DragEvent, grip: HTMLElement): void {
    this.held = grip.closest("li");
    if (!this.held || !event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(this.held, 0, 0);
    this.held.dataset.held = "";
  }

  private move(event: DragEvent): void {
    const list = this.held?.parentElement;
    if (!this.held || !list) return;
    event.preventDefault();
    const next = [...list.children].find((row) => {
      const box = row.getBoundingClientRect();
      return row !== this.held && event.clientY < box.top + box.height / 2;
    });
    list.insertBefore(this.held, next ?? null);
  }

  private letGo(): void {
    if (!this.held) return;
    delete this.held.dataset.held;
    this.held = null;
    const field = this.querySelector<HTMLInputElement>("input[type=hidden]");
    const button = this.querySelector<HTMLButtonElement>("[data-done]");
    if (!field || !button) return;
    field.value = [...this.querySelectorAll<HTMLElement>("li")]
      .map((row) => row.dataset.id)
      .join(",");
    button.form?.requestSubmit(button);
  }
}

customElements.define("idic-order", Order);

/** Tells a form who fills it in: `<form data-idic-form>` gets a hidden field with the visitor's id, so
 *  that what they did before becomes theirs. Without an agreement there is no id and no field. */
const NAME = "idic_anonymous_id";

export function fillForms(visitor: string): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-idic-form]")) {
    let field = form.querySelector<HTMLInputElement>(`input[name="${NAME}"]`);
    if (!visitor) {
      field?.remove();
      continue;
    }
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = NAME;
      form.append(field);
    }
    field.value = visitor;
  }
}

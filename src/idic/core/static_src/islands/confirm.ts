/** Asks before something that cannot be taken back. The question names what and how many.
 *
 *  <button hx-post="…" hx-confirm="Delete 1,248 customers?" data-confirm-act="Delete 1,248">Delete…</button>
 *  <form method="post" data-confirm="Stop the campaign?" data-confirm-act="Stop it">…</form>
 *
 *  Where the question needs more than a line, use the component c-confirm instead. */
type Answer = (yes: boolean) => void;

function ask(question: string, act: string | undefined, answer: Answer): void {
  const dialog = document.getElementById("confirm") as HTMLDialogElement | null;
  const title = dialog?.querySelector("h2");
  const yes = dialog?.querySelector<HTMLButtonElement>("button[value='yes']");
  if (!dialog || !title || !yes) {
    answer(window.confirm(question));
    return;
  }
  title.textContent = question;
  yes.textContent = act ?? yes.dataset.word ?? "OK";
  dialog.returnValue = "";
  dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  dialog.showModal();
}

document.addEventListener("htmx:confirm", (event) => {
  const { question, issueRequest, elt } = (event as CustomEvent).detail as {
    question?: string;
    issueRequest: (skip: boolean) => void;
    elt: HTMLElement;
  };
  if (!question) return;
  event.preventDefault();
  ask(question, elt.dataset.confirmAct, (yes) => {
    if (yes) issueRequest(true);
  });
});

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target as HTMLFormElement;
    const question = form.dataset.confirm;
    if (!question || form.dataset.asked) return;
    event.preventDefault();
    event.stopPropagation();
    const submitter = event.submitter;
    ask(question, form.dataset.confirmAct, (yes) => {
      if (!yes) return;
      form.dataset.asked = "yes";
      form.requestSubmit(submitter);
      delete form.dataset.asked;
    });
  },
  { capture: true },
);

/** Opens and closes dialogs by `command` and `commandfor` in browsers that do not know them yet, and
 *  closes a dialog by a press beside it. Where the browser knows them, this does nothing.
 *
 *  <button commandfor="leave" command="show-modal">…</button> <dialog id="leave" closedby="any">… */
const knowsCommands = "commandForElement" in HTMLButtonElement.prototype;
const knowsClosedBy = "closedBy" in HTMLDialogElement.prototype;

function runCommand(button: HTMLButtonElement): void {
  const dialog = document.getElementById(button.getAttribute("commandfor") ?? "");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const command = button.getAttribute("command");
  if (command === "show-modal" && !dialog.open) dialog.showModal();
  if (command === "close") dialog.close();
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const button = target.closest<HTMLButtonElement>("button[commandfor]");
  if (button && !knowsCommands) runCommand(button);
  if (!knowsClosedBy && target instanceof HTMLDialogElement && target.open) {
    if (target.getAttribute("closedby") === "any") target.close();
  }
});

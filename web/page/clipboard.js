// Copies a text, and says so on the button. Browsers allow it on secure pages only; elsewhere the reader copies it.

import { say } from "/page/speech.js";

const SAID_MS = 2000;

export async function copy(text, button) {
  const isCopied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  if (!isCopied) {
    prompt("Copy this text:", text);
    return;
  }
  say("Copied");
  button.dataset.words ??= button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = button.dataset.words; }, SAID_MS);
}

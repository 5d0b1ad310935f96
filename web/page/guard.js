// Reports a script that cannot be loaded or fails: otherwise the page would look as if there were no news.
// Not a module, so that it works when a module does not.

addEventListener("error", (event) => {
  const isScript = event instanceof ErrorEvent || event.target instanceof HTMLScriptElement;
  const notice = document.getElementById("page-state");
  if (!isScript || !notice) return;
  notice.hidden = false;
  document.getElementById("reload").onclick = () => location.reload();
}, true);

// Lets the reader sort a table by a column: ascending, descending, and back to its own order.

import { element } from "/page/text.js";

const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b));

// Turns the headers of the columns that `keys` names into buttons. `keys`: column -> what to compare of a row.
// Returns what sorts rows; `changed` is called when the reader chose another order.
export function sortable(headers, keys, changed) {
  let column = "", direction = 1;
  for (const header of headers.querySelectorAll("th[data-column]")) {
    const control = element("button", { type: "button" }, header.textContent);
    header.replaceChildren(control);
    control.addEventListener("click", () => {
      if (column !== header.dataset.column) [column, direction] = [header.dataset.column, 1];
      else if (direction === 1) direction = -1;
      else column = "";
      for (const other of headers.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
      if (column) header.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
      changed();
    });
  }
  return (rows) => (column ? [...rows].sort((a, b) => direction * compare(keys[column](a), keys[column](b))) : rows);
}

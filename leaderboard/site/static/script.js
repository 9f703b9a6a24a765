// Sorts by a click on a heading, and filters by name. The pages are complete without this script.
"use strict";

function valueOf(row, column) {
  const cell = row.cells[column];
  if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
  const text = cell.textContent.trim();
  return text === "" || text === "–" ? null : text;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
}

function sort(table, column, down) {
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows, (row) => [valueOf(row, column), row]);
  keyed.sort(([a], [b]) => {
    // missing values stay last in both directions
    if (a === null || b === null) return (a === null) - (b === null);
    return down ? compare(b, a) : compare(a, b);
  });
  body.append(...keyed.map(([, row]) => row));
}

function makeSortable(table) {
  const headings = Array.from(table.tHead.rows[0].cells);
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    const words = Array.from(heading.childNodes).filter((node) => node.nodeName !== "svg");
    button.append(...words);
    heading.prepend(button);
    button.addEventListener("click", () => {
      // numbers start with the highest, except ranks; names start with A
      const first = heading.classList.contains("n") && column > 0 ? "descending" : "ascending";
      const second = first === "ascending" ? "descending" : "ascending";
      const order = heading.getAttribute("aria-sort") === first ? second : first;
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", order);
      sort(table, column, order === "descending");
    });
  });
}

function makeFilter(place) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  const found = document.createElement("span");
  input.type = "search";
  input.id = "name-filter";
  label.htmlFor = input.id;
  label.textContent = "Name contains";
  found.setAttribute("role", "status");
  place.append(label, input, found);
  const rows = Array.from(document.querySelectorAll("table.board > tbody > tr"));
  const counted = rows.filter((row) => !row.closest("details"));
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of rows) {
      const name = row.querySelector("th a").textContent.toLowerCase();
      row.hidden = !name.includes(wanted);
    }
    const left = counted.filter((row) => !row.hidden).length;
    found.textContent = wanted ? `${left} of ${counted.length} rows` : "";
  });
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
const place = document.getElementById("filter");
if (place && document.querySelector("table.board")) makeFilter(place);

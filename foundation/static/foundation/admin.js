// Names what Unfold and select2 leave without one, for people who hear the admin instead of seeing it.
"use strict";
(() => {
  const set = (selector, attributes) =>
    document.querySelectorAll(selector).forEach((element) => Object.entries(attributes).forEach((pair) => element.setAttribute(...pair)));

  function landmarks() {
    set("#main", { role: "main" });
    set("#nav-sidebar", { role: "navigation", "aria-label": "Sections" });
    // Made by the scroll bar library, each a region of the same name.
    set(".simplebar-content-wrapper[role=region]", { role: "group" });
  }

  // What a field is called: by its label, or by the heading of its column.
  function nameOf(field) {
    const label = field.id && document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
    const cell = field.closest("td");
    const heading = cell?.closest("table").tHead?.rows[0]?.cells[cell.cellIndex];
    const words = label || heading?.querySelector("span > span") || heading; // without the help icon, whose text is "help"
    return (words?.textContent || "").trim().replace(/\s*\*$/, "");
  }

  function fields(root) {
    for (const field of root.querySelectorAll("td input:not([type=hidden]), td select, td textarea"))
      if (!field.labels?.length && !field.hasAttribute("aria-label") && nameOf(field)) field.setAttribute("aria-label", nameOf(field));
    for (const select of root.querySelectorAll("select.select2-hidden-accessible")) {
      const shown = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]") || [];
      for (const part of shown) {
        const chosen = part.textContent.replace("×", "").trim();
        part.removeAttribute("aria-labelledby");
        part.setAttribute("aria-label", [nameOf(select), chosen].filter(Boolean).join(": "));
      }
    }
    for (const heading of root.querySelectorAll("table.formset thead th"))
      if (!heading.textContent.trim())
        heading.append(Object.assign(document.createElement("span"), { className: "sy-hidden", textContent: "Delete" }));
  }

  addEventListener("load", () => {
    landmarks();
    fields(document);
    window.django?.jQuery?.(document).on("change", "select.select2-hidden-accessible", () => fields(document));
  });
  addEventListener("formset:added", (event) => {
    fields(event.target);
    event.target.scrollIntoView({ block: "nearest" });
  });
})();

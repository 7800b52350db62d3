// Comfort for the list: j and k move, Enter opens, / goes to the filters, n turns the page, ? shows the keys; filters
// take hold as soon as they are chosen. Without it, all works by links, by Tab and by a button.
(() => {
  "use strict";
  const leads = Array.from(document.querySelectorAll("a.lead"));
  const filters = document.getElementById("filters");
  const form = document.getElementById("filter-form");
  const keys = document.getElementById("keys");
  const KEPT = "leadscore-filter";

  const step = (by) => {
    const at = leads.indexOf(document.activeElement);
    const to = leads[at < 0 ? (by > 0 ? 0 : leads.length - 1) : Math.min(leads.length - 1, Math.max(0, at + by))];
    if (to) to.focus();
  };
  const toFilters = () => {
    if (filters) filters.open = true;
    const first = form ? form.querySelector("select") : document.getElementById("query");
    if (first) first.focus();
  };
  const showKeys = () => {
    keys.open = !keys.open;
    if (keys.open) keys.querySelector("summary").focus();
  };
  const turn = () => {
    const next = document.getElementById("next");
    if (next) next.click();
  };
  const onLead = () => leads.includes(document.activeElement);
  const acts = { j: () => step(1), k: () => step(-1), "/": toFilters, "?": showKeys, n: turn };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (arrow && onLead()) {
      event.preventDefault();
      step(arrow);
    } else if (Object.hasOwn(acts, event.key)) {
      event.preventDefault();
      acts[event.key]();
    }
  });

  document.addEventListener("formdata", (event) => {
    for (const [name, value] of Array.from(event.formData.entries())) if (value === "") event.formData.delete(name);
  });

  if (form) {
    for (const hint of form.querySelectorAll(".only-script")) hint.hidden = false;
    form.addEventListener("change", (event) => {
      sessionStorage.setItem(KEPT, event.target.name);
      form.requestSubmit();
    });
    const last = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    const field = last && form.elements.namedItem(last);
    if (field) field.focus();
    else if (filters && window.matchMedia("(max-width: 48rem)").matches) filters.open = false; // the leads come first
  }
})();

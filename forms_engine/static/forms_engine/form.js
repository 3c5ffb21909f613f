// Makes the hosted form smoother; everything works without it. On any trouble the browser posts the page itself.
"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  let form = find("form[data-form]");
  let request; // the latest fetch
  let posting = false; // a step is on its way: a second click does nothing

  const depth = () => history.state?.depth || 0;
  const say = (text) => (find("[data-status]", form).textContent = text);

  function adopt(next) {
    form = next;
    form.noValidate = true; // the server's messages, all at once; check() has those for while typing
    form.dataset.ready = ""; // from here on the form is as smooth as it gets
  }

  async function send(action, swapped) {
    if (posting) return;
    request?.abort();
    const mine = (request = new AbortController());
    const refreshing = action === "refresh";
    const data = new FormData(form);
    data.set("_action", action);
    if (!refreshing) {
      posting = true;
      form.setAttribute("aria-busy", "true");
      say("One moment…");
      setTimeout(() => mine.abort(), 15000);
    }
    try {
      const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), signal: mine.signal });
      if (response.redirected) return void location.assign(response.url);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = find("form[data-form]", page);
      if (!next) throw new Error("no form in the answer");
      if (refreshing) return refresh(next);
      posting = false;
      document.title = page.title;
      swap(next, swapped);
    } catch {
      if (refreshing) return; // Continue will show what should have appeared
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "_action", value: action }));
      HTMLFormElement.prototype.submit.call(form);
    }
  }

  function swap(next, swapped) {
    const before = form.dataset.step;
    form.replaceWith(next);
    adopt(next);
    const step = form.dataset.step;
    if (swapped) swapped(step);
    else if (step !== before) history.pushState({ step, depth: depth() + 1 }, "");
    const top = form.getBoundingClientRect().top;
    if (top < 0 || top > innerHeight / 2) form.scrollIntoView();
    find("[data-focus], input:not([type=hidden]), select, textarea", form).focus({ preventScroll: true });
  }

  // What others depend on changed: fields come and go. Those that stay keep their very element, and so what is being
  // typed into them meanwhile.
  function refresh(next) {
    const fields = find(".fields", form);
    const old = new Map([...fields.children].map((field) => [field.dataset.field, field]));
    const wanted = [...find(".fields", next).children].map((field) => old.get(field.dataset.field) || field);
    for (const field of old.values()) if (!wanted.includes(field)) field.remove();
    wanted.forEach((field, i) => fields.children[i] === field || fields.insertBefore(field, fields.children[i]));
    say(wanted.some((field) => ![...old.values()].includes(field)) ? "There are more questions now." : "");
    for (const part of [".progress", ".actions", "[data-carried]"])
      find(part, form)?.replaceChildren(...(find(part, next)?.childNodes || []));
  }

  // On leaving a field: only what the browser itself knows to be wrong.
  function check(input) {
    const field = input.closest("[data-field]");
    const wrong = input.value !== "" && !input.validity.valid;
    if (input.type === "radio" || !(wrong || field.classList.contains("wrong"))) return;
    const error = find(".error", field);
    error.setAttribute("aria-live", "polite");
    error.textContent = wrong ? input.validationMessage : "";
    field.classList.toggle("wrong", wrong);
    input.setAttribute("aria-invalid", wrong);
  }

  if (form) {
    adopt(form);
    history.replaceState({ step: form.dataset.step, depth: 0 }, "");
    find(".summary", form)?.focus();
    addEventListener("submit", (event) => {
      if (event.target !== form) return;
      event.preventDefault();
      const action = event.submitter?.value || "next";
      if (action === "back" && depth()) history.back();
      else send(action);
    });
    addEventListener("change", (event) => event.target.matches("[data-refresh]") && send("refresh"));
    addEventListener("focusout", (event) => event.target.closest("[data-field]") && event.target.validity && check(event.target));
    addEventListener("popstate", ({ state }) => {
      if (state?.step) send("goto:" + state.step, (step) => history.replaceState({ ...state, step }, ""));
    });
    addEventListener("pageshow", ({ persisted }) => {
      if (!persisted) return;
      posting = false; // back from the thank-you page
      form.removeAttribute("aria-busy");
      say("");
    });
  }

  // The thank-you page: ask whose it became, quickly at first.
  const owner = find("[data-poll]");
  const isFinal = (state) => state === "assigned" || state === "parked";

  async function poll(wait, until) {
    await new Promise((done) => setTimeout(done, wait));
    const found = await fetch(owner.dataset.poll, { cache: "no-store" }).then((response) => response.json()).catch(() => ({}));
    if (isFinal(found.state)) show(found);
    else if (Date.now() < until) poll(Math.min(wait * 1.3, 4000), until);
  }

  function show({ state, owner: person }) {
    if (person) {
      const words = person.name.split(/\s+/).filter(Boolean);
      const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
      find("[data-owner]", owner).textContent = person.name;
      find("[data-initials]", owner).textContent = ends.map((word) => [...word][0]).join("").toUpperCase();
    }
    for (const part of owner.children) part.hidden = part.dataset.when !== state;
  }

  if (owner && !isFinal(owner.dataset.state)) poll(150, Date.now() + 120000);
})();

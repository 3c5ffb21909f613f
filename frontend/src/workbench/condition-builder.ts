// Builds conditions from rows instead of JSON: enhances each `textarea[data-condition-builder]`, whose attribute is the
// address that tells the vocabulary (GET) and reads a condition (POST); see docs/conditions.md, "The builder".
//
// The textarea stays the field of the form. It is written only when somebody has changed a row, and only when every row
// is finished; a form with an unfinished row isn't sent.

import type { Document, Json } from "../conditions";
import { button, el, enhanceAll, freshId, nameOf } from "./dom";
import { picker } from "./picker";
import { ask, choicesAt, countInWords, vocabularyAt, type Answer } from "./preview";
import { operatorNamed, operatorsFor, partAt, readTree, writeTree } from "./tree";
import type { Group, Mode, Part, Paths, Row } from "./tree";
import { editingOf, readValue, valueFields, type Editing } from "./values";
import { attributeNamed, type Attribute, type Vocabulary } from "./vocabulary";

// Long enough not to ask while somebody types, short enough to feel at once.
const PAUSE_MS = 350;

const MODES: { [mode in Mode]: string } = { all: "All of these hold", any: "Any of these holds", none: "None of these holds" };

const emptyRow = (): Row => ({ kind: "row", attribute: "", operator: "", value: null, guarded: false });

const copyOf = (part: Part): Part =>
  part.kind == "group" ? { ...part, parts: part.parts.map(copyOf) } : (structuredClone(part) as Part);

const rowsIn = (part: Part): Row[] =>
  part.kind == "group" ? part.parts.flatMap(rowsIn) : part.kind == "row" ? [part] : [];

const groupsIn = (part: Part): Group[] => (part.kind == "group" ? [part, ...part.parts.flatMap(groupsIn)] : []);

class Builder {
  private root: Group = { kind: "group", mode: "all", parts: [] };
  private paths: Paths = new Map();
  private readonly editing = new WeakMap<Row, Editing>();
  private readonly drawn = new Map<Part, HTMLElement>();
  private isJson = false;
  private asking = new AbortController();
  private timer = 0;

  private readonly rows = el("div", { class: "sy-rows" });
  private readonly note = el("p", { class: "sy-note", hidden: true });
  private readonly sentence = el("p", { class: "sy-sentence", "aria-live": "polite" });
  private readonly count = el("p", { class: "sy-count", "aria-live": "polite" });
  private readonly spoken = el("p", { class: "sy-hidden", role: "status" });
  private readonly toggle = button("Edit as JSON", () => this.switchView(), undefined, { "aria-pressed": "false" });
  readonly element: HTMLElement;

  constructor(
    private readonly field: HTMLTextAreaElement,
    private readonly endpoint: string,
    private readonly vocabulary: Vocabulary,
  ) {
    const label = nameOf(field) || "Condition";
    const foot = el("div", { class: "sy-foot" }, el("div", {}, this.sentence, this.count), this.toggle);
    this.element = el("div", { class: "sy-builder", role: "group", "aria-label": label }, this.rows, this.note, foot, this.spoken);
    field.after(this.element);
    this.element.insertBefore(field, this.note);
    if (!field.labels?.length && !field.getAttribute("aria-label")) field.setAttribute("aria-label", label);
    field.addEventListener("input", () => this.isJson && this.preview());
    field.form?.addEventListener("submit", (event) => this.guardSending(event));
    if (!this.read()) this.showJson("This is not a condition that rows can show, so it stays as JSON.");
    else this.showRows();
    // What was refused is written anew, guards and all; what was stored stays untouched until somebody changes it.
    if (!this.isJson && field.getAttribute("aria-invalid")) this.changed();
    else this.preview();
  }

  // Between the rows and the JSON

  /** Whether the field holds a document; then the rows show it. */
  private read(): boolean {
    let document: Json;
    try {
      document = JSON.parse(this.field.value.trim() || "{}") as Json;
    } catch {
      return false;
    }
    if (!document || typeof document != "object" || Array.isArray(document)) return false;
    this.root = readTree(document, this.vocabulary);
    this.paths = writeTree(this.root, this.vocabulary).paths;
    return true;
  }

  private showJson(why = "") {
    this.isJson = true;
    this.field.hidden = false;
    this.rows.hidden = true;
    this.note.hidden = !why;
    this.note.textContent = why;
    this.toggle.setAttribute("aria-pressed", "true");
  }

  private showRows() {
    this.isJson = false;
    this.field.hidden = true;
    this.rows.hidden = false;
    this.note.hidden = true;
    this.toggle.setAttribute("aria-pressed", "false");
    this.draw();
  }

  private switchView() {
    if (!this.isJson) {
      this.showJson();
      this.field.focus();
      this.preview();
    } else if (this.read()) {
      this.showRows();
      this.changed();
    } else {
      this.showJson("This is not valid JSON for a condition. Mend it, then the rows can show it.");
      this.field.focus();
    }
  }

  // Drawing

  private draw(focus?: { part: Part; on: "attribute" | "operator" | "value" | "add" | "remove" }) {
    this.drawn.clear();
    this.rows.replaceChildren(this.group(this.root));
    if (!focus) return;
    const targets = this.drawn.get(focus.part)?.querySelectorAll<HTMLElement>(`[data-on=${focus.on}]`);
    // A group's own button comes after those of the groups within it.
    const target = focus.on == "add" ? targets?.[targets.length - 1] : targets?.[0];
    const inner = target?.matches("input, select, button") ? target : target?.querySelector<HTMLElement>("input, select, button");
    inner?.focus();
  }

  private group(group: Group, parent?: Group): HTMLElement {
    const select = el("select", { class: "sy-select", "aria-label": "How these hold together", "data-on": "attribute" });
    for (const [mode, words] of Object.entries(MODES)) select.append(new Option(words, mode, false, mode == group.mode));
    select.addEventListener("change", () => {
      group.mode = select.value as Mode;
      this.changed();
    });
    const add = button("Add a condition", () => this.insert(group, emptyRow()), undefined, { "data-on": "add" });
    const addGroup = button("Add a group", () =>
      this.insert(group, { kind: "group", mode: group.mode == "any" ? "all" : "any", parts: [emptyRow()] }),
    );
    const isOneOrNone = !parent && group.mode == "all" && group.parts.length < 2;
    const head = el("div", { class: "sy-head" }, ...(isOneOrNone ? [] : [select]), ...(parent ? [this.tools(group, parent, "group")] : []));
    const parts = el("div", { class: "sy-parts" }, ...group.parts.map((part) => this.part(part, group)));
    const empty = el("p", { class: "sy-note" }, parent ? "An empty group. Add a condition, or remove it." : "No condition: this holds always.");
    const element = el(
      "div",
      { class: "sy-group", role: "group", "aria-label": parent ? "Group" : "Conditions" },
      head,
      group.parts.length ? parts : empty,
      el("div", { class: "sy-adds" }, add, addGroup),
    );
    this.drawn.set(group, element);
    return element;
  }

  private part(part: Part, parent: Group): HTMLElement {
    if (part.kind == "group") return this.group(part, parent);
    const element = part.kind == "row" ? this.row(part, parent) : this.raw(part.document, part, parent);
    element.addEventListener("keydown", (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      this.move(part, parent, event.key == "ArrowUp" ? -1 : 1);
    });
    this.drawn.set(part, element);
    return element;
  }

  private raw(document: Document, part: Part, parent: Group) {
    const why = "Rows can't show this part. It stays as it is; change it as JSON.";
    const text = el("code", { class: "sy-code" }, JSON.stringify(document));
    return el("div", { class: "sy-row" }, el("div", { class: "sy-fields" }, text, el("p", { class: "sy-note" }, why)), this.tools(part, parent, "this part"));
  }

  private row(row: Row, parent: Group): HTMLElement {
    const attribute = attributeNamed(this.vocabulary, row.attribute);
    const problem = el("p", { class: "sy-problem", id: freshId("problem"), hidden: true });
    const fields = el("div", { class: "sy-fields" }, this.attributeField(row));
    const element = el("div", { class: "sy-row", role: "group", "aria-label": attribute?.label ?? "New condition", "aria-describedby": problem.id });
    if (attribute?.far) void this.fetchChoices(attribute, row);
    if (attribute) {
      fields.append(this.operatorField(row, attribute));
      const value = el("div", { class: "sy-value", "data-on": "value" });
      if (attribute.far) value.append("Fetching the choices …");
      else value.append(...valueFields({ attribute, row, editing: this.editingOf(row), changed: () => this.changed(row), say: (text) => this.say(text) }));
      if (value.childNodes.length) fields.append(value);
    }
    element.append(fields, this.tools(row, parent, attribute?.label ?? "the new condition"), problem);
    return element;
  }

  private editingOf(row: Row): Editing {
    const found = this.editing.get(row) ?? editingOf(attributeNamed(this.vocabulary, row.attribute), row);
    this.editing.set(row, found);
    return found;
  }

  /** Once for all rows of the attribute. */
  private async fetchChoices(attribute: Attribute, row: Row) {
    try {
      attribute.choices = await choicesAt(this.endpoint, attribute.name);
      attribute.far = false;
    } catch {
      attribute.far = true;
      this.drawn.get(row)?.querySelector("[data-on=value]")?.replaceChildren("The choices can't be fetched. Reload the page.");
      return;
    }
    const isWaiting = this.drawn.get(row)?.querySelector("[data-on=operator]") == document.activeElement;
    this.draw(isWaiting ? { part: row, on: "operator" } : undefined);
  }

  private attributeField(row: Row) {
    const field = picker({
      label: "Attribute",
      placeholder: "Choose an attribute",
      choices: () => this.vocabulary.attributes.map(({ name, label }) => [name, label]),
      isChosen: (name) => name == row.attribute,
      choose: (name) => this.chooseAttribute(row, name),
      shown: () => attributeNamed(this.vocabulary, row.attribute)?.label ?? row.attribute,
      ...(this.vocabulary.open && { typed: (name: string) => this.chooseAttribute(row, name) }),
    }).element;
    field.dataset["on"] = "attribute";
    return field;
  }

  private chooseAttribute(row: Row, name: string) {
    if (name == row.attribute) return;
    const before = attributeNamed(this.vocabulary, row.attribute);
    const after = attributeNamed(this.vocabulary, name)!;
    const isAlike = before?.type == after.type && !before.choices == !after.choices;
    row.attribute = name;
    if (!isAlike || !operatorsFor(after).some((each) => each.name == row.operator)) this.setOperator(row, after, operatorsFor(after)[0]!.name);
    if (!isAlike || after.choices || after.far) this.clear(row);
    this.draw({ part: row, on: "operator" });
    this.changed(row);
  }

  private clear(row: Row) {
    row.value = null;
    this.editing.set(row, { texts: [], many: { values: [], aside: [] } });
  }

  private setOperator(row: Row, attribute: Attribute, name: string) {
    const before = row.operator ? operatorNamed(row.operator).takes : undefined;
    const { takes, ordered } = operatorNamed(name);
    const kept = this.editingOf(row);
    row.operator = name;
    row.guarded = !!ordered && !attribute.required;
    // One value and a list of values stand for each other; so do a value and a bound.
    if (takes == "many" && before != "many" && kept.texts[0]) kept.many.values = [kept.texts[0]];
    if (takes == "one" && before == "many" && kept.many.values.length == 1) kept.texts = [kept.many.values[0]!];
  }

  private operatorField(row: Row, attribute: Attribute) {
    const select = el("select", { class: "sy-select", "aria-label": `${attribute.label}: how to compare`, "data-on": "operator" });
    for (const { name, words } of operatorsFor(attribute)) select.append(new Option(words, name, false, name == row.operator));
    select.addEventListener("change", () => {
      this.setOperator(row, attribute, select.value);
      this.draw({ part: row, on: "operator" });
      this.changed(row);
    });
    return select;
  }

  private tools(part: Part, parent: Group, name: string) {
    return el(
      "div",
      { class: "sy-tools" },
      button(`Move ${name} up`, () => this.move(part, parent, -1, "Move"), "arrow_upward"),
      button(`Move ${name} down`, () => this.move(part, parent, 1, "Move"), "arrow_downward"),
      button(`Duplicate ${name}`, () => this.duplicate(part, parent), "content_copy"),
      button(`Remove ${name}`, () => this.remove(part, parent), "delete", { "data-on": "remove" }),
    );
  }

  // Changing the tree

  private insert(group: Group, part: Part) {
    group.parts.push(part);
    this.draw({ part: rowsIn(part)[0]!, on: "attribute" });
    this.say(part.kind == "group" ? "Group added" : "Condition added");
    this.changed();
  }

  private duplicate(part: Part, parent: Group) {
    const copy = copyOf(part);
    rowsIn(part).forEach((row, i) => this.editing.set(rowsIn(copy)[i]!, structuredClone(this.editingOf(row))));
    parent.parts.splice(parent.parts.indexOf(part) + 1, 0, copy);
    this.draw({ part: copy, on: "attribute" });
    this.say("Duplicated");
    this.changed();
  }

  private remove(part: Part, parent: Group) {
    const at = parent.parts.indexOf(part);
    parent.parts.splice(at, 1);
    const next = parent.parts[at] ?? parent.parts[at - 1];
    this.draw(next ? { part: next, on: "remove" } : { part: parent, on: "add" });
    this.say("Removed");
    this.changed();
  }

  /** Past its neighbour, into a group that comes next, and out of its own where it is the first or the last. */
  private move(part: Part, parent: Group, by: 1 | -1, tool?: string) {
    const at = parent.parts.indexOf(part);
    const next = parent.parts[at + by];
    const [into, index] = next?.kind == "group" && part.kind != "group"
      ? [next, by > 0 ? 0 : next.parts.length]
      : next
        ? [parent, at + by]
        : [this.parentOf(parent), -1];
    if (!into) return this.say("It can't be moved further.");
    parent.parts.splice(at, 1);
    const place = index >= 0 ? index : into.parts.indexOf(parent) + (by > 0 ? 1 : 0);
    into.parts.splice(place, 0, part);
    this.draw({ part, on: "attribute" });
    if (tool) this.focusTool(part, by);
    this.say(`Moved, now ${place + 1} of ${into.parts.length}`);
    this.changed();
  }

  private focusTool(part: Part, by: 1 | -1) {
    const tools = [...(this.drawn.get(part)?.querySelectorAll<HTMLElement>(":scope > .sy-tools button, :scope > .sy-head .sy-tools button") ?? [])];
    tools[by < 0 ? 0 : 1]?.focus();
  }

  private parentOf(group: Group): Group | undefined {
    return groupsIn(this.root).find((each) => each.parts.includes(group));
  }

  // What comes of a change

  private changed(row?: Row) {
    if (row) this.tell(row, "");
    const unfinished = this.unfinished();
    window.clearTimeout(this.timer);
    this.asking.abort();
    if (unfinished.size) {
      this.sentence.textContent = unfinished.size == 1 ? "One condition is not finished." : `${unfinished.size} conditions are not finished.`;
      this.count.textContent = "";
      return;
    }
    const written = writeTree(this.root, this.vocabulary);
    this.paths = written.paths;
    this.field.value = JSON.stringify(written.document, null, 2);
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    this.preview();
  }

  /** Rows and groups that can't be written, each with what is missing. Writes the values of all others. */
  private unfinished(): Map<Part, string> {
    const found = new Map<Part, string>();
    for (const row of rowsIn(this.root)) {
      const attribute = attributeNamed(this.vocabulary, row.attribute);
      const read = attribute ? (attribute.far ? { value: row.value } : readValue(attribute, row, this.editingOf(row))) : "Choose an attribute.";
      if (typeof read == "string") found.set(row, read);
      else row.value = read.value;
    }
    for (const group of groupsIn(this.root)) if (group != this.root && !group.parts.length) found.set(group, "This group is empty.");
    return found;
  }

  private guardSending(event: Event) {
    if (this.isJson || !this.element.isConnected) return;
    const [first] = this.unfinished();
    if (!first) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const [part, problem] of this.unfinished()) if (part.kind == "row") this.tell(part, problem);
    const dialog = this.element.closest("dialog");
    if (dialog && !dialog.open) dialog.showModal();
    const [part, problem] = first;
    const value = this.drawn.get(part)?.querySelector<HTMLElement>("[data-on=value] input, [data-on=value] select");
    (value ?? this.drawn.get(part)?.querySelector<HTMLElement>("input, select, button"))?.focus();
    this.say(`Not saved. ${problem}`);
  }

  private tell(row: Row, problem: string) {
    const element = this.drawn.get(row);
    const place = element?.querySelector<HTMLElement>(":scope > .sy-problem");
    if (!element || !place) return;
    place.textContent = problem;
    place.hidden = !problem;
    element.classList.toggle("sy-wrong", !!problem);
  }

  private say(text: string) {
    this.spoken.textContent = text;
  }

  /** Of what the rows say, so that a refusal's path leads to a row. */
  private preview() {
    const text = this.isJson ? this.field.value.trim() || "{}" : JSON.stringify(writeTree(this.root, this.vocabulary).document);
    window.clearTimeout(this.timer);
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.timer = window.setTimeout(async () => {
      try {
        this.show(await ask(this.endpoint, text, true, signal));
      } catch {
        // Somebody has typed on.
      }
    }, PAUSE_MS);
  }

  private show(answer: Answer) {
    for (const row of rowsIn(this.root)) this.tell(row, "");
    this.count.textContent = "";
    if (!answer) {
      this.sentence.textContent = "The preview can't be had just now. Saving checks the condition all the same.";
    } else if ("sentence" in answer) {
      this.sentence.replaceChildren("Holds where ", el("strong", {}, answer.sentence));
      if (answer.sentence == "always") this.sentence.replaceChildren("Holds ", el("strong", {}, "always"));
      if (answer.count) this.count.textContent = countInWords(answer.count);
    } else {
      const part = this.isJson ? undefined : partAt(this.paths, answer.path);
      if (part?.kind == "row") this.tell(part, answer.message);
      this.sentence.textContent = part?.kind == "row" ? "One condition can't be used as it is." : [answer.path, answer.message].filter(Boolean).join(": ");
    }
  }
}

/** In a table there is no room for rows: the sentence, and a button to a dialog with all of it. */
const inDialog = (field: HTMLTextAreaElement, endpoint: string, vocabulary: Vocabulary) => {
  const label = nameOf(field) || "Condition";
  const said = el("span", { class: "sy-said" });
  const done = button("Done", () => dialog.close());
  const dialog = el("dialog", { class: "sy-dialog", "aria-label": label }, el("h2", {}, label));
  const open = button("Edit", () => dialog.showModal(), undefined, { "aria-label": `Edit ${label.toLowerCase()}` });
  field.before(said, open, dialog);
  dialog.append(field);
  const builder = new Builder(field, endpoint, vocabulary);
  dialog.append(done);
  const tell = async () => {
    const text = field.value.trim() || "{}";
    const answer = text == "{}" ? { sentence: "All leads" } : await ask(endpoint, text, false, new AbortController().signal);
    said.textContent = answer && "sentence" in answer ? answer.sentence : "A condition with a problem";
  };
  dialog.addEventListener("close", () => {
    void tell();
    open.focus();
  });
  void tell();
  return builder;
};

const enhance = async (field: HTMLTextAreaElement) => {
  const endpoint = field.dataset["conditionBuilder"]!;
  try {
    const vocabulary = await vocabularyAt(endpoint);
    if (field.closest("td")) inDialog(field, endpoint, vocabulary);
    else new Builder(field, endpoint, vocabulary);
  } catch {
    // Without the vocabulary the box with the document is what there is.
  }
};

enhanceAll<HTMLTextAreaElement>("textarea[data-condition-builder]", (field) => void enhance(field));

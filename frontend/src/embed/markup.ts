// Making nodes and sheets in ways that a strict Content-Security-Policy allows.

interface Policy {
  createHTML(text: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy;
}

let policy: Policy | undefined;

/** Markup of our own server. Pages with `require-trusted-types-for` allow the policy `switchyard`. */
export const html = (text: string): DocumentFragment => {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("switchyard", { createHTML: (same) => same });
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(text) : text;
  return template.content;
};

const sheets = new Map<string, CSSStyleSheet>();

/** One sheet for all who wear the same. */
export const sheet = (text: string): CSSStyleSheet => {
  let made = sheets.get(text);
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(text);
    sheets.set(text, made);
  }
  return made;
};

export const create = <Kind extends HTMLElement>(
  name: string,
  attributes: { [name: string]: string },
  ...children: (Node | string)[]
): Kind => {
  const made = document.createElement(name) as Kind;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

export const headingIn = (box: ParentNode): HTMLElement | null =>
  box.querySelector<HTMLElement>("[data-step]:not([hidden]) [data-heading], [data-done] [data-heading]");

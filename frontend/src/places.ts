// What depends on the country answered: which regions there are, and which country a phone number is read with. A module
// of its own, loaded with the second script where a form asks for such.

import type { Filling } from "./controller";
import { setValue, type Item } from "./controls";

const RETRY_MS = 3000;

/** What the server has chosen, whatever was chosen since. */
const served = (select?: Element): string => {
  const [first, ...others] = (select as HTMLSelectElement | undefined)?.options ?? [];
  return (others.find((option) => option.defaultSelected) ?? first)?.value ?? "";
};

/** A function to call after every walk. */
export const placeFollower = (filling: Filling) => {
  const { items, host, logic, update } = filling;
  // What an item was last made for: a region's country, the country of a phone number.
  const followed = new Map<Item, string>();

  const loadRegions = async (item: Item, country: string) => {
    const select = item.inputs[0] as HTMLSelectElement;
    const wanted = select.dataset["wanted"] || select.value;
    followed.set(item, country);
    // The old country's regions mustn't be sent for the new one.
    const show = (options: HTMLOptionElement[]) => {
      select.replaceChildren(select.options[0]!, ...options);
      setValue(select, wanted);
      item.combo?.sync();
      update();
    };
    show([]);
    item.marked.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${host.api}/regions/${country}?language=${logic.language}`, { credentials: "omit" });
      const { regions } = (await response.json()) as { regions: { code: string; name: string }[] };
      if (followed.get(item) !== country) return;
      select.dataset["wanted"] = "";
      show(regions.map(({ code, name }) => new Option(name, code)));
    } catch {
      select.dataset["wanted"] = wanted;
      followed.delete(item);
      setTimeout(update, RETRY_MS);
    }
    item.marked.removeAttribute("aria-busy");
  };

  const asking = [...items.values()].filter(({ field }) => field.country);
  for (const item of asking) {
    const select = item.inputs[0] as HTMLSelectElement;
    // The server has filled both for the country that it knew.
    if (item.field.type === "tel") followed.set(item, served(select));
    else if (select.options.length > 1) followed.set(item, served(items.get(item.field.country!)?.inputs[0]));
  }

  const followWithPhone = (item: Item, country: string) => {
    const select = item.inputs[0] as HTMLSelectElement;
    // Another value than the one it was given is the visitor's own choice.
    if (!item.inputs[1] || select.value !== followed.get(item)) return;
    setValue(select, country);
    followed.set(item, select.value);
  };

  return () => {
    for (const item of asking) {
      const country = (filling.now.answers[item.field.country!] as string | undefined) ?? "";
      if (!country || followed.get(item) === country) continue;
      if (item.field.type === "tel") followWithPhone(item, country);
      else void loadRegions(item, country);
    }
  };
};

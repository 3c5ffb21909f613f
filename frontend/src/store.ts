// What the browser remembers of an open form: in the tab, so that a reload loses nothing; with consent beyond the tab,
// but only what waits to be sent. Where a browser keeps nothing, nothing is remembered.

/** `values` are the controls' by field key, `pending` a submission that couldn't be sent, `again` asks for sending. */
export interface Kept {
  values?: { [key: string]: string[] };
  step?: string | undefined;
  pending?: object | undefined;
  again?: boolean;
}

export const formStore = (form: string) => {
  // By form, not by version: a version that came in between finds the answers to questions that it still asks.
  const key = `switchyard:${form}`;
  const use = <T>(name: "sessionStorage" | "localStorage", what: (storage: Storage) => T): T | undefined => {
    try {
      return what(window[name]);
    } catch {
      return undefined;
    }
  };
  const read = (name: "sessionStorage" | "localStorage") =>
    use(name, (storage) => JSON.parse(storage.getItem(key) ?? "null") as Kept | null);

  return {
    load: (): Kept => ({ ...read("localStorage"), ...read("sessionStorage") }),
    save(kept: Kept, mayOutlive: boolean) {
      use("sessionStorage", (storage) => storage.setItem(key, JSON.stringify(kept)));
      if (kept.pending && mayOutlive)
        use("localStorage", (storage) => storage.setItem(key, JSON.stringify({ pending: kept.pending })));
    },
    clear() {
      use("sessionStorage", (storage) => storage.removeItem(key));
      use("localStorage", (storage) => storage.removeItem(key));
    },
  };
};

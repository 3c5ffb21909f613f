// Scripts that lie beside this one, for what not every page needs or not at first.

const failures: { [name: string]: number } = {};

/** May be tried again after a failure: by another address, since some browsers remember that one couldn't be had. */
export const part = async <Module>(name: string): Promise<Module> => {
  const again = failures[name] ? `?${failures[name]}` : "";
  try {
    return await import(new URL(name + again, import.meta.url).href);
  } catch (problem) {
    failures[name] = (failures[name] ?? 0) + 1;
    throw problem;
  }
};

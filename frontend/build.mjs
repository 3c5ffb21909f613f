// `node build.mjs FOLDER` writes every built file into FOLDER. `node build.mjs FOLDER SOURCE` writes one source as a
// module instead, which is how tests reach code that no page loads by itself.

import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// Built file, without its folder -> source and, for scripts, format: "iife" for a classic script, "esm" for a module.
// Pages and embeds load these; `python -m frontend build` writes them to forms_engine/static/forms_engine.
const ENTRIES = {
  "hosted.js": { source: "src/hosted.ts", format: "esm" },
  "form.css": { source: "src/form.css" },
};

const [folder, source] = process.argv.slice(2);
const entries = source ? { [`${basename(source, ".ts")}.js`]: { source, format: "esm" } } : ENTRIES;

for (const [name, entry] of Object.entries(entries)) {
  await build({
    absWorkingDir: dirname(fileURLToPath(import.meta.url)),
    entryPoints: [entry.source],
    outfile: `${folder}/${name}`,
    format: entry.format,
    bundle: true,
    minify: true,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
}

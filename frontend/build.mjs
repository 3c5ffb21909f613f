// `node build.mjs FOLDER` writes every built file into FOLDER. `node build.mjs FOLDER SOURCE` writes one source as a
// module instead, which is how tests reach code that no page loads by itself.

import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

// Built file, without its folder -> source and, for scripts, format: "iife" for a classic script, "esm" for a module.
// Pages and embeds load these; `python -m frontend build` writes them to forms_engine/static/forms_engine.
const ENTRIES = {
  // A classic script all the same: it imports and exports nothing, and all of it stands in one block.
  "embed.js": { source: "src/embed.ts", format: "esm" },
  "runtime.js": { source: "src/runtime.ts", format: "esm" },
  "dialogs.js": { source: "src/dialogs.ts", format: "esm" },
  "capture.js": { source: "src/capture.ts", format: "esm" },
  // Loaded by the runtime and the hosted page once a form can be filled in.
  "sending.js": { source: "src/sending.ts", format: "esm" },
  "hosted.js": { source: "src/hosted.ts", format: "esm" },
  // Loaded by the others where a form has a searchable select.
  "combobox.js": { source: "src/combobox.ts", format: "esm" },
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
    external: ["./runtime.js", "./sending.js"],
    minify: true,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  // The web server sends this one to browsers that take it, and compresses nothing while they wait.
  if (!source) writeFileSync(`${folder}/${name}.gz`, gzipSync(readFileSync(`${folder}/${name}`), { level: 9 }));
}

// `node build.mjs FOLDER SET` writes every built file of a set ("forms", "workbench") into FOLDER. `node build.mjs FOLDER
// SOURCE` writes one source as a module instead, which is how tests reach code that no page loads by itself.

import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

// Built file, without its folder -> source and, for scripts, format: "iife" for a classic script, "esm" for a module.
// Pages and embeds load these; `python -m frontend build` writes them to forms_engine/static/forms_engine.
const FORMS = {
  // A classic script all the same: it imports and exports nothing, and all of it stands in one block.
  "embed.js": { source: "src/embed.ts", format: "esm" },
  "runtime.js": { source: "src/runtime.ts", format: "esm" },
  "dialogs.js": { source: "src/dialogs.ts", format: "esm" },
  "capture.js": { source: "src/capture.ts", format: "esm" },
  // Loaded by the runtime and the hosted page once a form can be filled in.
  "sending.js": { source: "src/sending.ts", format: "esm" },
  // Loaded once the server has answered: after sending, and where it keeps what was answered so far.
  "poll.js": { source: "src/poll.ts", format: "esm" },
  "resume.js": { source: "src/resume.ts", format: "esm" },
  "hosted.js": { source: "src/hosted.ts", format: "esm" },
  // Loaded where a form has regions or a phone number beside its country; where it has a searchable select.
  "places.js": { source: "src/places.ts", format: "esm" },
  "combobox.js": { source: "src/combobox.ts", format: "esm" },
  "form.css": { source: "src/form.css" },
};

// For the admin's own pages: to foundation/static/foundation/workbench. Classic scripts, since widgets name them as media.
const WORKBENCH = {
  "plan.js": { source: "src/workbench/plan.ts", format: "iife" },
  "condition-builder.js": { source: "src/workbench/condition-builder.ts", format: "iife" },
  "form-fields.js": { source: "src/workbench/form-fields.ts", format: "iife" },
};

const SETS = { forms: FORMS, workbench: WORKBENCH };

const [folder, what] = process.argv.slice(2);
const entries = SETS[what] ?? { [`${basename(what, ".ts")}.js`]: { source: what, format: "esm" } };

// esbuild bundles, and terser says the same in fewer bytes than it would. The sources have no getters with effects, nor
// functions that anybody counts the parameters of.
const SMALL = {
  ecma: 2022,
  module: true,
  compress: { passes: 3, pure_getters: true, unsafe_arrows: true, keep_fargs: false },
  format: { comments: false },
};

mkdirSync(folder, { recursive: true });

for (const [name, entry] of Object.entries(entries)) {
  const { outputFiles } = await build({
    absWorkingDir: dirname(fileURLToPath(import.meta.url)),
    entryPoints: [entry.source],
    write: false,
    format: entry.format,
    bundle: true,
    external: ["./runtime.js", "./sending.js", "./poll.js"],
    minify: true,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  const [{ text }] = outputFiles;
  // Pages of the admin may weigh more: there esbuild's own bytes do.
  const content = entry.format == "esm" ? (await minify(text, SMALL)).code : text;
  writeFileSync(`${folder}/${name}`, content);
  // The web server sends this one to browsers that take it, and compresses nothing while they wait.
  if (what in SETS) writeFileSync(`${folder}/${name}.gz`, gzipSync(content, { level: 9 }));
}

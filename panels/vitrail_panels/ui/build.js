// Bundles src into dist; `npm run build` once, `npm run watch` while changing it.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build, context } from "esbuild";

const shared = {
  bundle: true,
  minify: true,
  target: ["chrome114", "firefox125", "safari17"],
  legalComments: "none",
  logLevel: "info",
};

const bundles = [
  {
    ...shared,
    entryPoints: { "vitrail.bundle": "src/index.js" },
    outdir: "dist",
    format: "esm",
    loader: { ".css": "text" },
  },
  { ...shared, entryPoints: { "vitrail.shell": "src/shell/shell.js" }, outdir: "dist", format: "iife" },
  { ...shared, entryPoints: { "vitrail.export": "src/export/export.js" }, outdir: "dist", format: "iife", loader: { ".css": "text" } },
  { ...shared, entryPoints: { "vitrail.notebook": "src/notebook/notebook.js" }, outdir: "dist", format: "esm", loader: { ".css": "text" } },
  { ...shared, entryPoints: { "vitrail.file": "src/export/file.css" }, outdir: "dist" },
  { ...shared, entryPoints: { "vitrail.page": "src/shell/page.css" }, outdir: "dist" },
];

if (process.argv.includes("--watch")) {
  for (const options of bundles) await (await context(options)).watch();
} else {
  await Promise.all(bundles.map(build));
  writeFileSync("dist/sources.sha256", `${digestOf("src")}\n`);
}

// What the bundles were made of, so that a test without node can tell whether they are up to date.
function digestOf(folder) {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/")).sort();
  for (const path of paths) hash.update(`${path}\n`).update(readFileSync(path));
  return hash.digest("hex");
}

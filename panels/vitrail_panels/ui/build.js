// Bundles src into dist; `npm run build` once, `npm run watch` while changing it.
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
  { ...shared, entryPoints: { "vitrail.page": "src/shell/page.css" }, outdir: "dist" },
];

if (process.argv.includes("--watch")) {
  for (const options of bundles) await (await context(options)).watch();
} else {
  await Promise.all(bundles.map(build));
}

// Bundles the front end into webapp/static/dist.
//
// ENTRIES are what a page asks for by name; everything else is imported by them. An island, imported with
// `import("./islands/<name>.js")`, becomes a chunk of its own, loaded only by a page that has one.
// dist/manifest.json gives, per entry, its address with a digest of its content, so that a browser may
// keep every file for ever.

import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const ENTRIES = [
  "js/main.js",
  "js/diagram.js",
  "js/studio.js",
  "css/main.css",
  "css/diagram.css",
  "css/studio.css",
];

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "webapp/static");
const target = join(source, "dist");

const entryPoints = ENTRIES.map((name) => join(source, name));

const { outputFiles } = await build({
  absWorkingDir: root,
  assetNames: "assets/[name]-[hash]",
  bundle: true,
  chunkNames: "chunks/[name]-[hash]",
  entryNames: "[name]",
  entryPoints,
  format: "esm",
  legalComments: "linked",
  loader: { ".woff": "file", ".woff2": "file", ".ttf": "file", ".eot": "file", ".svg": "file" },
  logLevel: "warning",
  minify: true,
  outdir: target,
  splitting: true,
  target: ["chrome109", "firefox115", "safari16"],
  write: false,
});

// Nothing is removed before the build has succeeded: a mistake in a source leaves the last good front end.
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const entries = new Set(entryPoints.map((path) => basename(path)));
const manifest = {};
for (const { path, contents } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
  const name = relative(target, path);
  if (entries.has(name)) {
    const digest = createHash("sha256").update(contents).digest("hex");
    manifest[name] = `${name}?v=${digest.slice(0, 12)}`;
  }
}
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

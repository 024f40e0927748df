// Re-creates app/static/vendor from the pinned packages: `npm ci && npm run vendor`.
// Each file is copied without its source-map comment and gets a gzip twin; manifest.json
// lists package, version, licence and hash, and a test recomputes the hashes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const vendor = join(here, "..", "app", "static", "vendor");
const manifest = [];

const packages = [
  { name: "@tabler/core", folder: "tabler", licence: join(here, "LICENSE.tabler-core"),
    files: ["dist/css/tabler.min.css"] },
  { name: "htmx.org", folder: "htmx", files: ["dist/htmx.min.js"] },
  { name: "tom-select", folder: "tom-select",
    files: ["dist/js/tom-select.complete.min.js", "dist/css/tom-select.min.css"] },
];

const moduleFile = (name, file) => join(here, "node_modules", name, file);
const packageOf = (name) => JSON.parse(readFileSync(moduleFile(name, "package.json"), "utf8"));
const withoutSourceMap = (text) =>
  text.replace(/\n?(\/\/[#@] sourceMappingURL=.*|\/\*# sourceMappingURL=.*?\*\/)\s*$/, "\n");

function write(name, folder, file, text) {
  const bytes = Buffer.from(text);
  const { version, license } = packageOf(name);
  const sha384 = createHash("sha384").update(bytes).digest("base64");
  writeFileSync(join(vendor, folder, file), bytes);
  writeFileSync(join(vendor, folder, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  manifest.push({ package: name, version, licence: license, file: `${folder}/${file}`, sha384 });
}

function prepare(name, folder, licence = moduleFile(name, "LICENSE")) {
  mkdirSync(join(vendor, folder), { recursive: true });
  writeFileSync(join(vendor, folder, "LICENSE"), readFileSync(licence));
}

function symbol(icon) {
  const svg = readFileSync(moduleFile("@tabler/icons", `icons/outline/${icon}.svg`), "utf8");
  const shapes = svg
    .replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" \/>/, "")
    .replace(/\s*\n\s*/g, "");
  return `<symbol id="${icon}" viewBox="0 0 24 24">${shapes}</symbol>`;
}

rmSync(vendor, { recursive: true, force: true });
for (const { name, folder, licence, files } of packages) {
  prepare(name, folder, licence);
  for (const file of files)
    write(name, folder, file.split("/").pop(),
      withoutSourceMap(readFileSync(moduleFile(name, file), "utf8")));
}

prepare("@tabler/icons", "tabler-icons");
const icons = readFileSync(join(here, "icons.txt"), "utf8").trim().split(/\s+/).sort();
const sprite = ['<svg xmlns="http://www.w3.org/2000/svg">', ...icons.map(symbol), "</svg>", ""];
write("@tabler/icons", "tabler-icons", "sprite.svg", sprite.join("\n"));

writeFileSync(join(vendor, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

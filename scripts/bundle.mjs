/** How esbuild makes one file of the sources, for the package as for the benchmark. */
export const bundle = {
  bundle: true,
  platform: "node",
  target: "node20.17",
  format: "esm",
  loader: { ".py": "text" },
  // Native and WebAssembly parsers find their own files by their place in node_modules.
  external: ["tree-sitter", "tree-sitter-python", "web-tree-sitter"],
  // CommonJS dependencies call require("node:fs") and the like, which an ES module has not got.
  banner: {
    js: 'import { createRequire as $createRequire } from "node:module";\nconst require = $createRequire(import.meta.url);',
  },
  logLevel: "warning",
};

/** The documents say what the tables do. `UPDATE_SNAPSHOTS=1` writes them anew. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { PAGES } from "./pages.ts";

const docs = resolve(import.meta.dirname, "../../docs");

test.for(Object.entries(PAGES))("docs/%s", ([name, make]) => {
  const path = join(docs, name);
  const text = make();
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(path, text);
  expect(existsSync(path) ? readFileSync(path, "utf8") : "", "UPDATE_SNAPSHOTS=1 writes it").toBe(text);
});

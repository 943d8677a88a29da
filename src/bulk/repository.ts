/** Where the repository of a script ends. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const around = new Map<string, readonly string[]>();

/** A folder and those around it, up to one that Git keeps; outside of any repository it stands alone. */
export function foldersAround(folder: string): readonly string[] {
  const known = around.get(folder) ?? findFoldersAround(folder);
  around.set(folder, known);
  return known;
}

function findFoldersAround(folder: string): readonly string[] {
  const folders = [folder];
  for (let at = folder; !existsSync(join(at, ".git")); ) {
    const parent = dirname(at);
    if (parent === at) return [folder];
    at = parent;
    folders.push(at);
  }
  return folders;
}

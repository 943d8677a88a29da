/** Which imports of a script lead to other files of its repository that use Keras. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { foldersAround } from "./repository.ts";

/**
 * A question about one file: whether a module that it imports is another file of the repository that names
 * Keras, or a package of such files. Modules are looked for beside the file and in the folders around it, from
 * where scripts are run; `module` is dotted as in the import statement, with the leading dots of a relative one.
 */
export function siblingsOf(location: string): (module: string) => boolean {
  const folder = dirname(resolve(location));
  return (module) => {
    const level = module.length - module.replace(/^\.+/, "").length;
    const names = module.slice(level).split(".").filter(Boolean);
    const bases = level > 0 ? [join(folder, ...Array<string>(level - 1).fill(".."))] : foldersAround(folder);
    return bases.some((base) => isKerasModule(join(base, ...names)));
  };
}

const asked = new Map<string, boolean>();

function isKerasModule(path: string): boolean {
  const known = asked.get(path);
  if (known !== undefined) return known;
  const found =
    namesKeras(`${path}.py`) ||
    // What a package exports comes from any of its files.
    (listed(path).includes("__init__.py") &&
      listed(path).some((name) => name.endsWith(".py") && namesKeras(join(path, name))));
  asked.set(path, found);
  return found;
}

function namesKeras(path: string): boolean {
  if (!listed(dirname(path)).includes(basename(path))) return false;
  try {
    return readFileSync(path).includes("keras");
  } catch {
    return false; // a folder of that name, or no permission: as if it were not there
  }
}

const folders = new Map<string, readonly string[]>();

function listed(folder: string): readonly string[] {
  const known = folders.get(folder);
  if (known) return known;
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // There is no such folder, or it may not be listed.
  }
  folders.set(folder, names);
  return names;
}

/** What the repository of a script says of the Keras that it needs. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Pins, pinsOf } from "../../transforms/releases.ts";
import { foldersAround } from "./repository.ts";

const NAMES = new Set([
  "pyproject.toml",
  "Pipfile",
  "setup.py",
  "setup.cfg",
  "environment.yml",
  "environment.yaml",
]);
const known = new Map<string, Promise<Pins>>();

/** The pins that the nearest folder around a file gives, up to the root of its repository; none where nothing does. */
export async function pinsFor(location: string): Promise<Pins> {
  for (const folder of foldersAround(dirname(location))) {
    const pins = known.get(folder) ?? pinsOfFolder(folder);
    known.set(folder, pins);
    const { keras, tensorflow } = await pins;
    if (keras || tensorflow) return pins;
  }
  return {};
}

async function pinsOfFolder(folder: string): Promise<Pins> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return {}; // standard input, or a folder that cannot be listed: nothing is known
  }
  for (const name of names.filter(isRequirements).sort()) {
    const pins = await readPins(join(folder, name));
    if (pins.keras || pins.tensorflow) return pins;
  }
  return {};
}

function isRequirements(name: string): boolean {
  return NAMES.has(name) || (name.startsWith("requirements") && name.endsWith(".txt"));
}

async function readPins(path: string): Promise<Pins> {
  try {
    return pinsOf(await readFile(path, "utf8"));
  } catch {
    return {}; // a folder of that name, or no permission: as if it were not there
  }
}

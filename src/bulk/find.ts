/** From the command line's paths to the files that they name. */
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, relative, resolve, sep } from "node:path";

export interface InputFile {
  /** The absolute path, for reading and writing. */
  readonly location: string;
  /** As messages and diffs name it: from the working folder, with forward slashes. */
  readonly path: string;
  /** Where it belongs in a copy: its path below the folder that was asked for, or just its name. */
  readonly place: string;
}

export interface Found {
  readonly files: readonly InputFile[];
  readonly problems: readonly PathProblem[];
}

export interface PathProblem {
  /** As it was given. */
  readonly path: string;
  readonly message: string;
}

const PATTERN = "**/*.{py,pyw}";

/** Other people's code; hidden folders such as `.venv` are never entered. */
const SKIPPED = ["venv", "virtualenv", "site-packages", "node_modules", "__pycache__"].map(
  (name) => `**/${name}/**`,
);

/**
 * Files are taken whatever they are called and whether Git ignores them or not; folders are searched for
 * Python files that Git does not ignore. `exclude` is a folder whose content is nobody's input.
 */
export async function findFiles(paths: readonly string[], cwd: string, exclude?: string): Promise<Found> {
  const files = new Map<string, InputFile>();
  const problems: PathProblem[] = [];
  const add = (location: string, place: string) => {
    if (files.has(location)) return;
    files.set(location, { location, path: slashes(relative(cwd, location)), place: slashes(place) });
  };
  for (const path of paths) {
    const location = resolve(cwd, path);
    const stats = await statOf(location);
    if (stats === "missing") problems.push({ path, message: "no such file or folder" });
    else if (stats === "unknown" || !stats.isDirectory()) add(location, basename(location));
    else {
      try {
        for (const name of await search(location)) {
          const found = resolve(location, name);
          if (exclude === undefined || !isWithin(found, exclude)) add(found, name);
        }
      } catch (error) {
        problems.push({ path, message: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return { files: [...files.values()], problems };
}

/** `unknown` is what cannot be looked at: reading it will tell why. */
async function statOf(location: string): Promise<Stats | "missing" | "unknown"> {
  try {
    return await stat(location);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? "missing" : "unknown";
  }
}

async function search(folder: string): Promise<string[]> {
  // Loaded here: it is as large as all the rest that a few named files need.
  const { globby } = await import("globby");
  const names = await globby(PATTERN, {
    cwd: folder,
    gitignore: true,
    ignore: SKIPPED,
    followSymbolicLinks: false,
  });
  return names.sort();
}

export function isWithin(location: string, folder: string): boolean {
  return location.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function slashes(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

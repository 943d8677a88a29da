import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Input {
  readonly path: string;
  readonly text: string;
}

/** The Python files below some folders that are UTF-8. */
export function pythonFiles(folders: readonly string[]): Input[] {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".py"))
      .flatMap((name): Input[] => {
        const path = join(folder, name);
        try {
          return [{ path, text: decoder.decode(readFileSync(path)) }];
        } catch {
          return [];
        }
      }),
  );
}

/** `12 files, 34 kB` */
export function describe(inputs: readonly Input[]): string {
  const characters = inputs.reduce((sum, { text }) => sum + text.length, 0);
  return `${inputs.length} files, ${Math.round(characters / 1000)} kB`;
}

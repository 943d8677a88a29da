/** Files that a script saves models to, and what it reads from them. */
import type { Model } from "./model.ts";

export interface SavedFile {
  /** Undefined where it is not known which model it is. */
  readonly model: Model | undefined;
  /** Whether it holds a model as a whole, and not its weights alone. */
  readonly whole: boolean;
}

/** What stands before the key of a path of which the text alone is known. */
export const EXPRESSION = "=";

export class Files {
  private readonly saved = new Map<string, SavedFile>();
  /** What an earlier reading of the script has found to be saved after it is read: by a run before this one. */
  private readonly later: Files | undefined;
  /** Whether some file was asked for that was not saved so far. */
  missed = false;

  constructor(later?: Files) {
    this.later = later;
  }

  get size(): number {
    return this.saved.size;
  }

  add(key: string, file: SavedFile): void {
    const before = this.saved.get(key);
    // A path that is not known may be another one each time.
    const other = key.startsWith(EXPRESSION) && before && before.model?.node !== file.model?.node;
    this.saved.set(key, other ? { ...file, model: undefined } : file);
  }

  find(key: string): SavedFile | undefined {
    const exact = this.saved.get(key);
    if (exact || !key.includes("*")) return exact;
    const found = [...this.saved].filter(([one]) => !one.startsWith(EXPRESSION) && covers(key, one));
    const models = new Set(found.map(([, { model }]) => model));
    const [first] = found;
    if (!first || new Set(found.map(([, { whole }]) => whole)).size > 1) return undefined;
    return models.size === 1 ? first[1] : { model: undefined, whole: first[1].whole };
  }

  /** Whether some file holds one of these models as a whole, as far as that is known. */
  holdWhole(models: readonly Model[]): boolean {
    return [...this.saved.values()].some(({ model, whole }) => whole && (!model || models.includes(model)));
  }

  /** The file that a run of the script before this one has saved; one of these models. */
  findEarlier(key: string, models: readonly Model[]): SavedFile | undefined {
    const file = this.later?.find(key);
    if (!file) this.missed = true;
    const node = file?.model?.node;
    const model = node && models.findLast((one) => one.node === node);
    return file && model && { model, whole: file.whole };
  }
}

/** Whether a pattern as `glob` takes it has every file with such a name: `{epoch:02d}` stands for anything. */
function covers(pattern: string, name: string): boolean {
  const plain = (path: string) => (path.startsWith("./") ? path.slice(2) : path);
  return matches(plain(pattern), plain(withoutFields(name)));
}

function withoutFields(name: string): string {
  const [from, to] = [name.indexOf("{"), name.indexOf("}")];
  return from < 0 || to < from ? name : `${name.slice(0, from)}*${withoutFields(name.slice(to + 1))}`;
}

function matches(pattern: string, name: string): boolean {
  if (pattern === "") return name === "";
  if (pattern[0] !== "*") return pattern[0] === name[0] && matches(pattern.slice(1), name.slice(1));
  return (
    matches(pattern.slice(1), name) || (name !== "" && name[0] !== "/" && matches(pattern, name.slice(1)))
  );
}

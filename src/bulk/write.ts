/** Writing a file so that there is always the whole old one or the whole new one. */
import { constants, rmSync } from "node:fs";
import { access, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let written = 0;

/** Gives an existing file new content; its mode, its owner and links to it stay. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path);
  // Renaming would replace a file that its owner has made read-only.
  await access(target, constants.W_OK);
  const { mode, uid, gid } = await stat(target);
  await writeWhole(target, bytes, { mode, owner: { uid, gid } });
}

/** Makes a file, or takes the place of one that is there. */
export async function createFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await writeWhole(path, bytes, { mode, owner: null });
}

interface Attributes {
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** A file beside the target takes its name once every byte is on the disk. */
async function writeWhole(target: string, bytes: Uint8Array, { mode, owner }: Attributes): Promise<void> {
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}-${written++}.tmp`);
  const handle = await open(temporary, "wx", mode & 0o777);
  const interrupted = (signal: NodeJS.Signals) => {
    rmSync(temporary, { force: true });
    for (const one of INTERRUPTIONS) process.removeListener(one, interrupted);
    process.kill(process.pid, signal);
  };
  for (const signal of INTERRUPTIONS) process.once(signal, interrupted);
  try {
    try {
      // Unlike a single write, which a full disk may cut short without an error, this goes on to the end.
      await handle.writeFile(bytes);
      // Only root may give files away; for others the file is theirs, as after any editor's saving.
      if (owner) await handle.chown(owner.uid, owner.gid).catch(() => undefined);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    for (const signal of INTERRUPTIONS) process.removeListener(signal, interrupted);
  }
}

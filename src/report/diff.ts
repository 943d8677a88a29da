/** Unified diffs that both `git apply` and `patch -p1` take. */
import { formatPatch, OMIT_HEADERS, structuredPatch } from "diff";

const CONTEXT_LINES = 3;

/** The diff of one file; empty where nothing changes. The path has forward slashes. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const patch = structuredPatch(path, path, before, after, undefined, undefined, { context: CONTEXT_LINES });
  return `--- ${fileName(`a/${path}`)}\n+++ ${fileName(`b/${path}`)}\n${formatPatch(patch, OMIT_HEADERS)}`;
}

/**
 * A file's name as the header of a diff has it.
 *
 * `patch` ends an unquoted name at the first blank unless a tab follows it; Git ends it at the tab.
 * Both take other characters as they are, but for those that C would escape too.
 */
function fileName(name: string): string {
  const escaped = name.replace(/["\\\p{Cc}]/gu, escapeOf);
  if (escaped !== name) return `"${escaped}"`;
  return name.includes(" ") ? `${name}\t` : name;
}

function escapeOf(character: string): string {
  if (character === '"' || character === "\\") return `\\${character}`;
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

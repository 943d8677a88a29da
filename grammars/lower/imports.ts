import type { Alias, Import, ImportFrom } from "../nodes.ts";
import type { Reader } from "../reader.ts";

interface Dotted {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** `import a.b, c as d` */
export function importStatement(reader: Reader): Import {
  const names: Alias[] = [];
  reader.enter();
  const start = reader.start();
  while (reader.next()) if (reader.type !== ",") names.push(alias(reader));
  reader.leave();
  return { type: "Import", start, end: names.at(-1)?.end ?? start, parent: null, names };
}

/** `from ..a import b`, `from a import (b as c,)`, `from a import *`. */
export function importFrom(reader: Reader): ImportFrom {
  reader.enter();
  const start = reader.start();
  reader.next();
  const [level, module] = reader.type === "relative_import" ? relative(reader) : [0, dottedName(reader).name];
  reader.next();
  return importedNames(reader, start, level, module);
}

/** `from __future__ import a`: the grammar has this module as a keyword. */
export function futureImport(reader: Reader): ImportFrom {
  reader.enter();
  const start = reader.start();
  reader.next();
  reader.next();
  reader.identifiers.add("__future__");
  return importedNames(reader, start, 0, "__future__");
}

/** Continues from the `import` keyword, and leaves the statement. */
function importedNames(reader: Reader, start: number, level: number, module: string): ImportFrom {
  const names: Alias[] = [];
  let star = false;
  let end = start;
  while (reader.next()) {
    if (reader.type === "wildcard_import") {
      star = true;
      end = reader.start() + 1;
    } else if (reader.type === ")") {
      end = reader.start() + 1;
    } else if (reader.type !== "," && reader.type !== "(") {
      const name = alias(reader);
      names.push(name);
      end = name.end;
    }
  }
  reader.leave();
  return { type: "ImportFrom", start, end, parent: null, module, level, names, star };
}

function relative(reader: Reader): [number, string] {
  let level = 0;
  let module = "";
  reader.enter();
  do {
    if (reader.type === "dotted_name") module = dottedName(reader).name;
    else if (reader.enter()) {
      do level++;
      while (reader.next());
      reader.leave();
    }
  } while (reader.next());
  reader.leave();
  return [level, module];
}

function alias(reader: Reader): Alias {
  if (reader.type !== "aliased_import") {
    const { name, start, end } = dottedName(reader);
    return { type: "Alias", start, end, parent: null, name, asname: null };
  }
  reader.enter();
  const { name, start } = dottedName(reader);
  reader.next();
  reader.next();
  const { text: asname, end } = reader.identifier();
  reader.leave();
  return { type: "Alias", start, end, parent: null, name, asname };
}

/** `a.b`, in which Python allows spaces around the dots. */
function dottedName(reader: Reader): Dotted {
  let name = "";
  reader.enter();
  const start = reader.start();
  let end = start;
  do {
    if (reader.type === ".") {
      name += ".";
    } else {
      const part = reader.identifier();
      end = part.end;
      name += part.text;
    }
  } while (reader.next());
  reader.leave();
  return { name, start, end };
}

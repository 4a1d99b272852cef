import type { Target } from './target';

/** Above this many literal siblings a map is asked instead of one after the other. */
const FEW = 8;

interface Literal {
  readonly text: string;
  readonly branch: Branch;
}

class Branch {
  readonly literals: Literal[] = [];
  byText: Map<string, Branch> | undefined = undefined;
  parameter: Branch | undefined = undefined;
  /** Ends here. */
  leaf: Leaf | undefined = undefined;
  /** Takes the rest of the path from here. */
  tail: Leaf | undefined = undefined;

  literal(text: string): Branch | undefined {
    if (this.byText !== undefined) return this.byText.get(text);
    return this.literals.find((known) => known.text === text)?.branch;
  }

  add(text: string): Branch {
    const known = this.literal(text);
    if (known !== undefined) return known;
    const branch = new Branch();
    this.literals.push({ text, branch });
    if (this.literals.length > FEW)
      this.byText = new Map(this.literals.map((literal) => [literal.text, literal.branch]));
    return branch;
  }
}

interface Leaf {
  readonly target: Target;
  readonly names: readonly string[];
}

/** An endpoint that answers, and what its parameters took. */
export interface Match {
  readonly target: Target;
  readonly params: Readonly<Record<string, string>>;
}

/** Without a prototype, so that no parameter is ever inherited; made by a class, so that V8 keeps it a fast object. */
const Params = function () {} as unknown as new () => Record<string, string>;
Params.prototype = Object.create(null);
const NONE: Readonly<Record<string, string>> = Object.freeze(new Params());

/**
 * Paths of `/literal`, `/:name` and a last `/*name`, by segment: a literal wins over a parameter, a parameter over the
 * rest. A trailing slash does not matter; percent-encoding is decoded once, in literals and values alike. No code is
 * generated per path: ten thousand trees share the same few functions, so a tree seldom used is not slow.
 */
export class SegmentTree {
  readonly #root = new Branch();

  /** Adds an endpoint at `path`; the first one at a path stays. */
  add(path: string, target: Target): void {
    let branch = this.#root;
    const names: string[] = [];
    for (const segment of path.split('/').filter((text) => text !== '')) {
      if (segment.startsWith('*')) {
        branch.tail ??= { target, names: [...names, segment.slice(1)] };
        return;
      }
      if (segment.startsWith(':')) {
        names.push(segment.slice(1));
        branch = branch.parameter ??= new Branch();
      } else branch = branch.add(segment);
    }
    branch.leaf ??= { target, names };
  }

  /** What stands at `path`, which starts with `/`, has no empty segment and only valid percent-encoding. */
  find(path: string): Match | undefined {
    const values: string[] = [];
    const leaf = walk(this.#root, path, 0, path.includes('%'), values);
    if (leaf === undefined) return undefined;
    if (values.length === 0) return { target: leaf.target, params: NONE };
    const params = new Params();
    for (let index = 0; index < values.length; index += 1)
      params[leaf.names[index] as string] = values[index] as string;
    return { target: leaf.target, params };
  }
}

/** `at` is the slash before the next segment, or the end. Fills `values` with what parameters took. */
function walk(
  branch: Branch,
  path: string,
  at: number,
  isEncoded: boolean,
  values: string[],
): Leaf | undefined {
  if (at >= path.length - 1) {
    if (branch.leaf !== undefined || branch.tail === undefined || at >= path.length) return branch.leaf;
    values.push('');
    return branch.tail;
  }
  const start = at + 1;
  const slash = path.indexOf('/', start);
  const end = slash === -1 ? path.length : slash;
  const literal = literalAt(branch, path, start, end, isEncoded);
  if (literal !== undefined) {
    const found = walk(literal, path, end, isEncoded, values);
    if (found !== undefined) return found;
  }
  if (branch.parameter !== undefined && end > start) {
    const before = values.length;
    values.push(decode(path.slice(start, end), isEncoded));
    const found = walk(branch.parameter, path, end, isEncoded, values);
    if (found !== undefined) return found;
    values.length = before;
  }
  if (branch.tail !== undefined) values.push(decode(path.slice(start), isEncoded));
  return branch.tail;
}

function literalAt(
  branch: Branch,
  path: string,
  start: number,
  end: number,
  isEncoded: boolean,
): Branch | undefined {
  if (isEncoded || branch.byText !== undefined)
    return branch.literal(decode(path.slice(start, end), isEncoded));
  const { literals } = branch;
  for (let index = 0; index < literals.length; index += 1) {
    const known = literals[index] as Literal;
    if (known.text.length === end - start && path.startsWith(known.text, start)) return known.branch;
  }
  return undefined;
}

const decode = (text: string, isEncoded: boolean) => (isEncoded ? decodeURIComponent(text) : text);

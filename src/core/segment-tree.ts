/** Above this many literal siblings a map is asked instead of one after the other. */
const FEW = 8;

/**
 * One place in a tree. Children hang together instead of standing in a list, and what ends here stands in fields: a
 * request walks two or three of these, and each object besides would be one more cache miss.
 */
class Branch<T> {
  firstLiteral: Branch<T> | undefined = undefined;
  /** The next literal beside this one. */
  beside: Branch<T> | undefined = undefined;
  parameter: Branch<T> | undefined = undefined;
  /** Ends here, with the names of the parameters on the way. */
  target: T | undefined = undefined;
  names: readonly string[] = [];
  /** Takes the rest of the path from here. */
  tail: Branch<T> | undefined = undefined;
  byText: Map<string, Branch<T>> | undefined = undefined;

  /** `text` is the segment, decoded; empty for what is no literal. */
  constructor(readonly text: string) {}

  literal(text: string): Branch<T> | undefined {
    if (this.byText !== undefined) return this.byText.get(text);
    let known = this.firstLiteral;
    while (known !== undefined && known.text !== text) known = known.beside;
    return known;
  }

  add(text: string): Branch<T> {
    const known = this.literal(text);
    if (known !== undefined) return known;
    const branch = new Branch<T>(text);
    branch.beside = this.firstLiteral;
    this.firstLiteral = branch;
    this.#index();
    return branch;
  }

  end(target: T, names: readonly string[]): void {
    if (this.target !== undefined) return;
    this.target = target;
    this.names = names;
  }

  #index(): void {
    const all: Branch<T>[] = [];
    for (let known = this.firstLiteral; known !== undefined; known = known.beside) all.push(known);
    if (all.length > FEW) this.byText = new Map(all.map((branch) => [branch.text, branch]));
  }
}

/** What was put at a path, and what the parameters on the way took. */
export interface Match<T> {
  readonly target: T;
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
export class SegmentTree<T> extends Branch<T> {
  constructor() {
    super('');
  }

  /** Puts `target` at `path`; the first one at a path stays. */
  put(path: string, target: T): void {
    const names: string[] = [];
    grow(this, path, names).end(target, names);
  }

  /** What stands at `path`, which starts with `/`, has no empty segment and only valid percent-encoding. */
  find(path: string): Match<T> | undefined {
    const values: string[] = [];
    const end = walk(this, path, 0, path.includes('%'), values);
    if (end?.target === undefined) return undefined;
    if (values.length === 0) return { target: end.target, params: NONE };
    const params = new Params();
    for (let index = 0; index < values.length; index += 1)
      params[end.names[index] as string] = values[index] as string;
    return { target: end.target, params };
  }
}

/** The branch of `path`, made where it is missing. Fills `names` with the parameters on the way. */
function grow<T>(root: Branch<T>, path: string, names: string[]): Branch<T> {
  let branch = root;
  for (const segment of path.split('/').filter((text) => text !== '')) {
    const name = segment.slice(1);
    if (segment.startsWith('*')) {
      names.push(name);
      return (branch.tail ??= new Branch(''));
    }
    if (segment.startsWith(':')) {
      names.push(name);
      branch = branch.parameter ??= new Branch('');
    } else branch = branch.add(segment);
  }
  return branch;
}

/** `at` is the slash before the next segment, or the end. Fills `values` with what parameters took. */
function walk<T>(
  branch: Branch<T>,
  path: string,
  at: number,
  isEncoded: boolean,
  values: string[],
): Branch<T> | undefined {
  if (at >= path.length - 1) {
    if (branch.target !== undefined) return branch;
    if (branch.tail === undefined || at >= path.length) return undefined;
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

function literalAt<T>(
  branch: Branch<T>,
  path: string,
  start: number,
  end: number,
  isEncoded: boolean,
): Branch<T> | undefined {
  if (isEncoded || branch.byText !== undefined)
    return branch.literal(decode(path.slice(start, end), isEncoded));
  let known = branch.firstLiteral;
  while (known !== undefined) {
    if (known.text.length === end - start && path.startsWith(known.text, start)) return known;
    known = known.beside;
  }
  return undefined;
}

const decode = (text: string, isEncoded: boolean) => (isEncoded ? decodeURIComponent(text) : text);

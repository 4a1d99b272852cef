import { VERBS, type Operation, type PathItem, type Verb } from './open-api';

/** A path of ours or of Express's as a template, and the names of its parameters in order. */
export interface Template {
  /** As it stands in the document, e.g. `/users/{id}`. */
  readonly text: string;
  readonly names: readonly string[];
  /** Those that stand for several segments. */
  readonly tails: readonly string[];
}

/** `:name`, `*name`, and of Express's paths also inside a segment and in optional groups. */
export function toTemplate(path: string): Template {
  const names: string[] = [];
  const tails: string[] = [];
  const text = path.replace(/[:*]([A-Za-z_$][\w$]*)|[{}]/g, (whole, name: string | undefined) => {
    if (name === undefined) return '';
    names.push(name);
    if (whole.startsWith('*')) tails.push(name);
    return `{${name}}`;
  });
  return { text, names, tails };
}

/** Templates that differ in the names of parameters only are one and the same to a reader of the document. */
const shapeOf = (text: string) => text.replace(/\{[^}]*\}/g, '{}');

/** The paths of one document, each shape under the names that came first. */
export class PathBook {
  readonly #items = new Map<string, { readonly template: Template; readonly item: PathItem }>();
  readonly #ids = new Set<string>();

  /** The names to use for a template's parameters. */
  namesFor({ text, names }: Template): readonly string[] {
    return this.#items.get(shapeOf(text))?.template.names ?? names;
  }

  /** What stands there already. */
  at({ text }: Template, verb: Verb): Operation | undefined {
    return this.#items.get(shapeOf(text))?.item[verb];
  }

  /** What stands there, if anything, gives way. */
  set(template: Template, verb: Verb, operation: Operation): void {
    this.#itemAt(template)[verb] = operation;
  }

  /** Of two operations that no reader could tell apart the later is noted beside the first. */
  add(template: Template, verb: Verb, operation: Operation): void {
    const item = this.#itemAt(template);
    if (item[verb] === undefined) item[verb] = operation;
    else (item['x-also'] ??= []).push({ ...operation, 'x-method': verb, 'x-path': template.text });
  }

  /** `GET /users/:id` → `getUsersById`; a number follows where that is taken. */
  operationId(verb: string, path: string, prefix = ''): string {
    const words = path.split(/[^A-Za-z0-9:*_$]+/).filter((word) => word !== '');
    const said = words.map((word) => (/^[:*]/.test(word) ? `By${pascal(word)}` : pascal(word))).join('');
    return this.claimId(`${prefix}${verb}${said === '' ? 'Root' : said}`);
  }

  /** An id that no other operation has; a number follows where it is taken. */
  claimId(wanted: string): string {
    let id = wanted;
    for (let count = 2; this.#ids.has(id); count += 1) id = `${wanted}${count}`;
    this.#ids.add(id);
    return id;
  }

  finish(): Record<string, PathItem> {
    return Object.fromEntries(
      [...this.#items.values()].map(({ template, item }) => [template.text, inOrder(item)]),
    );
  }

  #itemAt(template: Template): PathItem {
    const shape = shapeOf(template.text);
    const known = this.#items.get(shape);
    if (known !== undefined) return known.item;
    const item: PathItem = {};
    this.#items.set(shape, { template, item });
    return item;
  }
}

function inOrder(item: PathItem): PathItem {
  const verbs = VERBS.flatMap((verb) => (item[verb] === undefined ? [] : [[verb, item[verb]] as const]));
  const also = item['x-also'];
  return { ...Object.fromEntries(verbs), ...(also === undefined ? {} : { 'x-also': also }) };
}

function pascal(word: string): string {
  return word
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

import { HostError } from '../core/errors';
import { checkType, formLimits, ruleOf } from './form-rules';
import { MOST_FIELDS, type FormLimits } from './multipart';
import type { Target } from './target';

/** Holds the parts of a form against what the endpoint declared and the host allows, each as it comes. */
export class FormTally {
  readonly limits: FormLimits;
  readonly #files = new Map<string, number>();
  readonly #fields = new Set<string>();
  #fileCount = 0;
  #fieldCount = 0;
  #fieldBytes = 0;

  constructor(readonly target: Target) {
    this.limits = formLimits(target);
  }

  /**
   * A file begins; answers how many bytes it may have.
   * @throws body/unexpected-part (400) · body/too-many-parts (413) · body/wrong-file-type (415)
   */
  file(name: string, contentType: string): number {
    const { fileRules } = this.target;
    this.#fileCount += 1;
    if (this.#fileCount > this.limits.files)
      throw new HostError('body/too-many-parts', ['files', this.limits.files]);
    const rule = ruleOf(fileRules, name);
    if (rule === undefined && this.#hasRules) throw new HostError('body/unexpected-part', [name]);
    const count = (this.#files.get(name) ?? 0) + 1;
    this.#files.set(name, count);
    const { maxCount = 1 } = rule ?? {};
    if (rule !== undefined && count > maxCount)
      throw new HostError('body/too-many-parts', [`files named "${name}"`, maxCount]);
    if (rule !== undefined) checkType(name, contentType, rule);
    return this.limits.fileBytes(name);
  }

  /** A field came. @throws body/unexpected-part (400) · body/too-many-parts, body/too-large (413) */
  field(name: string, value: string): void {
    this.#fieldCount += 1;
    this.#fieldBytes += name.length + Buffer.byteLength(value);
    if (this.#fieldCount > MOST_FIELDS) throw new HostError('body/too-many-parts', ['fields', MOST_FIELDS]);
    if (this.#fieldBytes > this.limits.fieldBytes)
      throw new HostError('body/too-large', [this.limits.fieldBytes]);
    const { fieldRules, takesAnyField } = this.target;
    if (this.#hasRules && !takesAnyField && ruleOf(fieldRules, name) === undefined)
      throw new HostError('body/unexpected-part', [name]);
    this.#fields.add(name);
  }

  /** All of it came. @throws body/missing-part (400) */
  end(): void {
    const { fileRules = {}, fieldRules = {} } = this.target;
    for (const [name, rule] of Object.entries(fileRules))
      if (rule.required === true && !this.#files.has(name)) throw new HostError('body/missing-part', [name]);
    for (const [name, rule] of Object.entries(fieldRules))
      if (rule.required === true && !this.#fields.has(name)) throw new HostError('body/missing-part', [name]);
  }

  get #hasRules(): boolean {
    return this.target.fileRules !== undefined || this.target.fieldRules !== undefined;
  }
}

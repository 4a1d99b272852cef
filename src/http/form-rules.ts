import type { FileRule } from '../core/declaration';
import { HostError } from '../core/errors';
import type { UploadedFile, UploadedFiles, Values } from '../core/exchange';
import type { Form, FormLimits } from './multipart';
import type { Target } from './target';
import type { SpooledFile } from './uploaded-file';

/** Fields by name; repeated names become arrays. */
export function fieldsOf(form: Form): Values {
  const fields = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of form.fields) {
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [before, value];
  }
  return fields;
}

/**
 * Files by field name: one file, an array where the rule's `maxCount` is above 1, empty if none came; where no rule stands,
 * an array as soon as a name repeats.
 */
export function filesOf(form: Form, rules: Target['fileRules']): UploadedFiles {
  const files = Object.create(null) as Record<string, UploadedFile | UploadedFile[]>;
  for (const file of form.files) {
    const before = files[file.field];
    if (Array.isArray(before)) before.push(file);
    else if (before !== undefined) files[file.field] = [before, file];
    else files[file.field] = isList(ruleOf(rules, file.field)) ? [file] : file;
  }
  for (const [name, rule] of Object.entries(rules ?? {})) if (isList(rule)) files[name] ??= [];
  return files;
}

const isList = (rule: FileRule | undefined) => (rule?.maxCount ?? 1) > 1;

/** How much of a form is taken. */
export function formLimits(target: Target): FormLimits {
  const { files, bufferedBytes, jsonBytes } = target.limits;
  return {
    fileBytes: (field) => fileLimit(target, field),
    files,
    fieldBytes: Math.min(bufferedBytes, jsonBytes),
  };
}

/** The size limit of one file field while it is read. */
export function fileLimit(target: Target, field: string): number {
  return ruleOf(target.fileRules, field)?.maxBytes ?? target.limits.fileBytes;
}

/**
 * Holds what arrived against what the endpoint declared. Where the fields have a schema, files that are missing are told with
 * what that finds (422).
 * @throws body/missing-part (400) · body/unexpected-part (400) · body/too-many-parts, body/too-large (413) ·
 * body/wrong-file-type (415)
 */
export function checkForm(target: Target, files: readonly SpooledFile[], fields: Values): void {
  const { fileRules, fieldRules } = target;
  if (fileRules === undefined && fieldRules === undefined) return;
  for (const file of files) {
    const rule = ruleOf(fileRules, file.field);
    if (rule === undefined) throw new HostError('body/unexpected-part', [file.field]);
    const limitBytes = rule.maxBytes ?? target.limits.fileBytes;
    if (file.size > limitBytes) throw new HostError('body/too-large', [limitBytes]);
    checkType(file.field, file.contentType, rule);
  }
  for (const name of Object.keys(fields))
    if (!target.takesAnyField && ruleOf(fieldRules, name) === undefined)
      throw new HostError('body/unexpected-part', [name]);
  for (const [name, rule] of Object.entries(fileRules ?? {})) {
    const count = files.filter((file) => file.field === name).length;
    if (count === 0 && rule.required === true && target.endpoint.schema?.fields === undefined)
      throw new HostError('body/missing-part', [name]);
    const { maxCount = 1 } = rule;
    if (count > maxCount) throw new HostError('body/too-many-parts', [`files named "${name}"`, maxCount]);
  }
  for (const [name, rule] of Object.entries(fieldRules ?? {}))
    if (rule.required === true && fields[name] === undefined)
      throw new HostError('body/missing-part', [name]);
}

/** @throws body/wrong-file-type (415) */
export function checkType(field: string, contentType: string, { types }: FileRule): void {
  const actual = contentType.toLowerCase();
  if (types === undefined || types.some((type) => matchesType(actual, type.toLowerCase()))) return;
  throw new HostError('body/wrong-file-type', [field, types.join(', ')]);
}

function matchesType(actual: string, wanted: string): boolean {
  if (wanted === '*/*' || wanted === actual) return true;
  return wanted.endsWith('/*') && actual.startsWith(wanted.slice(0, -1));
}

/** The rule of a name; never what objects have by themselves. */
export function ruleOf<R>(rules: Readonly<Record<string, R>> | undefined, name: string): R | undefined {
  return rules !== undefined && Object.hasOwn(rules, name) ? rules[name] : undefined;
}

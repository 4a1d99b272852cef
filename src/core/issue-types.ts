import type { SchemaIssue } from './standard-schema';

/** What libraries say of an issue besides the standard: zod's `code`, valibot's `kind` and `type`, arktype's `code`. */
interface ForeignIssue extends SchemaIssue {
  readonly code?: unknown;
  readonly kind?: unknown;
  readonly type?: unknown;
  readonly expected?: unknown;
  readonly origin?: unknown;
  readonly format?: unknown;
  readonly inclusive?: unknown;
  readonly values?: unknown;
  readonly discriminator?: unknown;
}

/** What was expected, in the words of zod, valibot and arktype, as pydantic names its absence. */
const EXPECTED: ReadonlyMap<unknown, string> = new Map([
  ['string', 'string_type'],
  ['a string', 'string_type'],
  ['number', 'float_type'],
  ['a number', 'float_type'],
  ['int', 'int_type'],
  ['an integer', 'int_type'],
  ['bigint', 'int_type'],
  ['boolean', 'bool_type'],
  ['array', 'list_type'],
  ['Array', 'list_type'],
  ['an array', 'list_type'],
  ['tuple', 'tuple_type'],
  ['set', 'set_type'],
  ['object', 'dict_type'],
  ['Object', 'dict_type'],
  ['an object', 'dict_type'],
  ['record', 'dict_type'],
  ['date', 'datetime_type'],
  ['Date', 'datetime_type'],
  ['a Date', 'datetime_type'],
  ['null', 'none_required'],
]);

const FORMATS: ReadonlyMap<unknown, string> = new Map([
  ['regex', 'string_pattern_mismatch'],
  ['uuid', 'uuid_parsing'],
  ['url', 'url_parsing'],
  ['datetime', 'datetime_parsing'],
  ['date', 'date_from_datetime_parsing'],
  ['time', 'time_parsing'],
  ['duration', 'time_delta_parsing'],
]);

/** Of texts that stand for other values. */
const PARSING: ReadonlyMap<string, string> = new Map([
  ['int_type', 'int_parsing'],
  ['float_type', 'float_parsing'],
  ['bool_type', 'bool_parsing'],
  ['datetime_type', 'datetime_parsing'],
]);

/** Where an issue's value came from, and what is wanted there. */
export interface IssuePlace {
  /** It came as a text because there is nothing but texts where it came from. */
  readonly isWritten?: boolean;
  /** Whether the JSON Schema of the place wants an integer: libraries say that of a text as of any number. */
  readonly isInteger?: () => boolean;
}

/** Of valibot's actions and arktype's rules, those that say what pydantic has a name for. */
const RULES: ReadonlyMap<unknown, string> = new Map([
  ['regex', 'string_pattern_mismatch'],
  ['pattern', 'string_pattern_mismatch'],
  ['min_value', 'greater_than_equal'],
  ['max_value', 'less_than_equal'],
  ['gt_value', 'greater_than'],
  ['lt_value', 'less_than'],
  ['multiple_of', 'multiple_of'],
  ['integer', 'int_type'],
  ['min', 'greater_than_equal'],
  ['max', 'less_than_equal'],
  ['picklist', 'enum'],
  ['enum', 'enum'],
  ['literal', 'literal_error'],
]);

/**
 * The type of an issue as pydantic names it where it says the same, else `value_error`. `value`: what stands at its place.
 * @see https://docs.pydantic.dev/latest/errors/validation_errors/ (read 2026-11-21)
 */
export function issueTypeOf(issue: ForeignIssue, value: unknown, place: IssuePlace = {}): string {
  const { isWritten = false, isInteger } = place;
  const told = toldType(issue, value);
  const type = told === 'float_type' && isInteger?.() === true ? 'int_type' : told;
  // A number that came as a text was converted, and is the wrong one. Of JSON only dates are texts.
  const isText =
    typeof value === 'string'
      ? isWritten || type === 'datetime_type'
      : isWritten && typeof value === 'number';
  return isText ? (PARSING.get(type) ?? type) : type;
}

function toldType(issue: ForeignIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return EXPECTED.get(issue.expected) ?? 'value_error';
    case 'too_small':
      return sizeType(issue, ['string_too_short', 'too_short', 'greater_than']);
    case 'too_big':
      return sizeType(issue, ['string_too_long', 'too_long', 'less_than']);
    case 'invalid_format':
      return FORMATS.get(issue.format) ?? 'value_error';
    case 'not_multiple_of':
      return 'multiple_of';
    case 'invalid_value':
      return Array.isArray(issue.values) && issue.values.length > 1 ? 'enum' : 'literal_error';
    case 'invalid_union':
      return issue.discriminator === undefined ? 'value_error' : 'union_tag_invalid';
    case 'domain':
    case 'proto':
    case 'divisor':
      return EXPECTED.get(issue.expected) ?? 'value_error';
    default:
      return ruleType(issue, value);
  }
}

/** True for an issue that an author's own check raised: what it says of a value that is not there is its own affair. */
export function isOwnCheck({ code, kind }: ForeignIssue): boolean {
  return code === 'custom' || kind === 'validation';
}

function sizeType(
  { origin, inclusive }: ForeignIssue,
  [ofText, ofList, ofNumber]: readonly [string, string, string],
): string {
  if (origin === 'string') return ofText;
  if (origin === 'array' || origin === 'set') return ofList;
  return inclusive === false ? ofNumber : `${ofNumber}_equal`;
}

function ruleType({ kind, type, code, expected }: ForeignIssue, value: unknown): string {
  const rule = kind === undefined ? code : type;
  const isText = typeof value === 'string';
  if (rule === 'min_length' || rule === 'minLength' || rule === 'non_empty')
    return isText ? 'string_too_short' : 'too_short';
  if (rule === 'max_length' || rule === 'maxLength') return isText ? 'string_too_long' : 'too_long';
  if (rule === 'strict_object') return 'extra_forbidden';
  const known = RULES.get(rule);
  if (known !== undefined) return known;
  return kind === 'schema' ? (EXPECTED.get(expected) ?? 'value_error') : 'value_error';
}

import type { Rule } from '../core/option-issues';

/** What each member of an object must be, and whether it must be there. */
export type Rules = Readonly<Record<string, readonly [Rule, 'required'?]>>;

/** Everything that is wrong with the shape of `value`, unknown members too, each issue in words. */
export function shapeIssues(value: unknown, rules: Rules, at: string): string[] {
  if (!isRecord(value)) return [`${at}${at === '' ? '' : ' '}must be an object`];
  const before = at === '' ? '' : `${at}.`;
  const unknown = Object.keys(value).filter((member) => !Object.hasOwn(rules, member));
  const wrong = Object.entries(rules).flatMap(([member, [rule, need]]) => {
    const given = value[member];
    if (given === undefined) return need === undefined ? [] : [`${before}${member} is missing`];
    const issue = rule(given);
    return issue === undefined ? [] : [`${before}${member} ${issue}`];
  });
  const known = Object.keys(rules).join(', ');
  return [...unknown.map((member) => `${before}${member} is not known (known: ${known})`), ...wrong];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { Router } from 'express';
import { toError } from '../../src/core/errors';
import { explainPathError, rewritePath } from '../../src/plugins/express-path';

/** Express 4 patterns with what Express 5 wants instead. */
const patterns: [string, string][] = [
  ['*', '"/*splat"'],
  ['/*', '"/*splat"'],
  ['/files/*', '"/files/*splat"'],
  ['/a/*/b/*', '"/a/*splat/b/*splat2"'],
  ['/(.*)', '"/*splat"'],
  ['/:id?', '"{/:id}"'],
  ['/builds/:id?', '"/builds{/:id}"'],
  ['/:file.:ext?', '"/:file{.:ext}"'],
  ['/:id(\\d+)', '"/:id" and check id against \\d+ in the handler'],
  ['/:id(\\d+)?', '"{/:id}" and check id against \\d+ in the handler'],
  ['/(a|b)', '["/a", "/b"]'],
  ['/x/(a|b)/:id?', '["/x/a{/:id}", "/x/b{/:id}"]'],
  ['/:kind(a|b)/list', '"/:kind/list" and check kind against a|b in the handler'],
  ['/:path+', '"/*path"'],
  ['/:path*', '"{/*path}"'],
  ['/colou?r', '"/colo{u}r"'],
  ['/a(bc)?d', '"/a{bc}d"'],
];

test.each(patterns)('Express 5 refuses %s, and the error says to write %s', (pattern, advice) => {
  let thrown: unknown;
  try {
    Router().get(pattern, () => undefined);
  } catch (error) {
    thrown = error;
  }
  const explained = explainPathError(toError(thrown), 'mountRouter("/")');
  expect(explained?.code).toBe('plugin/express-path');
  expect(explained?.message).toContain(
    `"${pattern}" is Express 4 syntax, which Express 5 refuses; write ${advice}.`,
  );
  expect(explained?.cause).toBe(thrown);
});

test.each(patterns)('what is advised for %s is a path that Express 5 takes', (pattern) => {
  const [, listed] = /^(\[.*\]|"(?:[^"\\]|\\.)*")/.exec(rewritePath(pattern)) ?? [];
  expect(() => Router().get(JSON.parse(listed ?? ''), () => undefined)).not.toThrow();
});

test('other errors are not explained', () => {
  expect(explainPathError(new TypeError('argument handler must be a function'), 'x')).toBeUndefined();
});

test('long patterns are rewritten in no time to speak of', () => {
  for (const unit of [':a?', '(', ':a(', '(a|', '*', '.?', ':a+', '((.*'])
    expect(typeof rewritePath(`/${unit.repeat(20_000)}`)).toBe('string');
});

import { outputMatches, parseTranscript, splitCommand, type Step } from '../support/transcript';

const block = (...lines: string[]) => ['```console', ...lines, '```'].join('\n');
const step = (expected: string, command = 'curl x'): Step => ({ command, expected, line: 1 });

describe('parseTranscript', () => {
  test('reads commands with the output that follows each, console blocks only', () => {
    const text = [
      '# Title',
      '```ts',
      '$ curl no',
      '```',
      block('$ curl a \\', '    -d b', 'one', 'two', '', '$ curl c'),
    ].join('\n');
    expect(parseTranscript(text)).toEqual([
      { command: 'curl a -d b', expected: 'one\ntwo', line: 6 },
      { command: 'curl c', expected: '', line: 11 },
    ]);
  });

  test('leaves out what only sets the stage', () => {
    expect(parseTranscript(block('$ npm start', 'a table', '$ curl a'))).toHaveLength(1);
  });

  test('refuses a command it would not run', () => {
    expect(() => parseTranscript(block('$ rm -rf x'))).toThrow('line 2');
  });
});

describe('splitCommand', () => {
  test.each([
    [`curl -H 'A: "b"' "c\\"d" e\\ f`, ['curl', '-H', 'A: "b"', 'c"d', 'e f']],
    [`curl -d '{"a":1}'http://h/?q=1`, ['curl', '-d', '{"a":1}http://h/?q=1']],
    [`curl ''`, ['curl', '']],
  ])('%s is split as a shell would', (command, words) => {
    expect(splitCommand(command)).toEqual(words);
  });

  test.each(['curl a | head', 'curl "$A"', 'curl a > b', "curl 'a", 'curl a & b'])(
    '%s needs a shell',
    (command) => {
      expect(splitCommand(command)).toBeUndefined();
    },
  );
});

describe('outputMatches', () => {
  test('one byte of difference is a difference', () => {
    expect(outputMatches(step('{"a":1}'), '{"a":1}', new Map())).toBe(true);
    expect(outputMatches(step('{"a":1}'), '{"a":2}', new Map())).toBe(false);
    expect(outputMatches(step('{"a":1}'), '{"a":1}x', new Map())).toBe(false);
    expect(outputMatches(step(''), 'x', new Map())).toBe(false);
  });

  test('an ellipsis stands for text in a line, alone on a line for lines', () => {
    expect(outputMatches(step('a … d'), 'a b c d', new Map())).toBe(true);
    expect(outputMatches(step('a … d'), 'a\nd', new Map())).toBe(false);
    expect(outputMatches(step('a\n…\nd'), 'a\nb\nc\nd', new Map())).toBe(true);
  });

  test('a placeholder stands for the same text each time', () => {
    const bound = new Map<string, string>();
    expect(outputMatches(step('{"id":"<id>","again":"<id>"}'), '{"id":"x1","again":"x1"}', bound)).toBe(true);
    expect(bound).toEqual(new Map([['id', 'x1']]));
    expect(outputMatches(step('<id>'), 'x2', bound)).toBe(false);
    expect(outputMatches(step('<a> <a>'), '1 2', new Map())).toBe(false);
  });

  test('with curl -i the headers shown must be there, the body is exact', () => {
    const shown = step('HTTP/1.1 201 Created\nlocation: …\n\n{}', 'curl -i x');
    expect(outputMatches(shown, 'HTTP/1.1 201 Created\nDate: now\nLocation: /1\n\n{}', new Map())).toBe(true);
    expect(outputMatches(shown, 'HTTP/1.1 200 OK\nLocation: /1\n\n{}', new Map())).toBe(false);
    expect(outputMatches(shown, 'HTTP/1.1 201 Created\nDate: now\n\n{}', new Map())).toBe(false);
    expect(outputMatches(shown, 'HTTP/1.1 201 Created\nLocation: /1\n\n{"a":1}', new Map())).toBe(false);
  });
});

import { isKeyPart, moduleOf, parsePluginKey } from '../../src/core/plugin-key';

test.each(['acme.ci', '_a._b', 'A1.b_2', '__proto__.x', 'constructor.prototype'])('%s is a key', (text) => {
  expect(parsePluginKey(text)).toBe(text);
});

test.each([
  '',
  '.',
  'acme',
  'acme.',
  '.ci',
  'a.b.c',
  '1a.b',
  'a.1b',
  'a-b.c',
  'a.b ',
  'a.b\n',
  'ä.b',
  'a%2Eb',
  'a..b',
])('%j is no key', (text) => {
  expect(parsePluginKey(text)).toBeUndefined();
});

test('each part may be asked about alone', () => {
  expect(isKeyPart('ci_2')).toBe(true);
  expect(isKeyPart('ci.2')).toBe(false);
});

test('the module is what follows the dot', () => {
  expect(moduleOf(parsePluginKey('acme.ci')!)).toBe('ci');
});

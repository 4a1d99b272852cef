import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSettings } from '../../src/operator/load-settings';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-load-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (text?: string, configFile?: string) => {
  if (text !== undefined) writeFileSync(path.join(folder, configFile ?? 'gatehouse.yaml'), text);
  return loadSettings({ flags: {}, env: {}, workingFolder: folder, configFile });
};

test('gatehouse.yaml of the working folder is read when it is there', () => {
  expect(load()).toMatchObject({ fileName: undefined, settings: { port: 8021 } });
  expect(load('port: 9000\ncompat: { webhookMethods: off }')).toMatchObject({
    fileName: path.join(folder, 'gatehouse.yaml'),
    settings: { port: 9000, compat: { webhookMethods: 'off' } },
  });
});

test('an empty file is as good as none', () => {
  expect(load('# nothing yet\n').settings.port).toBe(8021);
});

test('--config names another file, which must be there', () => {
  expect(load('port: 9001', 'other.yaml').settings.port).toBe(9001);
  expect(() => load(undefined, 'missing.yaml')).toThrow(
    expect.objectContaining({ code: 'settings/unreadable' }),
  );
});

test.each([
  ['a syntax error', 'port: 1\nhost: [', 2],
  ['a name given twice', 'port: 1\nhost: a\nport: 2\n', 3],
  ['a tab as indentation', 'limits:\n\tfiles: 2\n', 2],
])('%s is told with file and line', (_, text, line) => {
  expect(() => load(text)).toThrow(
    expect.objectContaining({
      code: 'settings/invalid',
      message: expect.stringContaining(`gatehouse.yaml:${line}:`),
    }),
  );
});

test('aliases that would grow without bound are refused', () => {
  const levels = ['a', 'b', 'c', 'd', 'e', 'f'];
  const text = levels
    .map(
      (name, index) =>
        `${name}: &${name} [${Array(10)
          .fill(index === 0 ? 'x' : `*${levels[index - 1]}`)
          .join(', ')}]`,
    )
    .join('\n');
  expect(() => load(text)).toThrow(expect.objectContaining({ code: 'settings/invalid' }));
});

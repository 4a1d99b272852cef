import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { resolveSettings, type SettingsSources } from '../../src/core/settings-resolver';
import { settingPaths, settingsTable, toVariable, variablesOf } from '../../src/core/settings-table';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const resolve = (given: Partial<SettingsSources> = {}) =>
  resolveSettings({
    flags: {},
    env: {},
    file: undefined,
    fileName: undefined,
    workingFolder: folder,
    ...given,
  });
const settingsOf = (given: Partial<SettingsSources> = {}) => resolve(given).settings;

function issuesOf(given: Partial<SettingsSources>): string {
  try {
    resolve(given);
  } catch (error) {
    expect((error as { code?: string }).code).toBe('settings/invalid');
    return (error as Error).message;
  }
  throw new Error('the settings were accepted');
}

function fileWith(text: string): string {
  const file = path.join(folder, `value-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, text);
  return file;
}

describe('defaults', () => {
  test('are the agreed ones', () => {
    expect(settingsOf()).toEqual({
      port: 8021,
      host: '127.0.0.1',
      data: path.join(folder, 'data'),
      publicUrl: undefined,
      trustProxy: false,
      allowFrom: [],
      operatorToken: undefined,
      masterKey: undefined,
      previousMasterKeys: [],
      databaseUrl: undefined,
      routes: {
        ...{ defaultAccess: 'public', docs: 'operator' },
        ...{ unknownFields: 'ignore', brokenResponses: 'count' },
      },
      rateLimit: {
        ...{ perAddress: undefined, perEndpoint: undefined, verified: undefined },
        refusals: { requests: 300, perMs: 60_000 },
      },
      quarantine: { maxCount: 10_000, maxBytes: 268_435_456 },
      http: { allow: undefined, allowPrivate: [], allowHttp: false },
      plugins: { folders: [path.join(folder, 'plugins')], packages: true, newPlugins: 'enabled' },
      perPlugin: {},
      limits: {
        ...{ bodyBytes: 26_214_400, storedBodyBytes: 104_857_600, jsonBytes: 5_242_880, jsonValues: 250_000 },
        ...{ fileBytes: 104_857_600, files: 20, urlBytes: 8_192, messageBytes: 1_048_576 },
      },
      timeouts: {
        handlerMs: 30_000,
        drainMs: 5_000,
        stopMs: 8_000,
        startMs: 10_000,
        headersMs: 10_000,
        requestMs: 300_000,
      },
      inbox: {
        concurrency: 128,
        pluginConcurrency: 64,
        taskConcurrency: 16,
        leaseMs: 10_000,
        pollMs: 1_000,
      },
      upgrade: { copyFirst: true },
      receipts: { keepMs: 2_592_000_000, maxBytes: 10_737_418_240, keepFor: {} },
      jobs: { keepMs: 604_800_000 },
      dedupe: { windowMs: 259_200_000 },
      compat: { webhookMethods: 'warn', 'webhookMethods.answer': 'handler', sunset: undefined, pins: {} },
      audit: { keepMs: 31_536_000_000 },
      channels: { rate: { requests: 30, perMs: 60_000 }, keepMs: 2_592_000_000 },
      agent: {
        ...{ url: undefined, key: undefined, model: undefined, tokensPerDay: 1_000_000 },
        ...{ runsPerEndpoint: { requests: 60, perMs: 3_600_000 }, foldMs: 10_000, depth: 3, concurrency: 4 },
      },
      mail: { url: undefined, from: undefined },
      metrics: { public: false },
      alerts: {
        ...{ channel: undefined, everyMs: 3_600_000, failureRate: 0.2, backlogMs: 600_000 },
        ...{ deadLetters: true, refusedPerMinute: 60 },
      },
      log: { level: 'info', access: true, file: undefined, fileBytes: 10_485_760, files: 5 },
    });
  });

  test('every row of the table is a leaf of the settings, and the other way round', () => {
    const leaves = (value: unknown, at = ''): string[] =>
      Object.entries(value as object).flatMap(([name, inner]) => {
        const here = at === '' ? name : `${at}.${name}`;
        if (here === 'perPlugin') return [];
        return Object.hasOwn(settingsTable, here) ? [here] : leaves(inner, here);
      });
    expect(leaves(settingsOf()).sort()).toEqual([...settingPaths].sort());
  });

  test('no two settings are read from one variable', () => {
    const names = settingPaths.flatMap((setting) => variablesOf(setting));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('precedence', () => {
  const file = { port: 1, log: { level: 'error' } };

  test('a flag wins over the environment, the environment over the file, the file over the default', () => {
    const sources = { file, fileName: path.join(folder, 'gatehouse.yaml') };
    expect(settingsOf(sources).port).toBe(1);
    expect(settingsOf({ ...sources, env: { GATEHOUSE_PORT: '2' } }).port).toBe(2);
    expect(settingsOf({ ...sources, env: { GATEHOUSE_PORT: '2' }, flags: { port: '3' } }).port).toBe(3);
  });

  test('the origin of each value is told', () => {
    const { origins } = resolve({
      file,
      fileName: '/x/gatehouse.yaml',
      env: { GATEHOUSE_HOST: '::1' },
      flags: { port: '3' },
    });
    expect(['port', 'host', 'log.level', 'log.access'].map((name) => origins.get(name as 'port'))).toEqual([
      '--port',
      'GATEHOUSE_HOST',
      '/x/gatehouse.yaml',
      'default',
    ]);
  });

  test('a wrong value is reported even where another source overrides it', () => {
    expect(issuesOf({ file: { port: 'many' }, flags: { port: '3' } })).toMatch(
      /port \(file\): 'many', expected a whole number/,
    );
  });
});

describe('the environment', () => {
  test('a.bC is GATEHOUSE_A_B_C', () => {
    expect(toVariable('a.bC')).toBe('GATEHOUSE_A_B_C');
    expect(settingsOf({ env: { GATEHOUSE_LIMITS_BODY_BYTES: '1MiB' } }).limits.bodyBytes).toBe(1_048_576);
  });

  test('GATEHOUSE_PLUGINS lists folders separated by colons, and so does the spelling made from the path', () => {
    const expected = [path.join(folder, 'one'), '/two'];
    expect(settingsOf({ env: { GATEHOUSE_PLUGINS: 'one:/two::one' } }).plugins.folders).toEqual(expected);
    expect(settingsOf({ env: { GATEHOUSE_PLUGINS_FOLDERS: 'one:/two' } }).plugins.folders).toEqual(expected);
  });

  test('two variables for one setting are refused', () => {
    const token = fileWith('from-a-file');
    expect(issuesOf({ env: { GATEHOUSE_PLUGINS: 'a', GATEHOUSE_PLUGINS_FOLDERS: 'b' } })).toMatch(
      /both given/,
    );
    expect(issuesOf({ env: { GATEHOUSE_PORT: '1', GATEHOUSE_PORT_FILE: token } })).toMatch(
      /GATEHOUSE_PORT_FILE and GATEHOUSE_PORT are both given/,
    );
  });

  test('_FILE names a file with the value, white space trimmed', () => {
    const env = { GATEHOUSE_OPERATOR_TOKEN_FILE: fileWith('\n sesame-open \n') };
    expect(settingsOf({ env }).operatorToken?.reveal()).toBe('sesame-open');
  });

  test('a file that cannot be read is one issue naming the variable and the file', () => {
    const message = issuesOf({ env: { GATEHOUSE_PORT_FILE: '/no/such/file' } });
    expect(message).toMatch(/GATEHOUSE_PORT_FILE names \/no\/such\/file, which cannot be read/);
    expect(message.match(/ {2}- /g)).toHaveLength(1);
  });

  test('an unknown variable is refused with the nearest known one', () => {
    expect(issuesOf({ env: { GATEHOUSE_PROT: '1' } })).toMatch(
      /GATEHOUSE_PROT is not a setting; the nearest is GATEHOUSE_PORT/,
    );
  });

  test("plugins' values are let through, a settings file named by variable is not", () => {
    expect(() => resolve({ env: { GATEHOUSE_CONFIG_ACME_CI_CHANNEL: 'x' } })).not.toThrow();
    expect(issuesOf({ env: { GATEHOUSE_CONFIG_FILE: 'x' } })).toMatch(/--config/);
    expect(issuesOf({ env: { GATEHOUSE_CONFIG: 'x' } })).toMatch(/--config/);
  });

  test("a plugin's secret is let through, one that can be no plugin's is warned of", () => {
    expect(resolve({ env: { GATEHOUSE_SECRET_ACME_CI_KEY: 'z' } }).warnings).toEqual([]);
    expect(resolve({ env: { GATEHOUSE_SECRET_KEY: 'z' } }).warnings).toEqual([
      expect.stringMatching(/^GATEHOUSE_SECRET_KEY is no plugin's secret; .*<AUTHOR>_<MODULE>_<NAME>$/),
    ]);
  });

  test('what is meant for the tests is none of a host’s business', () => {
    expect(resolve({ env: { GATEHOUSE_TEST_DATABASE_URL: 'postgres://here' } }).warnings).toEqual([]);
  });

  test('an empty variable and variables of others count as not given', () => {
    expect(settingsOf({ env: { GATEHOUSE_PORT: '', PORT: '99', GATEHOUSES: 'x' } }).port).toBe(8021);
  });
});

describe('the file', () => {
  test('relative paths in it start at its folder, all others at the working folder', () => {
    const file = { plugins: { folders: ['mine'] } };
    const { plugins, data } = settingsOf({
      file,
      fileName: '/etc/gatehouse/gatehouse.yaml',
      env: { GATEHOUSE_DATA: 'd' },
    });
    expect(plugins.folders).toEqual(['/etc/gatehouse/mine']);
    expect(data).toBe(path.join(folder, 'd'));
  });

  test('keys with a dot under plugins are plugins, with their values', () => {
    const file = {
      plugins: {
        packages: false,
        'acme.ci': { config: { channel: 'console-ci', retries: 3 } },
        'acme.bare': null,
      },
    };
    const { plugins, perPlugin } = settingsOf({ file });
    expect(plugins.packages).toBe(false);
    expect(perPlugin).toEqual({
      'acme.ci': { config: { channel: 'console-ci', retries: 3 } },
      'acme.bare': { config: {} },
    });
  });

  test('unknown names are refused at every depth with the nearest known one', () => {
    const message = issuesOf({
      file: {
        prot: 1,
        limits: { bodyBites: 1 },
        plugin: {},
        plugins: { folder: 'x', 'acme.ci': { confg: {} }, 'a-b.c': {} },
      },
    });
    for (const expected of [
      'prot is not a setting; the nearest is port',
      'limits.bodyBites is not a setting; the nearest is limits.bodyBytes',
      'plugin is not a setting; the nearest is plugins',
      'plugins.folder is not a setting; the nearest is plugins.folders',
      'plugins.acme.ci.confg is not a setting of a plugin; the nearest is plugins.acme.ci.config',
      'plugins.a-b.c is not a plugin key',
    ])
      expect(message).toContain(expected);
  });

  test('a section that is no mapping is refused', () => {
    expect(issuesOf({ file: { plugins: ['a'] } })).toContain(
      'plugins must be a mapping (name: value), not a list',
    );
    expect(issuesOf({ file: 'port' })).toContain('the file must be a mapping');
  });

  test('values of plugins that one variable would set are refused', () => {
    const file = {
      plugins: {
        'acme.ci': { config: { chatKey: 1, chat_key: 2 } },
        'a.b_c': { config: { d: 1 } },
        'a_b.c': { config: { D: 1 } },
      },
    };
    const message = issuesOf({ file });
    expect(message).toContain('GATEHOUSE_CONFIG_ACME_CI_CHAT_KEY; rename one');
    expect(message).toContain('GATEHOUSE_CONFIG_A_B_C_D; rename one');
  });

  test('a name without a value is as if it were not there', () => {
    expect(settingsOf({ file: { port: null, limits: null } }).port).toBe(8021);
  });

  test('names that mean something to JavaScript are ordinary unknown names', () => {
    expect(issuesOf({ file: JSON.parse('{"__proto__": {"port": 1}, "constructor": 1}') })).toMatch(
      /__proto__ is not a setting[^]*constructor is not a setting/,
    );
  });
});

describe('kinds', () => {
  const accepted: [string, unknown, unknown][] = [
    ['limits.bodyBytes', '25MiB', 26_214_400],
    ['limits.bodyBytes', '2 kB', 2_000],
    ['limits.bodyBytes', 512, 512],
    ['timeouts.handlerMs', '1m', 60_000],
    ['timeouts.handlerMs', '250ms', 250],
    ['timeouts.drainMs', 0, 0],
    ['log.access', 'false', false],
    ['publicUrl', 'https://example.org/base/', 'https://example.org/base'],
    ['publicUrl', 'https://example.org/', 'https://example.org'],
    ['trustProxy', '1', 1],
    ['trustProxy', 'true', true],
    ['trustProxy', 'loopback, 10.0.0.0/8', 'loopback,10.0.0.0/8'],
    ['compat.webhookMethods', 'off', 'off'],
    ['compat.sunset', '2027-06-30', new Date('2027-06-30')],
    ['compat.pins', 'github=acme.ci, a/b=acme.pay', { github: 'acme.ci', 'a/b': 'acme.pay' }],
    ['compat.pins', { github: 'acme.ci' }, { github: 'acme.ci' }],
    [
      'receipts.keepFor',
      'acme.ci=90d, acme.pay POST /a=b=1h',
      { 'acme.ci': 7_776_000_000, 'acme.pay POST /a=b': 3_600_000 },
    ],
    ['receipts.keepFor', { 'acme.ci': '1m' }, { 'acme.ci': 60_000 }],
  ];
  test.each(accepted)('%s takes %p', (setting, given, expected) => {
    const { kind } = settingsTable[setting as 'port'];
    expect(kind.parse(given, folder)).toEqual(expected);
  });

  const refused: [string, unknown][] = [
    ['port', '65536'],
    ['port', '-1'],
    ['port', '80.5'],
    ['port', ''],
    ['port', '0x10'],
    ['port', true],
    ['limits.bodyBytes', '25 Mib'],
    ['limits.bodyBytes', '0'],
    ['limits.bodyBytes', '9GiB'],
    ['limits.bodyBytes', '1constructor'],
    ['timeouts.handlerMs', '30 sec'],
    ['timeouts.handlerMs', '2d'],
    ['log.access', 'yes'],
    ['log.level', 'loud'],
    ['publicUrl', 'example.org'],
    ['publicUrl', 'ftp://example.org'],
    ['publicUrl', 'https://example.org/?a=b'],
    ['publicUrl', 'https://me:secret@example.org'],
    ['trustProxy', 'somewhere'],
    ['trustProxy', '10.0.0.0/33'],
    ['plugins.folders', []],
    ['plugins.folders', ['ok', 3]],
    ['operatorToken', 'two words'],
    ['compat.sunset', '2027-13-45'],
    ['compat.sunset', 'tomorrow'],
    ['compat.pins', 'github'],
    ['compat.pins', { github: 'acme' }],
    ['receipts.keepFor', 'acme.ci=soon'],
    ['receipts.keepFor', { acme: '1d' }],
    ['databaseUrl', 'mysql://localhost/x'],
    ['databaseUrl', 'postgres'],
  ];
  test.each(refused)('%s refuses %p', (setting, given) => {
    const { kind } = settingsTable[setting as 'port'];
    expect(kind.parse(given, folder)).toBeUndefined();
  });
});

describe('the result', () => {
  test('is frozen through and through, values that refer to themselves included', () => {
    const config: Record<string, unknown> = { list: [{ a: 1 }] };
    config['self'] = config;
    const settings = settingsOf({ file: { plugins: { 'acme.ci': { config } } } });
    for (const part of [
      settings,
      settings.limits,
      settings.plugins.folders,
      settings.perPlugin,
      config,
      config['list'],
    ])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test('all mistakes are reported at once, with what was given and what is expected', () => {
    const message = issuesOf({
      flags: { port: 'x' },
      env: { GATEHOUSE_LOG_LEVEL: 'loud', GATEHOUSE_OOPS: '1' },
      file: { limits: { files: -1 }, nothing: 1 },
    });
    expect(message.match(/\n {2}- /g)).toHaveLength(5);
    expect(message).toContain(
      "log.level (GATEHOUSE_LOG_LEVEL): 'loud', expected one of error, warn, info, debug",
    );
  });

  test("a secret's value appears neither in an issue nor in what is printed", () => {
    const message = issuesOf({ env: { GATEHOUSE_OPERATOR_TOKEN: 'hush hush' } });
    expect(message).toContain('operatorToken (GATEHOUSE_OPERATOR_TOKEN)');
    expect(message).not.toContain('hush');
    const settings = settingsOf({ env: { GATEHOUSE_OPERATOR_TOKEN: 'hush-hush' } });
    const shown = inspect(settings) + JSON.stringify(settings) + String(settings.operatorToken);
    expect(shown).not.toContain('hush');
  });
});

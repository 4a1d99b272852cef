import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { variablesOf } from '../../src/core/settings-table';
import { allVariables } from './all-variables';

const root = path.resolve(__dirname, '../..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

interface Step {
  readonly word: string;
  readonly rest: string;
}
/** The instructions of a Dockerfile, continued lines joined. */
const steps: readonly Step[] = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }));
const of = (word: string) => steps.filter((step) => step.word === word).map(({ rest }) => rest);
const last = (word: string) => of(word).at(-1) ?? '';
const execForm = (text: string) => JSON.parse(text.slice(text.indexOf('['))) as string[];
const environment = Object.fromEntries(
  of('ENV').flatMap((line) => line.split(/\s+/).map((pair) => pair.split('=') as [string, string])),
);

describe('the Dockerfile, as it is written (nothing here runs a container)', () => {
  test('what it copies is there, and passes .dockerignore', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = of('COPY')
      .filter((rest) => !rest.startsWith('--from'))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    expect(copied.length).toBeGreaterThan(4);
    for (const name of copied) {
      expect(existsSync(path.join(root, name))).toBe(true);
      expect(allowed).toContain(name.replace('./', ''));
    }
  });

  test('what the build reads lies among what is copied', () => {
    const copied = of('COPY').join(' ');
    const build = JSON.parse(read('package.json')).scripts.build as string;
    expect(copied).toContain(build.split(' ')[1]?.split('/')[0]);
    expect(last('RUN')).not.toContain('--omit=optional');
    expect(of('RUN').join()).toContain('npm ci');
  });

  test('images are pinned, and of a Node that the host runs on', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(engines.node) ?? [];
    for (const image of of('FROM')) {
      const [, itsMajor, itsMinor] = /^node:(\d+)\.(\d+)\.\d+-/.exec(image) ?? [];
      expect(Number(itsMajor) * 1_000 + Number(itsMinor)).toBeGreaterThanOrEqual(
        Number(major) * 1_000 + Number(minor),
      );
    }
  });

  test('it runs node itself, as nobody in particular, and its variables are settings', () => {
    expect(execForm(last('ENTRYPOINT'))).toEqual(['node', 'dist/main.js']);
    expect(execForm(last('CMD'))).toEqual(['serve']);
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const names = Object.keys(environment).filter((name) => name.startsWith('GATEHOUSE_'));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(allVariables()).toContain(name);
    expect(environment['GATEHOUSE_HOST']).toBe('0.0.0.0');
    expect(last('EXPOSE')).toBe(environment['GATEHOUSE_PORT']);
  });
});

describe('what the image holds', () => {
  test('package.json, dist and node_modules are enough: it gets healthy, and stops by SIGTERM with 0', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-image-'));
    try {
      cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
      cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
      symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
      mkdirSync(path.join(folder, 'plugins'));
      const env = {
        ...{ PATH: process.env.PATH, ...environment, GATEHOUSE_HOST: '127.0.0.1' },
        ...{ GATEHOUSE_PORT: String(await freePort()), GATEHOUSE_DATA: path.join(folder, 'data') },
        GATEHOUSE_PLUGINS: path.join(folder, 'plugins'),
      };
      const [, ...argv] = [...execForm(last('ENTRYPOINT')), ...execForm(last('CMD'))];
      const host = spawn(process.execPath, argv, { cwd: folder, env, stdio: 'ignore' });
      const ended = new Promise<number | null>((resolve) => host.once('exit', resolve));
      try {
        const [, ...check] = execForm(last('HEALTHCHECK'));
        const isHealthy = () => spawnSync(process.execPath, check, { env }).status === 0;
        const end = Date.now() + 20_000;
        while (!isHealthy())
          if (Date.now() > end || host.exitCode !== null) throw new Error('it never got healthy');
        host.kill('SIGTERM');
        expect(await ended).toBe(0);
        expect(isHealthy()).toBe(false);
      } finally {
        host.kill('SIGKILL');
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('compose.yaml, as it is written (nothing here runs a container)', () => {
  const compose = parse(read('compose.yaml')) as {
    services: Record<string, Record<string, any>>;
    secrets: Record<string, { file: string }>;
    volumes: Record<string, unknown>;
  };

  test('secrets are files, given to settings that are read so, and none stands in it', () => {
    const { gatehouse, database } = compose.services;
    for (const [name, value] of Object.entries(gatehouse?.['environment'] as Record<string, string>)) {
      expect(allVariables()).toContain(name.replace(/_FILE$/, ''));
      if (name.endsWith('_FILE'))
        expect(gatehouse?.['secrets']).toContain(value.replace('/run/secrets/', ''));
    }
    expect(JSON.stringify(database?.['environment'])).toContain('POSTGRES_PASSWORD_FILE');
    const used = Object.values(compose.services).flatMap((service) => service['secrets'] as string[]);
    expect(new Set(used)).toEqual(new Set(Object.keys(compose.secrets)));
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//);
  });

  test('the host waits for a healthy database, is given longer than its drain, and listens to this machine', () => {
    const { gatehouse, database } = compose.services;
    expect(gatehouse?.['depends_on']).toEqual({ database: { condition: 'service_healthy' } });
    expect(database?.['healthcheck'].test[0]).toBe('CMD');
    expect(Number.parseInt(gatehouse?.['stop_grace_period'] as string, 10)).toBeGreaterThan(8);
    for (const port of gatehouse?.['ports'] as string[]) expect(port).toMatch(/^127\.0\.0\.1:/);
    const named = Object.values(compose.services).flatMap((service) => service['volumes'] as string[]);
    for (const volume of named.filter((name) => !name.startsWith('.')))
      expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
  });
});

describe('the systemd unit', () => {
  const unit = read('packaging/gatehouse.service');

  test('runs node itself under a user of its own, with settings there are', () => {
    expect(unit).toMatch(/^ExecStart=\S+\/node \S+\/dist\/main\.js serve$/m);
    expect(unit).toMatch(/^KillSignal=SIGTERM$/m);
    expect(unit).toMatch(/^User=(?!root$)\w+$/m);
    for (const [name] of unit.matchAll(/GATEHOUSE_[A-Z_]+/g)) expect(allVariables()).toContain(name);
    expect(variablesOf('data')[0]).toBe('GATEHOUSE_DATA');
  });

  test('systemd-analyze, where there is one, finds nothing wrong with it', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-unit-'));
    const file = path.join(folder, 'gatehouse.service');
    writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
    const { error, stderr, stdout } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true, force: true });
    if (error !== undefined) expect((error as NodeJS.ErrnoException).code).toBe('ENOENT');
    else
      expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('gatehouse.service'))).toEqual(
        [],
      );
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

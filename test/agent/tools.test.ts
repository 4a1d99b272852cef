import { z } from 'zod';
import { extensionsOf } from '../../src/agent/tools/extensions';
import { HttpError } from '../../src/core/http-error';
import type { ToolContext } from '../../src/core/tool-call';
import { keyOf, liveOf, mountOf } from '../core/plain-mount';
import { toolOf, ToolsYard } from './tools-yard';

const build = toolOf('last_build', ({ branch }: any) => ({ branch, ok: true }), {
  description: 'The last build of a branch.',
  input: z.strictObject({ branch: z.string().min(2), count: z.number().default(1) }),
});

describe('the list of tools', () => {
  test('names those of live plugins, by key, with an id and JSON Schema', () => {
    const yard = new ToolsYard();
    yard.seat(
      'acme.ci',
      build,
      toolOf('stop', () => 1),
    );
    yard.seat(
      'acme.bots',
      toolOf('talk', () => 1),
    );
    expect(yard.calls.list().map(({ id }) => id)).toEqual([
      'acme_bots__talk',
      'acme_ci__last_build',
      'acme_ci__stop',
    ]);
    expect(yard.calls.list()[1]).toMatchObject({
      key: 'acme.ci',
      description: 'The last build of a branch.',
      inputSchema: { type: 'object', required: ['branch'], properties: { branch: { type: 'string' } } },
    });
    expect(yard.calls.list()[2]?.inputSchema).toEqual({ type: 'object' });
  });

  test('tells tools apart whose ids would be the same, and long ones stay within 128 characters', () => {
    const yard = new ToolsYard();
    yard.seat(
      'a_b.c',
      toolOf('x', () => 1),
    );
    yard.seat(
      'a.b_c',
      toolOf('x', () => 1),
    );
    yard.seat(
      `${'l'.repeat(100)}.m`,
      toolOf('n'.repeat(64), () => 1),
      toolOf(`${'n'.repeat(63)}o`, () => 1),
    );
    const ids = yard.calls.list().map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(ids.filter((id) => /^a_b_c__x_[0-9a-f]{8}$/.test(id))).toHaveLength(2);
    expect(Math.max(...ids.map(({ length }) => length))).toBe(128);
  });

  test('a tool that is named as the id of another gets an id of its own, the same at every look', () => {
    const yard = new ToolsYard();
    const seat = (key: string, ...names: string[]) =>
      yard.seat(key, ...names.map((name) => toolOf(name, () => 1)));
    const idOf = (key: string, name: string) =>
      yard.calls.list().find((entry) => entry.key === key && entry.name === name)?.id ?? '';
    seat('a_b.c', 'x');
    seat('a.b_c', 'x');
    const marked = idOf('a_b.c', 'x');
    const name = marked.slice('a_b_c__'.length);
    seat('a_b.c', name, 'x');
    expect(idOf('a_b.c', 'x')).toBe(marked);
    const other = idOf('a_b.c', name);
    expect(other).toMatch(new RegExp(`^${marked}_[0-9a-f]{8}$`));
    // Nor by being named as the id that the first attempt was given.
    seat('a_b.c', name, other.slice('a_b_c__'.length), 'x');
    const ids = yard.calls.list().map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(idOf('a_b.c', 'x')).toBe(marked);
    expect(yard.calls.list().map(({ id }) => id)).toEqual(ids);
  });

  test('a plugin that is gone takes its tools along', async () => {
    const yard = new ToolsYard();
    yard.seat('acme.ci', build);
    yard.table.remove(keyOf('acme.ci'));
    yard.states.set('acme.ci', 'disabled');
    expect(yard.calls.list()).toEqual([]);
    await expect(yard.call('acme.ci', 'last_build', {})).rejects.toMatchObject({
      code: 'tools/not-served',
      status: 503,
      message: expect.stringContaining('acme.ci is disabled'),
    });
    await expect(yard.call('acme.nobody', 'x')).rejects.toMatchObject({ code: 'tools/unknown', status: 404 });
  });
});

describe('a call', () => {
  test('gets what the schema makes of its input, and gives plain JSON', async () => {
    const yard = new ToolsYard();
    const seen: unknown[] = [];
    yard.seat(
      'acme.ci',
      toolOf('echo', (input) => (seen.push(input), { at: new Date(0), hidden: undefined }), {
        input: z.object({ n: z.coerce.number() }),
      }),
    );
    expect(await yard.call('acme.ci', 'echo', { n: '7' })).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect(seen).toEqual([{ n: 7 }]);
  });

  test('without input is one with an empty object, and what gives nothing gives nothing', async () => {
    const yard = new ToolsYard();
    const seen: unknown[] = [];
    yard.seat(
      'acme.ci',
      toolOf('nothing', (input) => void seen.push(input)),
    );
    expect(await yard.call('acme.ci', 'nothing')).toBeUndefined();
    expect(seen).toEqual([{}]);
  });

  test('is refused with every issue of its input', async () => {
    const yard = new ToolsYard();
    yard.seat('acme.ci', build);
    await expect(yard.call('acme.ci', 'last_build', { count: 'x', more: 1 })).rejects.toMatchObject({
      code: 'tools/invalid-input',
      status: 422,
      members: {
        detail: [
          { loc: ['input', 'branch'], msg: 'Field required', type: 'missing' },
          { loc: ['input', 'count'], type: 'float_type' },
          { loc: ['input', 'more'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden' },
        ],
      },
    });
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    await expect(yard.call('acme.ci', 'last_build', circle)).rejects.toMatchObject({
      code: 'tools/invalid-input',
      members: { detail: [{ loc: ['input'], type: 'json_invalid' }] },
    });
  });

  test.each([
    ['a function', () => () => 1],
    ['a bigint', () => ({ n: 1n })],
    [
      'a cycle',
      () => {
        const a: any[] = [];
        a.push(a);
        return a;
      },
    ],
  ])('that gives %s is an error of the tool, not of the caller', async (_what, call) => {
    const yard = new ToolsYard();
    yard.seat('acme.ci', toolOf('bad', call));
    await expect(yard.call('acme.ci', 'bad')).rejects.toMatchObject({
      code: 'tools/unserializable',
      isInternal: true,
    });
  });

  test('that takes too long is given up: its signal aborts and its lease goes', async () => {
    const yard = new ToolsYard();
    let context: ToolContext | undefined;
    const wait = toolOf('wait', (_input, given) => ((context = given), new Promise(() => undefined)), {
      timeoutMs: 30,
    });
    const { live } = yard.seat('acme.ci', wait);
    const calling = yard.call('acme.ci', 'wait', {}, { timeoutMs: 60_000 });
    await expect(calling).rejects.toMatchObject({ code: 'tools/timeout', status: 504 });
    expect(context?.signal.aborted).toBe(true);
    expect(live.leases).toBe(0);
  });

  test('ends with its caller', async () => {
    const yard = new ToolsYard();
    yard.seat(
      'acme.ci',
      toolOf('wait', () => new Promise(() => undefined)),
    );
    const leaving = new AbortController();
    const calling = yard.call('acme.ci', 'wait', {}, { signal: leaving.signal });
    setImmediate(() => leaving.abort());
    await expect(calling).rejects.toMatchObject({ code: 'tools/cancelled' });
    await expect(yard.call('acme.ci', 'wait', {}, { signal: leaving.signal })).rejects.toMatchObject({
      code: 'tools/cancelled',
    });
  });

  test('is finished by the generation that began it; new ones go to the next', async () => {
    const yard = new ToolsYard();
    let finish = (_value: string) => {};
    const { live } = yard.seat(
      'acme.ci',
      toolOf('slow', () => new Promise<string>((resolve) => (finish = resolve))),
    );
    const calling = yard.call('acme.ci', 'slow');
    await new Promise(setImmediate);
    yard.seat(
      'acme.ci',
      toolOf('slow', () => 'of the second'),
    );
    const retiring = live.retire(5_000, 'reload');
    expect(await yard.call('acme.ci', 'slow')).toBe('of the second');
    finish('of the first');
    expect(await calling).toBe('of the first');
    expect((await retiring).overdue).toBe(0);
  });

  test('that outlasts the time to drain is given up', async () => {
    const yard = new ToolsYard();
    const { live } = yard.seat(
      'acme.ci',
      toolOf('slow', () => new Promise(() => undefined)),
    );
    const calling = yard.call('acme.ci', 'slow');
    void live.retire(20, 'disable');
    await expect(calling).rejects.toMatchObject({ code: 'tools/not-served' });
  });

  test('passes on what the tool throws; what nobody meant is in the log of the plugin', async () => {
    const yard = new ToolsYard();
    const { lines } = yard.seat(
      'acme.ci',
      toolOf('refuse', () => {
        throw new HttpError(409, 'it is running');
      }),
      toolOf('break', () => {
        throw new TypeError('x is undefined');
      }),
    );
    await expect(yard.call('acme.ci', 'refuse')).rejects.toMatchObject({
      status: 409,
      detail: 'it is running',
    });
    expect(lines).toEqual([]);
    await expect(yard.call('acme.ci', 'break')).rejects.toThrow('x is undefined');
    expect(lines).toMatchObject([
      { message: 'the tool "break" failed: x is undefined', stack: expect.stringMatching(/^mapped: /) },
    ]);
  });
});

describe('extensions', () => {
  test('call tools of other plugins, which are told by whom', async () => {
    const yard = new ToolsYard();
    yard.seat(
      'acme.ci',
      toolOf('who', (input, { caller }) => ({ input, caller })),
    );
    const extensions = extensionsOf(yard.calls, keyOf('acme.bots'));
    const input = { list: [1] };
    const calling = extensions.call('acme.ci', 'who', input);
    input.list.push(2);
    expect(await calling).toEqual({ input: { list: [1] }, caller: { kind: 'plugin', id: 'acme.bots' } });
    await expect(extensions.call('no key', 'who')).rejects.toMatchObject({ code: 'tools/unknown' });
  });

  test('of a call that go round in a circle end at the eighth', async () => {
    const yard = new ToolsYard();
    const depths: number[] = [];
    const round = toolOf('round', async ({ n = 0 }: any, { extensions }) => {
      depths.push(n);
      return extensions.call('acme.ci', 'round', { n: n + 1 });
    });
    yard.seat('acme.ci', round);
    await expect(yard.call('acme.ci', 'round')).rejects.toMatchObject({ code: 'tools/too-deep' });
    expect(depths).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('of the plugin that go round in a circle end when a thousand calls are open', async () => {
    const yard = new ToolsYard();
    const own = extensionsOf(yard.calls, keyOf('acme.ci'));
    let made = 0;
    yard.seat(
      'acme.ci',
      toolOf('round', () => ((made += 1), own.call('acme.ci', 'round'))),
    );
    await expect(yard.call('acme.ci', 'round')).rejects.toMatchObject({
      code: 'tools/too-many',
      status: 503,
    });
    expect(made).toBe(1_001);
  });

  test('of a call carry its cause and end with it', async () => {
    const yard = new ToolsYard();
    let inner: ToolContext | undefined;
    yard.seat(
      'acme.ci',
      toolOf('outer', (_input, { extensions }) => extensions.call('acme.ci', 'inner'), { timeoutMs: 30 }),
      toolOf('inner', (_input, context) => ((inner = context), new Promise(() => undefined))),
    );
    await expect(yard.call('acme.ci', 'outer', {}, { cause: 'run-1' })).rejects.toMatchObject({
      code: 'tools/timeout',
    });
    expect(inner?.cause).toBe('run-1');
    expect(inner?.signal.aborted).toBe(true);
  });
});

test('two tools of one name are a load error', () => {
  expect(() => liveOf(mountOf('acme.ci', [build, build]))).toThrow('two tools are named "last_build"');
});

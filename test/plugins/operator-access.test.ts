import { createContext, runInContext } from 'node:vm';
import type { EndpointAccess } from '../../src/core/access';
import type { Declaration, Endpoint } from '../../src/core/declaration';
import type { EndpointSettings, Settings } from '../../src/core/settings';
import { operatorAccess } from '../../src/plugins/operator-access';
import { endpointOf, keyOf } from '../core/plain-mount';

const GITHUB = { signature: 'github', secret: 'GITHUB' } as const;
const OFFICE = { allowFrom: ['10.0.0.0/8'] } as const;
const KEY = keyOf('acme.ci');

interface Line {
  readonly message: string;
  readonly [detail: string]: unknown;
}

function revised(
  declarations: readonly Declaration[],
  endpoints: Record<string, EndpointSettings> = {},
  defaultAccess: Settings['routes']['defaultAccess'] = 'public',
): { found: Endpoint[]; lines: Line[] } {
  const lines: Line[] = [];
  const warn = (message: string, details: object) => void lines.push({ message, ...details });
  const revise = operatorAccess({
    defaultAccess,
    perPlugin: { [KEY]: { endpoints } },
    logger: { warn: warn as never },
  });
  return { found: [...revise(KEY, declarations)] as Endpoint[], lines };
}
const hook = (access?: EndpointAccess, path = '/github') =>
  endpointOf(path, {
    method: 'POST',
    ...(access === undefined ? {} : { access, isAccessChosen: true }),
  });
const after = (
  declared: EndpointAccess | undefined,
  wanted: EndpointAccess,
  more: { force?: boolean; standard?: 'operator' } = {},
) => {
  const { force, standard } = more;
  const said = { access: wanted, ...(force !== undefined && { force }) };
  const { found, lines } = revised([hook(declared)], { '/github': said }, standard);
  return { access: found[0]?.access, lines };
};

describe('what the operator says of an endpoint', () => {
  test.each<[string, EndpointAccess | undefined, EndpointAccess]>([
    ['an open endpoint is verified', undefined, GITHUB],
    ['an endpoint that its author left open on purpose is verified', 'public', GITHUB],
    ['an open endpoint is closed to other addresses', 'public', OFFICE],
    ['a mode is added', GITHUB, [OFFICE, GITHUB]],
    ['the operator alone may ask', GITHUB, 'operator'],
    ['the operator alone may ask, from some addresses', GITHUB, ['operator', OFFICE]],
    [
      'the same is said again in another order',
      [GITHUB, OFFICE],
      [OFFICE, { secret: 'GITHUB', signature: 'github' }],
    ],
  ])('counts at once where %s', (_what, declared, wanted) => {
    expect(after(declared, wanted)).toEqual({ access: wanted, lines: [] });
  });

  test.each<[string, EndpointAccess, EndpointAccess]>([
    ['anybody may ask', GITHUB, 'public'],
    ['anybody may ask what was the operator’s', 'operator', 'public'],
    ['one mode of two is left out', [GITHUB, OFFICE], GITHUB],
    ['another secret counts', GITHUB, { ...GITHUB, secret: 'OTHER' }],
    ['another sender counts', GITHUB, { ...GITHUB, signature: 'gitlab' }],
    ['only addresses are judged', GITHUB, OFFICE],
    ['senders may ask what was the operator’s', 'operator', GITHUB],
  ])('needs force where %s, and is audited then', (_what, declared, wanted) => {
    const refused = after(declared, wanted);
    expect(refused.access).toEqual(declared);
    expect(refused.lines).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /^plugins\.acme\.ci\.endpoints\.\/github\.access is not applied: .*`force: true`/,
        ),
        plugin: KEY,
        endpoint: 'POST /github',
      }),
    ]);
    const forced = after(declared, wanted, { force: true });
    expect(forced.access).toEqual(wanted);
    expect(forced.lines).toEqual([
      {
        message: 'audit: access loosened',
        plugin: KEY,
        endpoint: 'POST /github',
        before: expect.any(String),
        after: expect.any(String),
        setting: 'plugins.acme.ci.endpoints./github.access',
      },
    ]);
  });

  test('is told in words that hold no secret', () => {
    const { lines } = after([GITHUB, OFFICE], 'public', { force: true });
    expect(lines[0]).toMatchObject({ before: 'signature github and addresses 10.0.0.0/8', after: 'public' });
  });

  test('holds for all methods of the path, for Routers by where they are mounted, and for nothing else', () => {
    const { found, lines } = revised(
      [
        endpointOf('/a', { method: 'POST' }),
        endpointOf('a/', { method: 'GET' }),
        endpointOf('/a/b'),
        endpointOf('/r', { reach: 'subtree' }),
        endpointOf('/:id'),
      ],
      { '//a/': { access: GITHUB }, r: { access: 'operator' }, '/:id': { access: OFFICE } },
    );
    expect(found.map(({ access }) => access)).toEqual([GITHUB, GITHUB, 'public', 'operator', OFFICE]);
    expect(found.map(({ accessOrigin }) => accessOrigin)).toEqual([
      'plugins.acme.ci.endpoints./a.access',
      'plugins.acme.ci.endpoints./a.access',
      undefined,
      'plugins.acme.ci.endpoints./r.access',
      'plugins.acme.ci.endpoints./:id.access',
    ]);
    expect(lines).toEqual([]);
  });

  test('about a path that nothing is declared at is warned of', () => {
    const { found, lines } = revised([hook(GITHUB)], {
      '/gitub': { access: 'operator' },
      '/x': { answer: 'accept' },
    });
    expect(found[0]?.access).toEqual(GITHUB);
    expect(lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^plugins\.acme\.ci\.endpoints\.\/gitub\.access has no effect: acme\.ci declares no/,
      ),
    ]);
  });

  test('is compared by value with what a plugin of another realm declares', () => {
    const theirs = runInContext(`({ signature: 'github', secret: 'GITHUB' })`, createContext());
    expect(after(theirs, [GITHUB, OFFICE])).toEqual({ access: [GITHUB, OFFICE], lines: [] });
  });
});

describe('a host that is hardened', () => {
  const HARD = { standard: 'operator' } as const;

  test('closes what nobody said anything about, and that alone', () => {
    const { found, lines } = revised(
      [hook(), hook('public', '/open'), hook(GITHUB, '/signed'), endpointOf('/row', { access: GITHUB })],
      {},
      'operator',
    );
    expect(found.map(({ access }) => access)).toEqual(['operator', 'public', GITHUB, GITHUB]);
    expect(found[0]?.accessOrigin).toBe('routes.defaultAccess');
    expect(lines).toEqual([]);
  });

  test('lets the operator say who is verified there, without force', () => {
    expect(after(undefined, GITHUB, HARD)).toEqual({ access: GITHUB, lines: [] });
  });

  test.each<EndpointAccess>(['public', OFFICE])('stays closed against %j without force', (wanted) => {
    expect(after(undefined, wanted, HARD)).toMatchObject({
      access: 'operator',
      lines: [{ before: 'operator' }],
    });
    expect(after(undefined, wanted, { ...HARD, force: true }).access).toEqual(wanted);
  });
});

test('what is no endpoint passes as it is', () => {
  const secret = {
    kind: 'secret',
    origin: { dialect: 'test', where: 'secret' },
    name: 'A',
    description: '',
    required: true,
  } as const;
  expect(revised([secret], {}, 'operator').found).toEqual([secret]);
});

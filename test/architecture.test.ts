import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { catalogue } from '../src/core/errors';

const root = path.resolve(__dirname, '..');
const source = path.join(root, 'src');

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(full) : entry.name.endsWith('.ts') ? [full] : [];
  });
}

const sources = filesUnder(source).map((file) => ({
  name: path.relative(source, file),
  text: readFileSync(file, 'utf8'),
}));
const IMPORT =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|(?:import|require)\(\s*'([^']+)'\s*\)/g;

interface Edge {
  from: string;
  to: string;
  typeOnly: boolean;
}
const edges: Edge[] = sources.flatMap(({ name, text }) =>
  [...text.matchAll(IMPORT)].map((match) => ({
    from: name,
    to: match[3] ?? match[4] ?? '',
    typeOnly: match[2] !== undefined,
  })),
);

const folderOf = (name: string) => (name.includes('/') ? (name.split('/')[0] ?? '') : '');
const targetOf = (edge: Edge) => path.join(path.dirname(edge.from), edge.to);
const describeEdge = (edge: Edge) => `${edge.from} → ${edge.to}`;

/** Where a host is put together. */
const COMPOSING = [
  'host.ts',
  'host-backup.ts',
  'host-face.ts',
  'host-operator.ts',
  'host-plugins.ts',
  'host-services.ts',
  'host-watching.ts',
];

describe('the import star', () => {
  test('the reader of imports finds them', () => {
    expect(edges.length).toBeGreaterThan(100);
  });

  test('core imports node:* and types only', () => {
    const wrong = edges.filter(
      (edge) =>
        folderOf(edge.from) === 'core' &&
        !edge.to.startsWith('node:') &&
        !edge.typeOnly &&
        !(edge.to.startsWith('.') && targetOf(edge).startsWith('core/')),
    );
    expect(wrong.map(describeEdge)).toEqual([]);
  });

  test('every other folder imports core and itself, never a sibling', () => {
    const wrong = edges.filter((edge) => {
      const from = folderOf(edge.from);
      if (from === '' || !edge.to.startsWith('.')) return false;
      const target = targetOf(edge);
      return !target.startsWith('core/') && !target.startsWith(`${from}/`) && target !== from;
    });
    expect(wrong.map(describeEdge)).toEqual([]);
  });

  test('only host*.ts name the parts; main.ts, index.ts and testing.ts reach few', () => {
    const allowed: Record<string, readonly string[]> = {
      // Authors write rows of their own with the two functions of that file: data, nothing that verifies.
      'index.ts': ['core/', 'plugins/', 'compat', 'signatures/parametric-rows'],
      'main.ts': ['host', 'operator/'],
      'testing.ts': ['core/', 'host', 'plugins/', 'signatures/', 'testing/'],
    };
    const wrong = edges.filter((edge) => {
      if (folderOf(edge.from) !== '' || COMPOSING.includes(edge.from) || !edge.to.startsWith('.'))
        return false;
      return !(allowed[edge.from] ?? []).some((start) => targetOf(edge).startsWith(start));
    });
    expect(wrong.map(describeEdge)).toEqual([]);
  });

  test('the project never reaches outside itself', () => {
    const wrong = edges.filter((edge) => edge.to.startsWith('.') && targetOf(edge).startsWith('..'));
    // main.ts and cli read package.json for the version, nothing else.
    expect(wrong.filter((edge) => !edge.to.endsWith('package.json')).map(describeEdge)).toEqual([]);
  });
});

describe('compiled code', () => {
  /** Of parameters, variables and what is taken out of objects. */
  function namesBoundIn(text: string): string[] {
    const names: string[] = [];
    const visit = (node: ts.Node) => {
      if (
        (ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node)) &&
        ts.isIdentifier(node.name)
      )
        names.push(node.name.text);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile('one.ts', text, ts.ScriptTarget.Latest));
    return names;
  }

  test('reads its own constants: nothing hides the `exports` of CommonJS', () => {
    expect(namesBoundIn('function f(a, { b, c: [exports] }) { const d = 1; }')).toEqual([
      'a',
      'b',
      'exports',
      'd',
    ]);
    const hiding = sources.filter(
      ({ text }) => /\bexports\b/.test(text) && namesBoundIn(text).includes('exports'),
    );
    expect(hiding.map(({ name }) => name)).toEqual([]);
  });
});

describe('sizes', () => {
  test('no source file is longer than 300 lines, and the median is near 90', () => {
    const lengths = sources.map(({ name, text }) => ({ name, lines: text.split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(130);
  });
});

describe('errors', () => {
  const everything = sources
    .filter(({ name }) => !name.startsWith('core/errors'))
    .map(({ text }) => text)
    .join('\n');

  // A host whose compatibility layer was deleted keeps that layer's codes: they are never reused.
  const hasCompat = existsSync(path.join(source, 'compat'));
  const codes = Object.keys(catalogue).filter((code) => hasCompat || !code.startsWith('compat/'));

  const testTexts = filesUnder(path.join(root, 'test'))
    .filter((file) => file !== __filename)
    .map((file) => readFileSync(file, 'utf8'));

  test.each(codes)('%s is raised somewhere', (code) => {
    expect(everything).toContain(`'${code}'`);
  });

  test.each(codes)('%s is seen by a test', (code) => {
    expect(testTexts.some((text) => text.includes(code))).toBe(true);
  });

  test('no module outside main.ts and the command line reads the environment', () => {
    const wrong = sources.filter(({ name, text }) => name !== 'main.ts' && /process\.env\b/.test(text));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe('the folder', () => {
  test('holds what the documents say', () => {
    for (const name of [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'LICENSE',
      '.ci/run',
    ])
      expect(statSync(path.join(root, name)).isFile()).toBe(true);
  });
});

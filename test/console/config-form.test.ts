import type { ConfigView } from '../../src/core/ports/plugin-config';
import { draftKey, fieldsOf } from '../../console/src/pages/plugin/config-fields';
import { valuesToStore, writtenValue } from '../../console/src/pages/plugin/config-values';

const view: ConfigView = {
  schema: {
    type: 'object',
    required: ['owner'],
    properties: {
      owner: { type: 'string', title: 'Owner' },
      retries: { type: 'integer', default: 3 },
      mode: { enum: ['fast', 'safe'] },
      isLoud: { type: 'boolean' },
      labels: { type: 'array', items: { type: 'string' } },
      ports: { type: 'array', items: { type: 'integer' } },
      token: { type: 'string', secret: true },
      rules: { type: 'array', items: { type: 'object' } },
      mail: { $ref: '#/$defs/mail' },
      region: { type: 'string' },
    },
    $defs: { mail: { type: 'object', properties: { from: { type: 'string' }, port: { type: 'integer' } } } },
  },
  values: {
    owner: 'ada',
    retries: 3,
    labels: ['a', 'b'],
    token: { isSet: true },
    mail: { from: 'x@example.org', port: 25 },
    region: 'eu',
  },
  sources: {
    owner: 'stored',
    retries: 'default',
    labels: 'file',
    token: 'stored',
    mail: 'stored',
    region: 'environment',
  },
  variables: { region: 'GATEHOUSE_REGION' },
  revision: 7,
};
const fields = fieldsOf(view);
const stored = (drafts: Readonly<Record<string, string | undefined>>) =>
  valuesToStore(
    fields,
    new Map(Object.entries(drafts).map(([path, text]) => [draftKey(path.split('.')), text])),
  );
/** What operators gave before. */
const before = { owner: 'ada', token: { isSet: true }, mail: { from: 'x@example.org', port: 25 } };

it('tells the kind of each field, definitions followed', () => {
  expect(fields.map(({ title, kind }) => [title, kind])).toEqual([
    ['Owner', 'text'],
    ['retries', 'number'],
    ['mode', 'choice'],
    ['isLoud', 'choice'],
    ['labels', 'list'],
    ['ports', 'numbers'],
    ['token', 'secret'],
    ['rules', 'json'],
    ['mail', 'group'],
    ['region', 'text'],
  ]);
  expect(fields.find(({ kind }) => kind === 'group')?.inner.map(({ path }) => path)).toEqual([
    ['mail', 'from'],
    ['mail', 'port'],
  ]);
});

it('stores what operators gave before, and nothing that comes from elsewhere', () => {
  expect(stored({})).toEqual(before);
});

it('stores what was written, each as its kind', () => {
  expect(
    stored({
      retries: '5',
      mode: '"safe"',
      isLoud: 'false',
      labels: ' c \n\nd',
      ports: '1\n2',
      rules: '[{}]',
    }),
  ).toEqual({
    ...before,
    ...{ retries: 5, mode: 'safe', isLoud: false, labels: ['c', 'd'], ports: [1, 2], rules: [{}] },
  });
});

it('sends what it cannot read as it is, so that the host says what is wrong with it', () => {
  expect(stored({ retries: 'many', rules: '[', ports: 'x' })).toEqual({
    ...before,
    ...{ retries: 'many', rules: '[', ports: ['x'] },
  });
});

it('gives up what is emptied, so that the next source holds again', () => {
  expect(stored({ owner: '', 'mail.port': '' })).toEqual({
    token: { isSet: true },
    mail: { from: 'x@example.org' },
  });
});

it('keeps a secret that is left empty, replaces one that is written, and removes one that is to go', () => {
  expect(stored({ token: '' })).toEqual(before);
  expect(stored({ token: 'new' })).toEqual({ ...before, token: 'new' });
  expect(stored({ token: undefined })).not.toHaveProperty('token');
});

it('never stores what a variable sets', () => {
  expect(stored({ region: 'us' })).toEqual(before);
});

it('begins with what is there, and with nothing for defaults and secrets', () => {
  const written = Object.fromEntries(fields.map((field) => [field.path.join('.'), writtenValue(field)]));
  expect(written).toMatchObject({ owner: 'ada', retries: '', labels: 'a\nb', token: '', region: 'eu' });
});

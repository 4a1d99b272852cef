import { execFileSync } from 'node:child_process';
import { base64Of, bodyViews, textOf } from '../../console/src/parts/request-view-body';
import { curlOf } from '../../console/src/parts/request-view-curl';

/** What a shell makes of a command that begins with `curl`, argument by argument. */
function argumentsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('a request as a command for a shell', () => {
  const request = {
    method: 'POST',
    target: "/api/plugin/acme.ci/hook?name=it's&x=$(id)",
    headers: [
      ['Host', 'hooks.example.com'],
      ['Content-Length', '20'],
      ['Content-Type', 'application/json'],
      ['Authorization', 'Bearer shown'],
      ['Cookie', 'session=shown'],
      ['X-Token', '••••••'],
      ['X-Note', "a 'quoted' `thing`"],
    ],
    body: { text: '{"who":"it\'s $HOME"}' },
  } as const;

  it('is what was sent, whatever stands in it, without credentials and what belongs to the connection', () => {
    expect(argumentsOf(curlOf(request, 'http://127.0.0.1:1'))).toEqual([
      '-X',
      'POST',
      "http://127.0.0.1:1/api/plugin/acme.ci/hook?name=it's&x=$(id)",
      '-H',
      'Content-Type: application/json',
      '-H',
      "X-Note: a 'quoted' `thing`",
      '--data-raw',
      '{"who":"it\'s $HOME"}',
    ]);
  });

  it('names no file where the body begins with an @', () => {
    const command = curlOf({ ...request, body: { text: '@/etc/passwd' } }, 'http://127.0.0.1:1');
    expect(argumentsOf(command).slice(-2)).toEqual(['--data-raw', '@/etc/passwd']);
  });

  it('pipes bytes that are no text', () => {
    const command = curlOf({ ...request, body: { base64: 'AP8=' } }, 'http://127.0.0.1:1');
    const script = `curl() { cat; }\n${command}`;
    expect([...execFileSync('/bin/sh', ['-c', script])]).toEqual([0, 255]);
  });
});

describe('the ways of looking at a body', () => {
  const names = (...given: Parameters<typeof bodyViews>) => bodyViews(...given).map(({ name }) => name);

  it('begin with what it is', () => {
    expect(names([], { text: '{"a":1}' })).toEqual(['JSON', 'Raw', 'Hex']);
    const form = bodyViews([['content-type', 'application/x-www-form-urlencoded']], { text: 'a=1&b=%C3%A9' });
    expect(form[0]).toMatchObject({ name: 'Form', fields: [['a', '1'], ['b', 'é']] }); // prettier-ignore
    expect(names([], { text: 'plain' })).toEqual(['Raw', 'Hex']);
    expect(names([], { base64: 'AP8=' })).toEqual(['Hex']);
    expect(names([], { text: '' })).toEqual([]);
  });

  it('show no more of a long text than a page can lay out', () => {
    const [view] = bodyViews([], { text: 'x'.repeat(1_000_000) });
    expect(view?.isCut).toBe(true);
    expect(view?.text.length).toBeLessThan(300_000);
  });

  it('keep every byte on the way to Base64 and back', () => {
    const text = 'é😀'.repeat(10_000);
    expect(textOf(base64Of(text))).toBe(text);
    expect(textOf('AP8=')).toBeUndefined();
  });
});

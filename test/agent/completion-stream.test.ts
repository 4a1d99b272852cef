import { CompletionStream } from '../../src/agent/runs/completion-stream';

const stream = (...lines: readonly string[]) => {
  const taken = new CompletionStream();
  for (const line of lines) taken.take(Buffer.from(line));
  return taken;
};
const chunk = (delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ choices: [{ delta, ...more }], ...('usage' in more ? more : {}) })}\n\n`;

test('pieces of text and of calls are put together, wherever they are cut', () => {
  const whole = Buffer.from(
    [
      chunk({ content: 'Grüß' }),
      chunk({ content: ' dich' }),
      chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'look', arguments: '{"i' } }] }),
      chunk({ tool_calls: [{ index: 1, id: 'b', function: { name: 'say', arguments: '' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: 'd":1}' } }] }),
      'data: {"choices":[],"usage":{"total_tokens":7}}\r\n\r\n',
      ': a comment\nevent: x\ndata: [DONE]\n\n',
    ].join(''),
  );
  for (const size of [1, 3, 1_000]) {
    const taken = new CompletionStream();
    for (let at = 0; at < whole.length; at += size) taken.take(whole.subarray(at, at + size));
    expect(taken.end(0)).toEqual({
      text: 'Grüß dich',
      tokens: 7,
      calls: [
        { id: 'a', type: 'function', function: { name: 'look', arguments: '{"id":1}' } },
        { id: 'b', type: 'function', function: { name: 'say', arguments: '{}' } },
      ],
    });
  }
});

test('a server that ends with a reason and no [DONE], and counts nothing, is believed', () => {
  const { text, tokens } = stream(chunk({ content: 'yes' }), chunk({}, { finish_reason: 'stop' })).end(400);
  expect([text, tokens > 100]).toEqual(['yes', true]);
});

test.each([
  ['breaks off', ['data: {"choices":[{"delta":{"content":"half"}}]}\n\n'], 'it broke off'],
  ['is no JSON', ['data: {"choices":\n\n'], 'a chunk is no JSON'],
  ['reports an error', ['data: {"error":{"message":"overloaded"}}\n\n'], 'overloaded'],
  ['never ends', [`data: ${'x'.repeat(9_000_000)}`], 'longer than'],
  [
    'asks for tools without end',
    Array.from({ length: 40 }, (_, index) => chunk({ tool_calls: [{ index, function: { name: 'x' } }] })),
    'more than 32 tools',
  ],
])('an answer that %s is none', (_what, lines, why) => {
  const take = () => stream(...lines).end(0);
  expect(take).toThrow(expect.objectContaining({ code: 'agent/no-answer' }));
  expect(take).toThrow(why);
});

test('chunks of another shape say nothing, and do no harm', () => {
  const odd = ['null', '[]', '7', '{"choices":null}', '{"choices":[null]}', '{"choices":[{"delta":null}]}'];
  const taken = stream(...odd.map((data) => `data: ${data}\n`), 'data: [DONE]\n');
  expect(taken.end(0)).toMatchObject({ text: '', calls: [] });
});

import { parseChatKey } from '../../src/core/chat-key';

test.each(['console-ci', 'onebot_v11-group_123456', 'telegram-group_-1002768666191', 'a--'])(
  '%s is a chat key',
  (text) => {
    expect(parseChatKey(text)).toBe(text);
  },
);

test.each(['', 'console', '-ci', 'console-', '-', undefined, 7])('%p is none', (given) => {
  expect(() => parseChatKey(given)).toThrow(expect.objectContaining({ code: 'channel/invalid-key' }));
});

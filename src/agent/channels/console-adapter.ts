import type { Adapter } from './adapter';

/** `console-<name>`: chats of the operators. They are read in the console and written in by operators. */
export const consoleAdapter: Adapter = {
  name: 'console',
  credential: undefined,
  options: {},
  textLimit: Infinity,
  compose: undefined,
};

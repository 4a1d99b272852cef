import { setImmediate as turn } from 'node:timers/promises';
import {
  actorNamed,
  arm,
  callAlone,
  callFor,
  currentActor,
  disarm,
  escapedFrom,
  lastEntered,
  promisedBy,
} from '../../src/core/actor';

const [one, two] = [actorNamed('acme.one'), actorNamed('acme.two')];
afterEach(disarm);

/** The caught value, wrapped so that undefined can be told from nothing. */
function caught(run: () => unknown): { readonly thrown: unknown } | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return { thrown };
  }
}

describe('a call for an actor', () => {
  test.each([
    ['unarmed', () => undefined],
    ['armed', arm],
  ])('%s passes arguments, result and what is thrown as they are', (_name, prepare) => {
    prepare();
    expect(callFor(one, (...args: number[]) => args, 1, 2, 3)).toEqual([1, 2, 3]);
    expect(callFor(one, (...args: unknown[]) => args.length)).toBe(0);
    expect(
      caught(() =>
        callFor(one, () => {
          throw undefined;
        }),
      ),
    ).toEqual({ thrown: undefined });
  });

  test('is remembered as the last entry, also when another one returned in between', () => {
    callFor(one, () => callFor(two, () => undefined));
    expect(lastEntered()).toBe(two);
  });

  test('armed is known to the work it begins, and to nothing else', async () => {
    arm();
    const later = async () => {
      await turn();
      return currentActor();
    };
    expect(await Promise.all([callFor(one, later), callFor(two, later), later()])).toEqual([
      one,
      two,
      undefined,
    ]);
    expect(currentActor()).toBeUndefined();
  });

  test('unarmed, or disarmed, is known to nothing', async () => {
    expect(callFor(one, currentActor)).toBeUndefined();
    arm();
    expect(callFor(one, currentActor)).toBe(one);
    disarm();
    expect(callFor(one, currentActor)).toBeUndefined();
    arm();
    expect(await callFor(two, async () => currentActor())).toBe(two);
  });
});

describe('a call nobody stands above', () => {
  const raise = (value: unknown) => () => {
    throw value;
  };

  test('says once who threw a value, and of that value only', () => {
    expect(caught(() => callAlone(one, raise(undefined)))).toEqual({ thrown: undefined });
    expect([escapedFrom(undefined), escapedFrom(undefined)]).toEqual([one, undefined]);
    caught(() => callAlone(one, raise(undefined)));
    expect(escapedFrom(new Error('another'))).toBeUndefined();
  });

  test('says who returned a promise', () => {
    const promise = callAlone(two, () => Promise.resolve(1));
    expect([promisedBy(promise), promisedBy(Promise.resolve(1)), promisedBy(undefined)]).toEqual([
      two,
      undefined,
      undefined,
    ]);
  });
});

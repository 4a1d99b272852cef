/** Run by scripts/oracles.mjs: what senders' own packages and this project say of the same requests. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import semver from 'semver';
import {
  INDENTED_BODY,
  judgedHere,
  neededHeaders,
  otherSecretOf,
  secretOf,
  signedHere,
  timeOf,
} from './host.mjs';
import { judges } from './judges.mjs';

/** Past a window, so that a slow machine changes nothing. */
const MARGIN_S = 60;

/** Why a package cannot judge on this Node; undefined when it can. */
function reasonToSkip(name) {
  const file = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  const { engines, version } = JSON.parse(readFileSync(file, 'utf8'));
  const wanted = engines?.node;
  if (wanted === undefined || semver.satisfies(process.version, wanted)) return undefined;
  return `${name} ${version} wants Node ${wanted}`;
}

/** Whether the package takes it: whatever it does but answer false or throw. */
async function taken(verifies, request, secret) {
  try {
    return (await verifies(request, secret)) !== false;
  } catch {
    return false;
  }
}

const changed = ({ headers, body }) => ({
  headers,
  body: Buffer.from(body.toString().replace('made', 'mbde')),
});
const without = ({ headers, body }, name) => ({
  headers: Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name)),
  body,
});

for (const { id, package: name, load, differs = {} } of judges) {
  const skip = reasonToSkip(name);
  const title = skip === undefined ? `${id}, judged by ${name}` : `${id}, skipped: ${skip}`;
  describe(title, { skip: skip !== undefined }, () => {
    if (skip !== undefined) return;
    const { verifies, signs } = load();
    const { verifying, signing } = secretOf(id);
    const bothSay = async (request, secret, expected) => {
      assert.equal(await taken(verifies, request, secret), expected, `${name} says otherwise`);
      assert.equal((await judgedHere(id, request, secret)) === 'ok', expected, 'the host says otherwise');
    };

    test('what is signed here is taken by both', async () => {
      await bothSay(signedHere(id), verifying, true);
    });
    test('with one byte changed it is refused by both', async () => {
      await bothSay(changed(signedHere(id)), verifying, false);
    });
    test('with another secret it is refused by both', async () => {
      await bothSay(signedHere(id), otherSecretOf(id).secret, false);
      await bothSay(signedHere(id, { secret: otherSecretOf(id).signingSecret }), verifying, false);
    });
    for (const header of id === 'twilio' ? ['x-twilio-signature'] : neededHeaders(id))
      test(`without ${header} it is refused by both`, async () => {
        await bothSay(without(signedHere(id), header), verifying, false);
      });

    if (signs !== undefined)
      test('what the package signs is taken here, and refused with one byte changed', async () => {
        const { body } = signedHere(id);
        const request = { body, headers: await signs(signing, body, Date.now()) };
        assert.equal(await judgedHere(id, request, verifying), 'ok');
        assert.equal(await judgedHere(id, changed(request), verifying), 'bad_signature');
        assert.equal(await taken(verifies, request, verifying), true);
      });

    if (differs.layout !== undefined)
      test(`a body of another layout is taken here; the package ${differs.layout}`, async () => {
        const request = signedHere(id, { body: INDENTED_BODY });
        assert.equal(await judgedHere(id, request, verifying), 'ok');
        assert.equal(await taken(verifies, request, verifying), false);
      });

    const time = timeOf(id);
    if (time === undefined) return;
    const moments = {
      past: [Date.now() - (time.past + MARGIN_S) * 1_000, 'timestamp_too_old'],
      future: [Date.now() + (time.future + MARGIN_S) * 1_000, 'timestamp_too_new'],
    };
    for (const [side, [at, reason]] of Object.entries(moments)) {
      const other = differs[side];
      test(`of a moment in the ${side} it is refused ${other === undefined ? 'by both' : `here; the package ${other}`}`, async () => {
        const request = signedHere(id, { at });
        assert.equal(await judgedHere(id, request, verifying), reason);
        assert.equal(await taken(verifies, request, verifying), other !== undefined);
      });
    }
  });
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { HostError } from '../../core/errors';
import { INVALID_REASONS, type InvalidReason } from '../../core/ports/samples';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import { settingsOf, type HostFlags } from './host-options';
import { isAddress, ownTarget } from './own-address';
import { sendElsewhere } from './send-elsewhere';
import { printSent, printSamples } from './send-report';

/** What the command says of the request, whoever sends it. */
export interface SendFlags {
  readonly to?: string;
  readonly invalid?: InvalidReason;
  readonly body?: string;
  readonly header?: readonly (readonly [string, string])[];
  readonly secretName?: string;
  readonly public?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** `send`: a sample request as a known sender makes it, signed with the endpoint's own secret. */
export function addSendCommand(program: Command, context: CliContext): void {
  addConnectionOptions(program.command('send [sender] [event]'))
    .description(
      'Send an endpoint a request as a known sender makes and signs it; --list says which there are',
    )
    .option('--to <endpoint>', '<plugin>/<path> on the host, or an address; another host’s is signed here')
    .option('--invalid <reason>', `make it one that is refused: ${INVALID_REASONS.join(', ')}`, toReason)
    .option('--body <file>', 'send these bytes in place of the sample’s')
    .option('--header <name:value>', 'a further header; may be given several times', toHeader, [])
    .option('--secret-name <name>', 'sign with this secret of the plugin’s, e.g. a private key')
    .option('--public', 'through the public address of the host, proxies and all')
    .option('--list', 'list the samples there are')
    .addHelpText('after', EXAMPLES)
    .action((sender: string | undefined, event: string | undefined, flags: SendFlags, command: Command) => {
      if (flags.list === true) return list(context, sender, flags);
      if (sender === undefined || flags.to === undefined)
        return command.error(
          'error: name a sender and an endpoint: gatehouse send github push --to acme.ci/github',
        );
      return send(context, { sender, event, to: flags.to }, flags);
    });
}

const EXAMPLES = `
The endpoint's access decides how it is signed; the sample is the sender's. Ids of deliveries are new each time.
To an address that is not this host's it is signed with GATEHOUSE_SEND_SECRET, or what is piped in.

Examples:
  gatehouse send github push --to acme.ci/github
  gatehouse send stripe invoice.payment_failed --to acme.shop/stripe --invalid timestamp_too_old
  gatehouse send slack --to https://hooks.example.org/slack < secret.txt

Exit codes: 0 it was answered 2xx (with --invalid: 401), 1 it was not, 2 usage, 3 the host cannot be reached.`;

async function list(context: CliContext, sender: string | undefined, flags: SendFlags): Promise<void> {
  const all = await connectionOf(context, hostFlags(flags)).sending.list();
  const found = sender === undefined ? all : all.filter((one) => one.sender === sender);
  if (found.length === 0 && sender !== undefined) throw new HostError('samples/none', [sender]);
  printSamples(context.terminal, found, flags.json === true);
}

interface What {
  readonly sender: string;
  readonly event: string | undefined;
  readonly to: string;
}

async function send(context: CliContext, { to, ...what }: What, flags: SendFlags): Promise<void> {
  const wanted = {
    ...what,
    invalid: flags.invalid,
    headers: Object.fromEntries(flags.header ?? []),
    body: flags.body === undefined ? undefined : readBody(path.resolve(context.cwd, flags.body)),
  };
  const sending = () => connectionOf(context, hostFlags(flags)).sending;
  const here = isAddress(to) ? await ownTarget(to, knownAddresses(context, flags), sending) : to;
  const { secretName, public: isPublic } = flags;
  const sent =
    here === undefined
      ? await sendElsewhere(context, wanted, to)
      : await sending().send({ ...wanted, to: here, secretName, isPublic });
  if (flags.json === true) context.terminal.printJson(sent);
  else printSent(context.terminal, sent, flags.invalid);
  context.finish(sent.isAsExpected ? 0 : 1);
}

/** Of the host that is asked, as far as this shell knows: by what it is asked at, its public address or its port. */
function knownAddresses(context: CliContext, flags: SendFlags): readonly (string | undefined)[] {
  const { settings } = settingsOf(context, hostFlags(flags));
  const { url } = hostFlags(flags);
  return [
    url,
    settings.publicUrl,
    `http://${settings.host}:${settings.port}`,
    `http://localhost:${settings.port}`,
  ];
}

function readBody(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new HostError('samples/bad-request', [`${file} cannot be read`], { cause: error });
  }
}

function toReason(text: string): InvalidReason {
  const reason = INVALID_REASONS.find((known) => known === text);
  if (reason !== undefined) return reason;
  throw new InvalidArgumentError(`Allowed are ${INVALID_REASONS.join(', ')}.`);
}

function toHeader(text: string, before: readonly (readonly [string, string])[]) {
  const colon = text.indexOf(':');
  if (colon < 1) throw new InvalidArgumentError('Write it as in X-Name: value.');
  return [...before, [text.slice(0, colon).trim(), text.slice(colon + 1).trim()] as const];
}

function hostFlags(flags: SendFlags): HostFlags {
  const { to: _to, invalid: _invalid, body: _body, header: _header, ...rest } = flags;
  const { secretName: _name, public: _public, list: _list, json: _json, ...host } = rest;
  return host;
}

import { InvalidArgumentError, type Command } from 'commander';
import { HostError } from '../../core/errors';
import { Secret } from '../../core/secret';
import { localSocketPath } from '../local-socket';
import { connectOperator } from '../operator-client';
import type { Operator } from '../operator';
import { operatorTokenFile, readOperatorToken } from '../operator-token';
import type { CliContext } from './cli-context';
import { addSettingsOptions, settingsOf, type HostFlags } from './host-options';

/** Adds the options every command has that asks a running host. */
export function addConnectionOptions(command: Command): Command {
  command
    .option('--json', 'print one JSON document instead of text')
    .option(
      '--url <url>',
      "the host's address; without it the host of the data folder is asked through its socket",
      toUrl,
    )
    .option(
      '--token <token>',
      "operator token for --url [GATEHOUSE_OPERATOR_TOKEN; default the data folder's]",
    );
  return addSettingsOptions(command, ['data']);
}

/** The operator of the host that the options name. @throws operator/no-token, settings/invalid */
export function connectionOf(context: CliContext, options: HostFlags): Operator {
  const { url, token } = options;
  if (url === undefined)
    return connectOperator({ socketPath: localSocketPath(settingsOf(context, options).settings.data) });
  if (token !== undefined) return connectOperator({ url, token: new Secret(token) });
  const { settings } = settingsOf(context, options);
  const file = operatorTokenFile(settings.data);
  const found = settings.operatorToken ?? readOperatorToken(file);
  if (found === undefined) throw new HostError('operator/no-token', [url, file]);
  return connectOperator({ url, token: found });
}

function toUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return text;
  throw new InvalidArgumentError('Write it as in https://plugins.example.org or http://127.0.0.1:8021.');
}

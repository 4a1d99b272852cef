import { STATUS_CODES } from 'node:http';
import type { InvalidReason, SampledSender } from '../../core/ports/samples';
import type { Delivered } from '../send-desk';
import type { SentSample } from '../send-sample';
import { formatTable, plain, type Terminal } from './terminal';

/** Of another host's endpoint less is known. */
type Shown = SentSample & Partial<Pick<Delivered, 'access' | 'plugin' | 'endpoint' | 'why'>>;

const UNVERIFIED = 401;

/** One line per sender; as JSON the same. */
export function printSamples(terminal: Terminal, senders: readonly SampledSender[], asJson: boolean): void {
  if (asJson) terminal.printJson({ samples: senders });
  else
    terminal.print(
      formatTable(
        ['SENDER', 'EVENTS'],
        senders.map(({ sender, events }) => [plain(sender), plain(events.join('  '))]),
      ),
    );
}

/** The request, the answer, and whether that was to be expected. */
export function printSent(terminal: Terminal, sent: Shown, invalid: InvalidReason | undefined): void {
  const { request, answer, isAsExpected, plugin, endpoint, access } = sent;
  const { bold, dim, green, red } = terminal.colors;
  const status = `${answer.status} ${STATUS_CODES[answer.status] ?? ''}`.trim();
  const verdict = invalid === undefined ? 'accepted' : `refused (${invalid})`;
  const to = plugin === undefined ? '' : ` by ${plugin} ${endpoint ?? ''}, access ${access ?? ''}`;
  const lines = [
    bold(plain(`${request.method} ${request.url}`)),
    ...request.headers.map(headerLine),
    ...bodyLines(request.body),
    '',
    bold(status),
    ...answer.headers.map(headerLine),
    ...bodyLines(answer.body),
    ...(answer.isCut ? [dim('… (cut)')] : []),
    '',
    (isAsExpected ? green : red)(plain(`${isAsExpected ? verdict : `not ${verdict}`}${to}`)),
    ...nextStep(sent).map(plain),
  ];
  terminal.print(lines.join('\n'));
}

/** The answer itself says nothing of the reason, to nobody. */
function nextStep({ answer, isAsExpected, plugin, why }: Shown): string[] {
  if (why !== undefined) return [why];
  const isRefused = !isAsExpected && answer.status === UNVERIFIED && plugin !== undefined;
  return isRefused ? [`why: gatehouse doctor --plugin ${plugin}`] : [];
}

const headerLine = ([name, value]: readonly [string, string]) => plain(`${name}: ${value}`);
const bodyLines = (body: string) => (body === '' ? [] : ['', plain(body.trimEnd())]);

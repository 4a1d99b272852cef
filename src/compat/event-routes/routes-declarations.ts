import { Cron } from 'croner';
import type { EndpointAccess } from '../../core/access';
import type { Declaration, Endpoint, Schedule, Task } from '../../core/declaration';
import { DURABLE_RULES, durableParts, toRetry } from '../../core/durable-options';
import { normaliseEndpoint } from '../../core/endpoint-path';
import { toError } from '../../core/errors';
import { GATE_RULES, gateIssues, gateParts } from '../../core/gate-options';
import { aFunction, aText, checkOptions, type Rule } from '../../core/option-issues';
import type { PluginKey } from '../../core/plugin-key';
import type { PluginServices } from '../../core/plugin-services';
import type { Retry } from '../../core/retry';
import type { EventRoutesOptions, RouteSchedule } from './event-routes';
import { TickContext } from './route-context';
import { routeEvent } from './route-event';

/** What origins of these declarations name. */
export const DIALECT = 'event-routes';

/** The first time, and five times more: after 300 s, then 60 s doubled with each. */
const RETRY: Retry = { attempts: 6, backoff: [300_000, 120_000, 240_000, 480_000, 960_000] };
/** Slack waits three seconds; nobody waits less, but for Sentry's one. */
const ANSWER = { ackWithinMs: 2_500 };
const SCHEDULE_TIMEOUT_MS = 60_000;

const anything: Rule = () => undefined;
const table: Rule = (value) => {
  const entries = Object.entries(Object(value) as object);
  const bad = entries.find(([, handler]) => typeof handler !== 'function');
  if (typeof value !== 'object' || value === null) return 'must be an object of handlers, by event';
  return bad === undefined ? undefined : `"${bad[0]}" must be a function`;
};
const RULES = {
  ...{ author: aText, module: aText, name: aText, version: aText, description: aText, path: aText },
  ...{ provider: anything, secret: anything, expect: anything },
  ...GATE_RULES,
  answer: DURABLE_RULES.answer,
  retry: DURABLE_RULES.retry,
  ...{ on: table, otherwise: aFunction, lane: aFunction, schedules: anything },
};

/**
 * One table as declarations: its endpoint, its secrets, its schedules each with its task.
 * @throws mount/invalid listing everything wrong with it
 */
export function routesDeclarations(
  key: PluginKey,
  options: EventRoutesOptions,
  services: () => PluginServices,
): Declaration[] {
  const { path = '/events', schedules = {}, answer = ANSWER, retry, lane, limits } = options;
  const where = `eventRoutes(${JSON.stringify(path)})`;
  const access = accessOf(options);
  checkOptions(key, where, options, RULES, [
    ...(access === undefined ? [] : gateIssues({ access })),
    ...accessIssues(options),
    ...Object.entries(schedules).map(([name, schedule]) => scheduleIssue(name, schedule)),
  ]);
  const origin = { dialect: DIALECT, where };
  const endpoint: Endpoint = {
    ...{ kind: 'endpoint', origin, method: 'POST', path: normaliseEndpoint(path), reach: 'exact' },
    ...gateParts({ access, limits }),
    isWebhook: true,
    body: { kind: 'auto' },
    ...durableParts({ answer, lane }),
    retry: retry === undefined ? RETRY : toRetry({ ...RETRY, ...retry }),
    isAnswerChosen: options.answer !== undefined,
    aliases: [],
    title: options.name ?? options.module,
    serve: { handle: (exchange) => routeEvent(options, exchange, services()) },
  };
  const secrets = [options.secret ?? []].flat().map((name) => ({
    ...({ kind: 'secret', origin, name, required: true } as const),
    description: `Verifies what ${typeof options.provider === 'string' ? options.provider : 'the sender'} sends to ${endpoint.path}.`,
  }));
  const scheduled = Object.entries(schedules).flatMap((entry) => scheduleDeclarations(entry, services));
  return [endpoint, ...secrets, ...scheduled];
}

function accessOf({ provider, secret, expect, access }: EventRoutesOptions): EndpointAccess | undefined {
  if (access !== undefined || provider === undefined) return access;
  return {
    signature: provider,
    ...(secret !== undefined && { secret }),
    ...(expect !== undefined && { expect }),
  };
}

/** What nobody verifies is never open because something was forgotten. */
function accessIssues({ provider, secret, access }: EventRoutesOptions): (string | undefined)[] {
  return [
    provider === undefined && access === undefined
      ? 'who may send is missing: give provider and secret, or access ("public" takes requests of anybody)'
      : undefined,
    access !== undefined && (provider !== undefined || secret !== undefined)
      ? 'access stands in place of provider and secret; give one of the two'
      : undefined,
  ];
}

function scheduleIssue(name: string, schedule: RouteSchedule): string | undefined {
  const { cron, timezone = 'UTC', run } = Object(schedule) as RouteSchedule;
  if (typeof run !== 'function') return `the schedule "${name}" needs run, a function`;
  try {
    const isPattern = [5, 6].includes(String(cron).trim().split(/\s+/).length);
    const next = isPattern ? new Cron(cron, { timezone, paused: true }).nextRun() : null;
    return next === null ? `the schedule "${name}" needs cron: five fields that come due` : undefined;
  } catch (thrown) {
    return `the schedule "${name}" cannot be read: ${toError(thrown).message}`;
  }
}

function scheduleDeclarations(
  [name, { cron, timezone = 'UTC', run }]: [string, RouteSchedule],
  services: () => PluginServices,
): [Task, Schedule] {
  const origin = { dialect: DIALECT, where: `eventRoutes schedule ${JSON.stringify(name)}` };
  return [
    {
      ...{ kind: 'task', origin, name, retry: RETRY, timeoutMs: SCHEDULE_TIMEOUT_MS },
      run: (_payload, job) => run(new TickContext(services(), job)),
    },
    {
      ...{ kind: 'schedule', origin, name, cron: cron.trim(), timezone, task: name },
      payload: undefined,
      catchUp: 'one',
    },
  ];
}

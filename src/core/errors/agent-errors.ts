import type { ErrorEntry } from './error-entry';

/** Chats, events, tools, mail and runs of the agent. */
export const agentErrors = {
  'channel/unknown': {
    status: 503,
    isInternal: true,
    message: (chatKey: string, why: string) => `Nothing can be sent to ${chatKey}: ${why}.`,
  },
  'channel/no-channel': {
    status: 404,
    message: (chatKey: string, why: string) => `Nothing can be sent to ${chatKey}: ${why}.`,
  },
  'channel/bad-attachment': {
    status: 500,
    message: (chatKey: string, why: string) => `The file for ${chatKey} cannot be sent: ${why}.`,
  },
  'channel/too-long': {
    status: 413,
    message: (chatKey: string, mostBytes: number) =>
      `The text for ${chatKey} is longer than ${mostBytes} bytes of UTF-8; send it as a file, or in parts.`,
  },
  'channel/not-sent': {
    status: 502,
    isInternal: true,
    message: (chatKey: string, why: string) => `A message to ${chatKey} was not sent: ${why}.`,
  },
  'channel/bad-settings': {
    status: 400,
    message: (chatKey: string, issues: string) =>
      `The channel ${chatKey} cannot be set like that: ${issues}.`,
  },
  'channel/no-message': {
    status: 404,
    message: (id: string) =>
      `There is no message ${id}, or nothing is attached to it; the history keeps the latest ones.`,
  },
  'channel/bad-request': {
    status: 400,
    message: (why: string) => `Chats cannot be asked like that: ${why}.`,
  },
  'agent/bad-request': {
    status: 500,
    message: (issues: string) => `agent.run was asked wrongly: ${issues}.`,
  },
  'agent/no-run': {
    status: 404,
    message: (id: string) => `There is no run "${id}"; \`gatehouse runs list\` shows the latest.`,
  },
  'agent/bad-query': { status: 400, message: (why: string) => `${why}.` },
  'agent/no-answer': {
    status: 502,
    isInternal: true,
    message: (why: string) => `The model did not answer: ${why}.`,
  },
  'tools/unknown': {
    status: 404,
    message: (key: string, name: string) =>
      `There is no tool "${name}" of ${key}; \`gatehouse tools list\` shows what there is.`,
  },
  'tools/not-served': {
    status: 503,
    message: (key: string, name: string, state: string) =>
      `The tool "${name}" cannot be called: ${key} is ${state}; \`gatehouse plugins list\` says why.`,
  },
  'tools/invalid-input': {
    status: 422,
    message: (key: string, name: string, issues: string) =>
      `The input of the tool "${name}" of ${key} is not what it takes: ${issues}.`,
  },
  'tools/timeout': {
    status: 504,
    message: (key: string, name: string, timeoutMs: number) =>
      `The tool "${name}" of ${key} took longer than ${timeoutMs} ms and was given up.`,
  },
  'tools/cancelled': {
    status: 499,
    message: (key: string, name: string) =>
      `The call of the tool "${name}" of ${key} was given up by its caller.`,
  },
  'tools/unserializable': {
    status: 500,
    isInternal: true,
    message: (key: string, name: string) =>
      `The tool "${name}" of ${key} gave what JSON cannot say (a function, a cycle, a bigint); return plain values.`,
  },
  'tools/failed': {
    status: 500,
    message: (key: string, name: string) =>
      `The tool "${name}" of ${key} failed; the log of the plugin says why.`,
  },
  'tools/refused': {
    status: 409,
    message: (key: string, name: string, why: string) => `The tool "${name}" of ${key} refused: ${why}`,
  },
  'tools/too-deep': {
    status: 508,
    message: (key: string, name: string, most: number) =>
      `The tool "${name}" of ${key} was not called: tools call one another ${most} deep already; some of them go round in a circle.`,
  },
  'tools/too-many': {
    status: 503,
    message: (caller: string, most: number) =>
      `${caller} has ${most} calls of tools open already; wait for some to end, and look whether tools call one another in a circle.`,
  },
  'tools/bad-request': {
    status: 400,
    message: (why: string) => `Tools cannot be called like that: ${why}.`,
  },
  'tools/host-refused': {
    status: 403,
    message: (name: string) =>
      `Tools are not served under the name "${name}"; set publicUrl to the address they are reached at.`,
  },
  'tools/origin-refused': {
    status: 403,
    message: () => 'Pages of this origin may not call tools here.',
  },
  'events/bad-type': {
    status: 500,
    message: (type: string) =>
      `"${type}" cannot be emitted; the type of an event is names with dots between, at most 200 characters: "build.done".`,
  },
  'events/bad-event': {
    status: 400,
    message: (why: string) => `This is no CloudEvent 1.0: ${why}.`,
  },
  'events/unknown-format': {
    status: 415,
    message: (type: string) =>
      `CloudEvents are not taken as "${type}"; send application/cloudevents+json, application/cloudevents-batch+json, or ce- headers with any other type.`,
  },
  'events/too-many': {
    status: 413,
    message: (given: number, most: number) =>
      `A batch has at most ${most} events, this one ${given}; send it in parts.`,
  },
  'events/too-many-hops': {
    status: 508,
    message: (type: string, most: number) =>
      `"${type}" was not emitted: ${most} events have caused one another already; some listeners emit what others answer, in a circle.`,
  },
  'events/bad-request': {
    status: 400,
    message: (why: string) => `This cannot be done with events: ${why}.`,
  },
  'mail/not-configured': {
    status: 500,
    isInternal: true,
    message: (why: string) =>
      `No mail can be sent: ${why}. The operator sets mail.url (smtp://user:password@host:587, or smtps://…) and mail.from.`,
  },
  'mail/bad-message': {
    status: 500,
    isInternal: true,
    message: (why: string) => `The mail cannot be sent: ${why}.`,
  },
} as const satisfies Record<string, ErrorEntry>;

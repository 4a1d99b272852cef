import type { PluginKey } from './plugin-key';
import type { WorkSink } from './work-sink';

/** An event, as the JSON format of CloudEvents 1.0 has it. @see https://github.com/cloudevents/spec/blob/v1.0.2 */
export interface CloudEvent<T = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  /** `/plugins/<key>` of what a plugin emitted. */
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly subject?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly data?: T;
  readonly data_base64?: string;
  /** Extension attributes: lower-case letters and digits. */
  readonly [extension: string]: unknown;
}

export interface EmitOptions {
  /**
   * A second event of this plugin with the same type and key, while it is remembered (72 h), reaches nobody. Listeners of
   * one key's events with a lane are worked in order.
   */
  readonly key?: string | undefined;
  readonly subject?: string | undefined;
  /** The event that made this one be emitted: circles are found by it. Through `job.events` of a listener it is known. */
  readonly cause?: CloudEvent | undefined;
}
export interface Emitted {
  /** Of the event. */
  readonly id: string;
  /** How many listeners will be run; what nobody listens for is not kept. */
  readonly listeners: number;
}

/**
 * Tells whoever listens, in this plugin or another, durably: one job per listener, all stored in one commit. Through
 * `job.events` with the job's success. @throws events/bad-type, inbox/bad-payload, inbox/unavailable
 */
export interface Events {
  /** @throws events/too-many-hops where more than 16 events have caused one another */
  emit(type: string, payload?: unknown, options?: EmitOptions): Promise<Emitted>;
  /**
   * Tells of events that came from elsewhere, as they are, all in one commit. A second one of the same source and id that
   * this plugin tells of, while it is remembered (72 h), reaches nobody. @throws events/bad-event, events/too-many-hops
   */
  publish(events: readonly CloudEvent[]): Promise<readonly Emitted[]>;
}

/** Emits for any plugin; the composition root gives each its own face of it. */
export interface EventBus {
  /**
   * A face for `plugin`; what it emits goes where `sink` puts it. `cause`: the payload of the job that emits, whose hops are
   * carried on where it is an event.
   */
  of(plugin: PluginKey, sink?: WorkSink, cause?: unknown): Events;
}

const SEGMENT = /^[A-Za-z0-9_-]+$/;

/** What is wrong with a pattern, in words: names of events, where a segment may be `*`, and the last one stands for the rest. */
export function patternIssue(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string' || pattern === '') return 'must name events, as "build.done" or "build.*"';
  const bad = pattern.split('.').find((segment) => segment !== '*' && !SEGMENT.test(segment));
  return bad === undefined ? undefined : `"${bad}" is neither a name (letters, digits, "_", "-") nor "*"`;
}

/** True for a type that can be emitted: a pattern without `*`. */
export function isEventType(type: unknown): type is string {
  return (
    typeof type === 'string' && patternIssue(type) === undefined && !type.includes('*') && type.length <= 200
  );
}

/** Whether events of a type are what a pattern names. `*` is one segment; as the last one, it is one or more. */
export function matchesEvent(pattern: string, type: string): boolean {
  if (!pattern.includes('*')) return pattern === type;
  const wanted = pattern.split('.');
  const given = type.split('.');
  const isOpen = wanted.at(-1) === '*';
  if (given.length < wanted.length || (given.length > wanted.length && !isOpen)) return false;
  return wanted.every((segment, index) => segment === '*' || segment === given[index]);
}

import type { Endpoint } from '../core/declaration';
import { isRecorded } from '../core/durable-answer';
import type { Mount } from '../core/mount';
import type { Store, TaskName } from './store';

/** How an endpoint is named among the tasks of its plugin: `POST /github`. */
export function endpointName(endpoint: Endpoint): string {
  const [alias] = endpoint.aliases;
  return `${endpoint.method} ${endpoint.path !== '' || alias === undefined ? endpoint.path : alias.base + alias.path}`;
}

/** Whether an endpoint is ever named by a receipt. */
export function keepsReceipts(endpoint: Endpoint): boolean {
  return endpoint.answer !== 'handler' || isRecorded(endpoint) || endpoint.idempotency !== undefined;
}

/** The numbers of tasks and endpoints, looked up in the store once and remembered. */
export class TaskDirectory {
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, TaskName>();

  constructor(private readonly store: Pick<Store, 'taskIds'>) {}

  /** Without a look into the store: undefined when it was not asked for yet. */
  known(name: TaskName): number | undefined {
    return this.#ids.get(slot(name));
  }
  nameOf(id: number): TaskName | undefined {
    return this.#names.get(id);
  }

  /** @throws inbox/unavailable */
  async idOf(name: TaskName): Promise<number> {
    return this.known(name) ?? ((await this.#look([name]))[0] as number);
  }

  /** Everything of a mount that can have jobs, in one look. @throws inbox/unavailable */
  async learn(mount: Mount): Promise<void> {
    const missing = namesOf(mount).filter((name) => this.known(name) === undefined);
    if (missing.length > 0) await this.#look(missing);
  }

  async #look(names: readonly TaskName[]): Promise<number[]> {
    const ids = await this.store.taskIds(names);
    names.forEach((name, index) => {
      const id = ids[index];
      if (id === undefined) return;
      this.#ids.set(slot(name), id);
      this.#names.set(id, name);
    });
    return ids;
  }
}

/** Tasks and endpoints of a mount that can have jobs. */
export function namesOf({ key, tasks, endpoints }: Mount): TaskName[] {
  return [
    ...tasks.map(({ name }) => ({ plugin: key, name, kind: 'task' }) as const),
    ...endpoints
      .filter(keepsReceipts)
      .map((endpoint) => ({ plugin: key, name: endpointName(endpoint), kind: 'endpoint' }) as const),
  ];
}

const slot = ({ plugin, kind, name }: TaskName) => `${plugin} ${kind} ${name}`;

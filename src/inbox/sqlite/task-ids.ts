import type { Database, Statement } from 'better-sqlite3';
import type { TaskName } from '../store';

/** Numbers of tasks and endpoints, remembered. */
export class TaskIds {
  readonly #known = new Map<string, number>();
  readonly #insert: Statement<[string, string, string]>;
  readonly #select: Statement<[string, string, string], { id: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      'INSERT INTO task (plugin, name, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#select = database.prepare('SELECT id FROM task WHERE plugin = ? AND name = ? AND kind = ?');
  }

  /** Undefined when one of them has none yet. */
  find(names: readonly TaskName[]): number[] | undefined {
    const ids: number[] = [];
    for (const { plugin, name, kind } of names) {
      const id = this.#known.get(keyOf({ plugin, name, kind })) ?? this.#select.get(plugin, name, kind)?.id;
      if (id === undefined) return undefined;
      this.#known.set(keyOf({ plugin, name, kind }), id);
      ids.push(id);
    }
    return ids;
  }

  /** In a transaction. */
  make(names: readonly TaskName[]): number[] {
    for (const { plugin, name, kind } of names) this.#insert.run(plugin, name, kind);
    return names.map(({ plugin, name, kind }) => this.#select.get(plugin, name, kind)?.id ?? Number.NaN);
  }
}

function keyOf({ plugin, name, kind }: TaskName): string {
  return `${kind} ${plugin} ${name}`;
}

import type { Router } from 'express';
import type { Constructor, Declaration, Declarer } from '../core/declaration';
import type { Awaitable } from '../core/exchange';
import type { Scope } from '../core/scope';
import type { ToolContext } from '../core/tool-call';
import { notServed, oldPluginMethods, type NotServed } from './not-served';
import {
  sandboxTool,
  type SandboxMethod,
  type SandboxMethodOptions,
  type SandboxMethodType,
} from './sandbox-method';

type Hook = (scope: Scope) => Awaitable<unknown>;
/** What the old spellings stand for. */
export interface Authoring extends Omit<Declarer, 'declare'> {
  declare(declaration: Declaration): void;
  mountRouter(factory: () => Router): unknown;
  onInit(hook: Hook): unknown;
  onCleanup(hook: Hook): unknown;
  tool(options: SandboxMethodOptions, call: (input: unknown, context: ToolContext) => unknown): unknown;
}

/** Old spellings on the authors' `Plugin`; the names that are not served raise compat/not-served. */
export interface OldNames extends NotServed<keyof typeof oldPluginMethods> {
  /** @deprecated `onInit` */
  mountInitMethod(hook: Hook): this;
  /** @deprecated `onInit` */
  mount_init_method(hook: Hook): this;
  /** @deprecated `onCleanup` */
  mountCleanupMethod(hook: Hook): this;
  /** @deprecated `onCleanup` */
  mount_cleanup_method(hook: Hook): this;
  /** @deprecated `mountRouter` */
  mount_router(factory: () => Router): this;
  /** @deprecated `tool` */
  mountSandboxMethod(type: SandboxMethodType, options: SandboxMethodOptions, method: SandboxMethod): this;
  /** @deprecated `tool` */
  mountSandboxMethod(type: SandboxMethodType, name: string, description: string, method: SandboxMethod): this;
  /** @deprecated `tool` */
  mount_sandbox_method: OldNames['mountSandboxMethod'];
  /** @deprecated `dataDir` */
  get_plugin_data_dir(): string;
}

/** `Base` with the old system's other names. */
export function withOldNames<B extends Constructor<Authoring>>(Base: B): B & Constructor<OldNames> {
  abstract class WithOldNames extends Base {
    #oldName: string | undefined;

    mountInitMethod(hook: Hook): this {
      return this.#as('mountInitMethod', () => this.onInit(hook));
    }
    mount_init_method(hook: Hook): this {
      return this.mountInitMethod(hook);
    }
    mountCleanupMethod(hook: Hook): this {
      return this.#as('mountCleanupMethod', () => this.onCleanup(hook));
    }
    mount_cleanup_method(hook: Hook): this {
      return this.mountCleanupMethod(hook);
    }
    mount_router(factory: () => Router): this {
      this.mountRouter(factory);
      return this;
    }
    mountSandboxMethod(...given: readonly unknown[]): this {
      const [options, call] = sandboxTool(this.key, given);
      return this.#as('mountSandboxMethod', () => this.tool(options, call));
    }
    mount_sandbox_method(...given: readonly unknown[]): this {
      return this.mountSandboxMethod(...given);
    }
    get_plugin_data_dir(): string {
      return this.services.dataDir;
    }

    override declare(declaration: Declaration): void {
      const old = this.#oldName;
      const origin =
        old === undefined ? declaration.origin : { ...declaration.origin, where: old, deprecated: old };
      super.declare({ ...declaration, origin });
    }
    /** What `declare` declares is cited, and counted as deprecated, by the name the author wrote. */
    #as(oldName: string, declare: () => unknown): this {
      this.#oldName = oldName;
      try {
        declare();
      } finally {
        this.#oldName = undefined;
      }
      return this;
    }
  }
  Object.assign(WithOldNames.prototype, notServed('plugin', oldPluginMethods));
  return WithOldNames as unknown as B & Constructor<OldNames>;
}

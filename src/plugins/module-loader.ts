import type { LoadPlugin } from './generation';
import { loadModule } from './load-module';
import type { LateServices } from './late-services';

/** Loads plugins as real modules; `modules` gives the host's copy of `gatehouse` and `gatehouse/…` by name. */
export function moduleLoader(modules: (name: string, late: LateServices) => unknown): LoadPlugin {
  return async ({ entry, source, folder, manifest }, late, signal, actor) => {
    const loaded = await loadModule({
      entry,
      source,
      folder,
      manifest,
      signal,
      actor,
      modules: (name) => modules(name, late),
    });
    return {
      module: loaded.exports,
      files: loaded.files,
      mapStack: (stack) => loaded.mapStack(stack),
      dispose: () => loaded.dispose(),
    };
  };
}

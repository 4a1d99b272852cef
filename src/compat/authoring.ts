import type { Constructor } from '../core/declaration';
import type { DocumentStore } from '../core/documents';
import { withOldNames, type Authoring, type OldNames } from './old-names';
import { withOldStore, type OldStores } from './old-store';
import { withWebhookMethods, type WebhookMethods } from './webhook-method/mixin';

/** The authors' `Plugin` with everything of the old system: one line in `index.ts`. */
export function withCompat<B extends Constructor<Authoring & { readonly store: DocumentStore }>>(
  Base: B,
): B & Constructor<WebhookMethods & OldNames & OldStores> {
  return withOldNames(withWebhookMethods(withOldStore(Base)));
}

// "Registering @ext.webhook on ChatExtension"
import { ChatExtension, Extension } from 'gatehouse/compat';

export const ext = new Extension('my-app', {
  display_name: 'My App',
  description: 'My App — manage resources with AI assistance.',
  icon: 'icon.svg',
  actions_explicit: true,
});
export const chat = new ChatExtension(ext, { tool_name: 'my_app_chat', description: 'My App AI assistant.' });

// CORRECT — register on ext, not on chat
ext.webhook(
  'events',
  'POST',
  'X-My-Sig',
)(async function handle_events() {
  return { status: 'ok' };
});

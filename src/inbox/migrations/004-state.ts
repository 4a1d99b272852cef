import type { Migration } from './migration';

/** What is kept beside the inbox; `StateSchema` of the database port says what the columns mean. */
export const state: Migration = {
  number: 4,
  name: 'state',
  oldestReader: 1,
  statements: ({ id, whole, bytes, code, table, byKey }) => [
    `CREATE TABLE cache (
      plugin ${code} NOT NULL,
      name ${code} NOT NULL,
      value text NOT NULL,
      expires_at ${whole} NOT NULL,
      PRIMARY KEY (plugin, name)
    )${byKey}`,
    `CREATE INDEX cache_expiry ON cache (expires_at)`,
    `CREATE TABLE chat_message (
      id ${id},
      token text NOT NULL,
      chat_key ${code} NOT NULL,
      sender text NOT NULL,
      direction text NOT NULL,
      kind text NOT NULL,
      text text NOT NULL,
      attachment text,
      at ${whole} NOT NULL,
      state text NOT NULL,
      error text,
      job text,
      sent_at ${whole}
    )${table}`,
    `CREATE INDEX chat_message_chat ON chat_message (chat_key, at, id)`,
    `CREATE INDEX chat_message_sent ON chat_message (chat_key, sent_at) WHERE sent_at IS NOT NULL`,
    `CREATE UNIQUE INDEX chat_message_token ON chat_message (token)`,
    `CREATE INDEX chat_message_at ON chat_message (at)`,
    `CREATE TABLE attachment (
      token text NOT NULL,
      part ${whole} NOT NULL,
      at ${whole} NOT NULL,
      bytes ${bytes} NOT NULL,
      PRIMARY KEY (token, part)
    )${table}`,
    `CREATE INDEX attachment_at ON attachment (at)`,
  ],
};

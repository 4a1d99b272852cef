/** What both kinds of routes share stands beside them. */
export async function logged(query, source, event, payload) {
  await query('INSERT INTO webhook_log (source, event, payload) VALUES ($1, $2, $3)', [
    source,
    event,
    JSON.stringify(payload),
  ]);
}

// GET /api/apps/file-handlers/view/api/_server/log
export async function GET({ query, request }) {
  const rows = await query('SELECT source, event, payload FROM webhook_log');
  return { reader: request.user.id, rows };
}

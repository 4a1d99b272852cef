/** A text that fits into a cell of a table. */
export function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;').trim();
}

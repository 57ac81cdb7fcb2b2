// Under which name is a download saved? Pure grammar of Content-Disposition (RFC 6266, RFC 8187).

/**
 * `attachment`, with `fileName` in both forms: an ASCII fallback for old clients, and exactly. No name can end the value or
 * begin another parameter (A55); directories before the name are cut off.
 */
export function attachment(fileName: string): string {
  const base = fileName.slice(Math.max(fileName.lastIndexOf("/"), fileName.lastIndexOf("\\")) + 1);
  const name = base.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
  if (name === "") return "attachment";
  // Some clients decode percent escapes in the fallback, so it has none.
  const fallback = name.replaceAll(/[^\x20-\x7e]|["%\\]/gu, "_");
  if (fallback === name) return `attachment; filename="${name}"`;
  return `attachment; filename="${fallback}"; filename*=UTF-8''${extended(name)}`;
}

/** RFC 8187 `value-chars`: what encodeURIComponent leaves alone beyond them is escaped, too. */
function extended(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

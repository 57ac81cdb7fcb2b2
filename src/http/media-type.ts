// Which Content-Type does a file name stand for? Decided by the extension alone: content is never sniffed (A52).

import { mimes } from "mrmime";

/** What is sent for a name that says nothing: browsers save it rather than run it. */
const UNKNOWN = "application/octet-stream";

// mrmime leaves out `x-` and `vnd.` types, and names CommonJS in a way browsers do not run. Names as IANA has them.
const ADDITIONS = {
  "7z": "application/x-7z-compressed",
  apk: "application/vnd.android.package-archive",
  avi: "video/x-msvideo",
  cjs: "text/javascript",
  crt: "application/x-x509-ca-cert",
  deb: "application/vnd.debian.binary-package",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  eot: "application/vnd.ms-fontobject",
  flac: "audio/flac",
  flv: "video/x-flv",
  ico: "image/vnd.microsoft.icon",
  jnlp: "application/x-java-jnlp-file",
  jsonc: "application/json",
  kml: "application/vnd.google-earth.kml+xml",
  kmz: "application/vnd.google-earth.kmz",
  m3u8: "application/vnd.apple.mpegurl",
  m4v: "video/x-m4v",
  mka: "audio/matroska",
  mkv: "video/matroska",
  odg: "application/vnd.oasis.opendocument.graphics",
  odp: "application/vnd.oasis.opendocument.presentation",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  odt: "application/vnd.oasis.opendocument.text",
  parquet: "application/vnd.apache.parquet",
  ppt: "application/vnd.ms-powerpoint",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  psd: "image/vnd.adobe.photoshop",
  rar: "application/vnd.rar",
  tar: "application/x-tar",
  tgz: "application/gzip",
  topojson: "application/json",
  usdz: "model/vnd.usdz+zip",
  vcf: "text/vcard",
  wmv: "video/x-ms-wmv",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  zst: "application/zstd",
};

// A Map, as a plain object would answer for "constructor" and "__proto__".
const TYPES: ReadonlyMap<string, string> = new Map(
  [...Object.entries(mimes), ...Object.entries(ADDITIONS)].map(([extension, type]) => [extension, withCharset(type)]),
);

/**
 * The Content-Type for a file name (not a path), `charset=utf-8` included for text, JavaScript, JSON and XML.
 *
 * Only what follows the last dot counts, in any case; a name without extension, or one that only begins with a dot, is
 * `application/octet-stream`. `.ts` is an MPEG transport stream: browsers play it and run no TypeScript (A53).
 */
export function mediaType(fileName: string): string {
  const dot = fileName.lastIndexOf(".");
  if (dot <= 0) return UNKNOWN;
  return TYPES.get(fileName.slice(dot + 1).toLowerCase()) ?? UNKNOWN;
}

/** Whether the format of a type is compressed by itself, so that a content coding would gain nothing. */
export function isCompressed(type: string): boolean {
  if (/^(?:image|audio|video)\//.test(type)) return !/^image\/(?:svg|bmp|vnd\.microsoft\.icon|x-icon|tiff)/.test(type);
  return /^font\/woff|^application\/(?:gzip|zip|zstd|vnd\.rar|x-7z-compressed|pdf|java-archive|epub\+zip)\b|^application\/vnd\.(?:openxml|oasis|android)/.test(
    type,
  );
}

function withCharset(type: string): string {
  const isText = /^text\/|^application\/(?:javascript|ecmascript|json|json5|xml|xml-dtd)$|\+(?:json|xml)$/.test(type);
  return isText ? `${type}; charset=utf-8` : type;
}

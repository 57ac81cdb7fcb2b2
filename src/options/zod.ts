// Which parts of zod make the schema? The only door to its code: the build packs what is named here into this one file,
// because loading all of zod takes longer than the rest of the start (docs/decisions/005-zod-packed.md).

export { array, boolean, custom, enum, literal, NEVER, number, object, record, registry, string, union } from "zod";

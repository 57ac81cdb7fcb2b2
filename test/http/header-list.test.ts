// Does the grammar of field lines accept and refuse what RFC 9110 and the Fetch standard say?

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  fieldName,
  fieldValue,
  hasOption,
  isFieldValue,
  isReason,
  isToken,
  parseLength,
} from "../../src/http/header-list.ts";

describe("field names", () => {
  it("are tokens: exactly the characters of RFC 9110 section 5.6.2", () => {
    const delimiters = '"(),/:;<=>?@[\\]{}';
    for (let code = 0; code < 0x180; code++) {
      const char = String.fromCharCode(code);
      const allowed = code > 0x20 && code < 0x7f && !delimiters.includes(char);
      assert.equal(isToken(`a${char}b`), allowed, `U+${code.toString(16)}`);
      assert.equal(fieldName(`a${char}b`) !== null, allowed, `U+${code.toString(16)}`);
    }
  });

  it("cannot be empty or end in a line feed", () => {
    assert.equal(isToken(""), false);
    assert.equal(fieldName(""), null);
    assert.equal(fieldName("a\n"), null);
  });

  it("come out in lower case, the first time and the next", () => {
    assert.equal(fieldName("X-Header-List-Test"), "x-header-list-test");
    assert.equal(fieldName("X-Header-List-Test"), "x-header-list-test");
  });

  it("stay right when more names are seen than are remembered", () => {
    for (let i = 0; i < 2_000; i++) assert.equal(fieldName(`X-Made-Up-${i}`), `x-made-up-${i}`);
  });
});

describe("field values", () => {
  it("are normalised at both ends only", () => {
    assert.equal(fieldValue(" \t\r\n a  b \n\r\t "), "a  b");
    assert.equal(fieldValue(" \n "), "");
    assert.equal(fieldValue("\u00a0a\u00a0"), "\u00a0a\u00a0");
  });

  it("refuse NUL, CR, LF inside and whatever is no byte", () => {
    for (const bad of ["a\0b", "a\rb", "a\nb", "\u0100", "\u{1f600}", "\ud800"]) {
      assert.equal(fieldValue(bad), null);
      assert.equal(isFieldValue(bad), false);
    }
    assert.equal(isFieldValue("a\n"), false);
  });

  it("allow latin-1 and the controls that break nothing", () => {
    for (const good of ["", "\u00ff", "\x01", "a\tb", "\x7f"]) assert.equal(fieldValue(good), good);
  });
});

describe("reason phrases", () => {
  it("hold tab, space, visible characters and latin-1, and may be empty", () => {
    for (const good of ["", "OK", "a\tb c", "caf\u00e9"]) assert.equal(isReason(good), true);
    for (const bad of ["\r\n", "a\n", "\0", "\x7f", "\u0100"]) assert.equal(isReason(bad), false);
  });
});

describe("options of a list", () => {
  it("are found whatever their case, spaces and neighbours", () => {
    for (const field of ["close", "Close", "keep-alive, Close", " ,, CLOSE ,", "x,\tclose"]) {
      assert.equal(hasOption(field, "close"), true);
    }
  });

  it("are whole elements", () => {
    for (const field of ["", "closed", "not-close", "close;a", "clo se"])
      assert.equal(hasOption(field, "close"), false);
  });
});

describe("Content-Length", () => {
  it("is digits and nothing else", () => {
    assert.equal(parseLength("0"), 0);
    assert.equal(parseLength("0012"), 12);
    assert.equal(parseLength("9007199254740991"), Number.MAX_SAFE_INTEGER);
    for (const bad of ["", "-1", "+1", "1.0", "1e3", " 1", "1 ", "0x1", "1, 1", "9007199254740993", "\u0661"]) {
      assert.equal(parseLength(bad), null, bad);
    }
  });
});

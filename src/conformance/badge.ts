// A badge from a report: the JSON that shields.io takes as an endpoint, or a picture that needs nobody.

import type { Report } from "./report.ts";

export interface Badge {
  readonly schemaVersion: 1;
  readonly label: string;
  readonly message: string;
  readonly color: string;
}

const COLORS = { full: "brightgreen", partly: "green", none: "red" } as const;
const HEX: Readonly<Record<string, string>> = { brightgreen: "#4c1", green: "#97ca00", red: "#e05d44" };

/** Average width of a letter of the font, in pixels. */
const LETTER = 6.6;

export function badgeOf(report: Report): Badge {
  const deviations = report.cases.filter(({ outcome }) => outcome === "deviation").length;
  const failed = report.cases.filter(({ outcome, level }) => outcome === "fail" && level === "MUST").length;
  const label = "FSGI 1";
  if (!report.conforms) {
    return { schemaVersion: 1, label, message: `not conforming (${failed} failed)`, color: COLORS.none };
  }
  // A claim that no case has looked at is no news.
  const hasCase = new Set(report.cases.filter(({ outcome }) => outcome !== "skip").map(({ profile }) => profile));
  const claimed = report.claimed.filter((profile) => hasCase.has(profile)).join(", ");
  if (deviations === 0) return { schemaVersion: 1, label, message: claimed, color: COLORS.full };
  return { schemaVersion: 1, label, message: `${claimed}, ${deviations} deviations`, color: COLORS.partly };
}

export function badgeSvg({ label, message, color }: Badge): string {
  const [left, right] = [label, message].map((text) => Math.round(text.length * LETTER) + 10) as [number, number];
  const text = (at: number, content: string): string => `<text x="${at}" y="14">${escaped(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img"`,
    ` aria-label="${escaped(`${label}: ${message}`)}">`,
    `<rect width="${left}" height="20" fill="#555"/>`,
    `<rect x="${left}" width="${right}" height="20" fill="${HEX[color] ?? color}"/>`,
    `<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">`,
    `${text(left / 2, label)}${text(left + right / 2, message)}</g></svg>\n`,
  ].join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

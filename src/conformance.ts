// The conformance kit: names only. The app it judges with is `easyserver/conformance/fixture`.

export { judgeAdapter, type AdapterOptions, type Served } from "./conformance/adapter/twin.ts";
export { badgeOf, badgeSvg, type Badge } from "./conformance/badge.ts";
export type { Case, Expectation, RawCase } from "./conformance/case.ts";
export { CASES, CORPUS, UNJUDGED } from "./conformance/cases.ts";
export { type Deviation, parseDeviations } from "./conformance/deviations.ts";
export { judgeHost, type JudgeOptions } from "./conformance/judge.ts";
export { runHandler, type HandlerFailure, type HandlerRun, type HandlerRunOptions } from "./conformance/handler-run.ts";
export { MemoryHost, type MemoryExchange, type MemoryHostOptions } from "./conformance/memory-host.ts";
export type { LeavePhase, MemoryRequest } from "./conformance/memory-request.ts";
export { HostGone, type Probe, type Target } from "./conformance/probe.ts";
export type { JudgedCase, Outcome, Report, StatementVerdict } from "./conformance/report.ts";
export { summary, toTap } from "./conformance/tap.ts";
export { PROFILES, RULES, type Level, type Profile, type Rule, type RuleId } from "./spec/registry.ts";

// A process of its own that looks after certificates of which none is due: `node certificate-check.js <settings>`. It prints
// what that took, loading included: milliseconds of the processor and of the clock.

const [settings = "{}"] = process.argv.slice(2);
const { resolveOptions } = await import("../src/options.ts");
const resolved = resolveOptions({ options: JSON.parse(settings) });

const before = process.cpuUsage();
const startMs = performance.now();
const { openCertificates } = await import("../src/tls/open.ts");
const manager = await openCertificates(resolved, { onEvent: () => {} });
const [pair] = await manager.start();
const clockMs = performance.now() - startMs;
const { user, system } = process.cpuUsage(before);
await manager.close();
process.stdout.write(JSON.stringify({ origin: pair?.origin, processorMs: (user + system) / 1000, clockMs }));

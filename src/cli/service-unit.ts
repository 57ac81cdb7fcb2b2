// What does the systemd unit of a server say? Pure.

export interface UnitFacts {
  readonly name: string;
  /** `null`: a user that systemd makes for the time the service runs. */
  readonly user: string | null;
  /** Absolute, like the other paths. */
  readonly directory: string;
  readonly node: string;
  readonly command: string;
  /** The command line of the server, without the command. */
  readonly server: readonly string[];
  readonly description: string;
}

/**
 * The unit as text. The server gets the ports below 1024, a folder of its own under /var/lib for certificates, and nothing
 * else: no other file is writable, and no other right of root's can come back.
 */
export function serviceUnit(facts: UnitFacts): string {
  const { name, user, directory, node, command, server, description } = facts;
  const line = [node, command, ...server].map(quoted).join(" ");
  // Under a home folder the app could not be read at all.
  const isAtHome = [directory, node, command].some((path) => /^\/(?:home|root|run\/user)(?:\/|$)/u.test(path));
  return `[Unit]
Description=easyserver: ${escaped(description)}
Documentation=https://www.npmjs.com/package/easyserver
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
${user === null ? "DynamicUser=yes" : `User=${escaped(user)}`}
StateDirectory=${name}
StateDirectoryMode=0700
WorkingDirectory=${escaped(directory)}
Environment=NODE_ENV=production
ExecStart=${line}
# Looks at once whether certificate files have changed; with workers, replaces them by new ones.
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
# Longer than --shutdown-ms, whose default is 30 s.
TimeoutStopSec=35
Restart=on-failure
RestartSec=1
# A wrong setting does not get better by trying again.
RestartPreventExitStatus=2
LimitNOFILE=1048576

${hardening(isAtHome)}
[Install]
WantedBy=multi-user.target
`;
}

/** What is taken away, and the one right that is given. */
function hardening(isAtHome: boolean): string {
  return `# Ports 80 and 443 without root, and no other right of root's.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
UMask=0077
ProtectSystem=strict
ProtectHome=${isAtHome ? "read-only" : "yes"}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: JavaScript is compiled while it runs.
`;
}

/** An argument as systemd reads it: quotes, backslashes, its own \`%\` and \`$\` (systemd.service, "Command lines"). */
function quoted(argument: string): string {
  const safe = escaped(argument).replaceAll("$", "$$$$");
  return /^[\w@%+=:,./$*-]+$/u.test(safe) ? safe : `"${safe.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Text without line ends, and without what systemd would expand. */
function escaped(text: string): string {
  return text.replaceAll(/[\r\n\t]+/gu, " ").replaceAll("%", "%%");
}

// systemd units for a built site: the gateway, its socket, and nginx. Pure: facts in, texts by file name out.

export type UnitFacts = {
  name: string
  /** Absolute paths. */
  node: string
  nginx: string
  out: string
  user: string
  group: string
  /** Unix sockets and TCP addresses of the gateway, as in its options; systemd opens them first. */
  addresses: readonly string[]
  socketMode: string
  socketGroup: string
  /** Directories that gateway and application write to. */
  writable: readonly string[]
  bootSeconds: number
  stopSeconds: number
  /** The site has its own nginx.conf. */
  hasNginx: boolean
}

/** Spaces and percent signs mean something in a unit. */
const path = (text: string): string => {
  const safe = text.replaceAll('%', '%%')
  return /\s/.test(safe) ? `"${safe}"` : safe
}

/** What both services are denied. V8 and nginx's pcre_jit write code at run time, so memory stays writable and executable. */
const hardening = `NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native`

const listenStream = (address: string): string => {
  if (address.startsWith('/')) return address
  return address.startsWith(':') ? address.slice(1) : address
}

function socketUnit(facts: UnitFacts): string {
  return `# Keeps the sockets while the gateway is restarted or upgraded: requests wait, none is refused.
[Unit]
Description=Sockets of the ${facts.name} gateway

[Socket]
${facts.addresses.map((address) => `ListenStream=${listenStream(address)}`).join('\n')}
SocketUser=${facts.user}
SocketGroup=${facts.socketGroup}
SocketMode=0${facts.socketMode.replace(/^0/, '')}
Backlog=4096
NoDelay=yes

[Install]
WantedBy=sockets.target
`
}

function gatewayUnit(facts: UnitFacts): string {
  return `[Unit]
Description=${facts.name}: the gateway and its Python workers
Documentation=https://www.npmjs.com/package/postern
Requires=${facts.name}-gateway.socket
After=network.target ${facts.name}-gateway.socket

[Service]
Type=notify
# The line that says "ready" is sent by the Python template, not by the main process.
NotifyAccess=all
ExecStart=${path(facts.node)} ${path(`${facts.out}/gateway.mjs`)} ${path(`${facts.out}/gateway.json`)}
ExecReload=/bin/kill -HUP $MAINPID
User=${facts.user}
Group=${facts.group}
# SIGTERM goes to the gateway alone: it drains its workers itself.
KillMode=mixed
TimeoutStartSec=${facts.bootSeconds + 10}
TimeoutStopSec=${facts.stopSeconds + 10}
Restart=on-failure
RestartSec=1
WatchdogSec=60
LimitNOFILE=65536
UMask=0027
CapabilityBoundingSet=
AmbientCapabilities=
${facts.writable.map((dir) => `ReadWritePaths=-${path(dir)}\n`).join('')}${hardening}
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
Also=${facts.name}-gateway.socket
`
}

function nginxUnit(facts: UnitFacts): string {
  const config = path(`${facts.out}/nginx.conf`)
  const nginx = path(facts.nginx)
  return `[Unit]
Description=${facts.name}: nginx
Wants=network-online.target ${facts.name}-gateway.service
After=network-online.target ${facts.name}-gateway.service

[Service]
Type=simple
ExecStartPre=${nginx} -q -t -c ${config}
ExecStart=${nginx} -c ${config} -g "daemon off;"
ExecReload=${nginx} -q -t -c ${config}
ExecReload=/bin/kill -HUP $MAINPID
KillSignal=SIGQUIT
KillMode=mixed
TimeoutStopSec=${facts.stopSeconds + 10}
Restart=on-failure
RestartSec=1
LimitNOFILE=65536
# The master binds ports below 1024 and gives its workers to another user.
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_CHOWN CAP_DAC_OVERRIDE CAP_KILL
${facts.writable.map((dir) => `ReadWritePaths=-${path(dir)}\n`).join('')}${hardening}

[Install]
WantedBy=multi-user.target
`
}

export function unitsOf(facts: UnitFacts): Map<string, string> {
  const units = new Map([
    [`${facts.name}-gateway.socket`, socketUnit(facts)],
    [`${facts.name}-gateway.service`, gatewayUnit(facts)],
  ])
  if (facts.hasNginx) units.set(`${facts.name}-nginx.service`, nginxUnit(facts))
  return units
}

// Errors of gateway/listen: addresses that cannot be opened.
import { table } from './table.ts'

export const listenErrors = table({
  LISTEN_BAD_ADDRESS: {
    blame: 'operator',
    text: (f: { address: string; reason: string }) => `cannot listen on ${f.address}: ${f.reason}`,
    hint: (f: { address: string }) =>
      /^\d+$/.test(f.address)
        ? `write :${f.address} for TCP port ${f.address}, or ./${f.address} for a socket file of that name`
        : 'an address is a path (/run/site.sock), :8000, host:port, [::]:8000 or fd://3',
  },
  LISTEN_PATH_LONG: {
    blame: 'operator',
    text: (f: { path: string; length: number; limit: number }) =>
      `the socket path ${f.path} has ${f.length} bytes; the system takes at most ${f.limit}`,
    hint: () => 'choose a shorter directory, such as /run/postern',
  },
  LISTEN_FAILED: {
    blame: 'operator',
    exit: 6,
    text: (f: { address: string; reason: string }) => `cannot listen on ${f.address}: ${f.reason}`,
    hint: (f: { reason: string }) =>
      f.reason.includes('EADDRINUSE')
        ? 'another program has this port; `ss -ltnp` shows which'
        : f.reason.includes('EACCES')
          ? 'ports below 1024 and foreign directories need root, or CAP_NET_BIND_SERVICE'
          : 'check that the directory exists and may be written',
  },
  LISTEN_NOT_A_SOCKET: {
    blame: 'operator',
    text: (f: { path: string }) => `${f.path} exists and is not a socket`,
    hint: () => 'postern replaces only sockets nobody listens on; move the file away or choose another path',
  },
  LISTEN_UNKNOWN_OWNER: {
    blame: 'operator',
    text: (f: { owner: string; reason: string }) => `chown-socket ${f.owner}: ${f.reason}`,
    hint: () => 'write user, user:group, :group or numbers; giving files away needs root',
  },
  TRUST_BAD_ADDRESS: {
    blame: 'operator',
    text: (f: { entry: string }) => `trusted-proxies: ${f.entry} is no address and no network`,
    hint: () => 'write 192.0.2.1, 10.0.0.0/8, 2001:db8::/32, unix (who comes by a socket file) or *',
  },
  STATIC_BAD_MAP: {
    blame: 'operator',
    text: (f: { entry: string }) => `static-map ${f.entry}: not of the form /prefix=/folder`,
  },
  STATIC_BAD_EXPIRES: {
    blame: 'operator',
    text: (f: { entry: string }) =>
      `static-expires ${f.entry}: not a regular expression and a number of seconds`,
  },
})

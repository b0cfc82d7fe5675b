// Errors of `postern up`: code, blame, exit, facts, text, hint.
import { table } from './table.ts'

/** Exit code: a program or package of the system is missing. */
export const EXIT_MISSING = 5
/** Exit code: the address is taken or may not be used. */
export const EXIT_ADDRESS = 6

export const upErrors = table({
  UP_NGINX_MISSING: {
    blame: 'operator',
    exit: EXIT_MISSING,
    text: () => 'nginx is not installed (looked in PATH, /usr/sbin and /usr/local/sbin)',
    hint: () => 'apt-get install nginx libnginx-mod-http-js njs',
  },
  UP_ADDRESS_TAKEN: {
    blame: 'operator',
    exit: EXIT_ADDRESS,
    text: (f: { address: string }) => `something is already listening on ${f.address}`,
    hint: () => 'stop it, or choose another port: postern up --port 8001',
  },
  UP_ADDRESS_FORBIDDEN: {
    blame: 'operator',
    exit: EXIT_ADDRESS,
    text: (f: { address: string; reason: string }) => `cannot listen on ${f.address}: ${f.reason}`,
    hint: () =>
      'ports below 1024 need root or CAP_NET_BIND_SERVICE; any other port works: postern up --port 8000',
  },
  UP_NGINX_REFUSED: {
    blame: 'postern',
    text: (f: { words: string }) => `nginx -t refuses the generated configuration:\n${f.words}`,
    hint: () => 'this is a bug in postern unless the site file brings its own nginx lines; please report it',
  },
  UP_NGINX_ENDED: {
    blame: 'operator',
    text: (f: { code: string; words: string }) => `nginx ended (${f.code}):\n${f.words}`,
    hint: () => 'the lines above are nginx’s own',
  },
  UP_GATEWAY_ENDED: {
    blame: 'operator',
    text: (f: { code: string }) =>
      `the gateway ended before it was ready (${f.code}); its own words are above`,
    hint: () => 'run `node out/gateway.mjs` by hand to see it alone',
  },
})

// Errors of generate/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const generateErrors = table({
  GENERATE_UNQUOTABLE: {
    blame: 'operator',
    text: (f: { value: string; reason: string }) =>
      `${JSON.stringify(f.value)} cannot be written into nginx.conf: ${f.reason}`,
  },
  GENERATE_UNKNOWN_NAME: {
    blame: 'postern',
    text: (f: { name: string; template: string }) =>
      `the template ${f.template} asks for ${f.name}, which the site does not have`,
  },
  GENERATE_SOCKET_TOO_LONG: {
    blame: 'operator',
    text: (f: { path: string; size: number }) =>
      `the socket path ${f.path} has ${f.size} bytes; the system allows 107`,
    hint: () => 'choose a shorter runDir, such as /run/<name>',
  },
  GENERATE_NOTHING_TO_SERVE: {
    blame: 'operator',
    text: (f: { path: string }) => `${f.path} names no application, no static files and no routes`,
    hint: () => 'give it `app: django({ project: "." })`, `app: wsgi({ module: … })` or `static: […]`',
  },
  GENERATE_NO_MODULE: {
    blame: 'operator',
    text: (f: { nginx: string; folder: string }) =>
      `nginx (${f.nginx}) has no JavaScript module: ${f.folder} is not there`,
    hint: () =>
      'Debian and Ubuntu: apt-get install libnginx-mod-http-js; nginx.org: nginx-module-njs; Alpine: nginx-mod-http-js',
  },
  GENERATE_NO_NGINX: {
    blame: 'operator',
    text: (f: { nginx: string; reason: string }) =>
      `nginx cannot be asked for its version: ${f.nginx}: ${f.reason}`,
    hint: () =>
      'install nginx, or name the version to build for in the site file: nginx: { version: "1.26.3" }',
  },
  GENERATE_REFUSED: {
    blame: 'operator',
    text: (f: { key: string; reason: string }) => `${f.key}: ${f.reason}`,
  },
  GENERATE_STRANGERS: {
    blame: 'operator',
    text: (f: { name: string; at: string; what: string; value: string; other: string; otherValue: string }) =>
      `apps.${f.name} and apps.${f.other} cannot share a gateway: ${f.what} ${f.value} and ${f.otherValue}, but one gateway is one interpreter with one environment`,
    hint: (f) =>
      `give ${f.name} a site file of its own with at: '${f.at}', and lead there from here: upstreams: { ${f.name}: { servers: ['unix:<its out>/run/gateway.sock'], protocol: 'fastcgi' } }, routes: [{ path: '${f.at}', upstream: '${f.name}' }]`,
  },
  GENERATE_QUIC_TAKEN: {
    blame: 'operator',
    text: (f: { address: string; names: readonly string[]; file: string; line: number }) =>
      `tls.http3: ${f.file}:${f.line}${f.names.length > 0 ? ` (${f.names.join(' ')})` : ''} has claimed ${f.address} for QUIC with reuseport already, and nginx takes that once for an address`,
    hint: () =>
      "say http3: 'shared' in this site file: one site owns the address, the others share it (or take the other site out of nginx)",
  },
  GENERATE_SCRIPT_PROBLEMS: {
    blame: 'operator',
    text: (f: { problems: readonly string[] }) =>
      `the scripts for nginx cannot be built:\n${f.problems.map((p) => `  ${p}`).join('\n')}`,
    hint: () => 'docs/edge.md says what the engines lack',
  },
  GENERATE_NOT_OURS: {
    blame: 'operator',
    text: (f: { folder: string }) => `${f.folder} is not empty and was not written by postern`,
    hint: () => 'choose another folder with --out, or empty this one',
  },
  GENERATE_NGINX_REFUSES: {
    blame: 'operator',
    text: (f: { nginx: string; output: string }) =>
      `${f.nginx} refuses the generated configuration:\n${f.output}`,
    hint: (f: { nginx: string; output: string }) =>
      /bind\(\) to .* failed \(13:/.test(f.output)
        ? 'ports below 1024 need root or CAP_NET_BIND_SERVICE: run it as root, or listen on another port'
        : '',
  },
  ASSETS_NO_FOLDER: {
    blame: 'operator',
    text: (f: { url: string; dir: string }) =>
      `the folder ${f.dir}, which ${f.url} is served from, cannot be read`,
    hint: () =>
      'Django: run `python manage.py collectstatic` first; otherwise correct the path in the site file',
  },
})

// Errors of gateway/: code, blame, status, facts, text, hint.
import { table } from './table.ts'

export const gatewayErrors = table({
  GATEWAY_SOCKET_LIVE: {
    blame: 'operator',
    exit: 6,
    text: (f: { path: string }) => `another process is already listening on ${f.path}`,
    hint: (f: { path: string }) => `stop it first (postern stop), or choose another socket than ${f.path}`,
  },
  APP_NOT_LOADED: {
    blame: 'operator',
    exit: 4,
    text: (f: { target: string; reason: string; hint?: string | undefined }) =>
      `the application ${f.target} could not be loaded: ${f.reason}`,
    hint: (f: { hint?: string | undefined }) =>
      f.hint ?? 'the traceback above is the application’s own; check chdir, pythonpath and the virtualenv',
  },
  WORKER_NOT_BOOTED: {
    blame: 'operator',
    exit: 3,
    text: (f: { python: string; reason: string }) =>
      `a Python worker (${f.python}) failed to start: ${f.reason}`,
    hint: (f: { reason: string }) =>
      f.reason.includes('boot-timeout')
        ? 'the stacks above say where its import hangs; `boot-timeout` gives it longer'
        : f.reason.includes('SIG')
          ? 'what it printed is above: a compiled module that crashes, or a limit of memory'
          : 'try the interpreter by hand; `python` or `home` in the options chooses another one',
  },
  LANE_BROKEN: {
    blame: 'postern',
    status: 502,
    text: (f: { reason: string }) => `a worker broke the rules of its lane: ${f.reason}`,
  },
  LINE_BROKEN: {
    blame: 'postern',
    text: (f: { reason: string }) => `not a JSON line: ${f.reason}`,
  },
  QUEUE_FULL: {
    blame: 'operator',
    status: 503,
    text: (f: { limit: number }) => `${f.limit} requests are waiting for a worker already`,
    hint: () => 'more `processes` or `threads`, faster views, or a higher `queue-limit`',
  },
  QUEUE_TIMEOUT: {
    blame: 'operator',
    status: 503,
    text: (f: { seconds: number }) => `no worker was free within ${f.seconds} s`,
    hint: () => 'more `processes` or `threads`, faster views, or a higher `queue-timeout`',
  },
  GATEWAY_STOPPING: {
    blame: 'operator',
    status: 503,
    text: () => 'the gateway is stopping',
  },
  NO_WORKER: {
    blame: 'operator',
    status: 503,
    text: () => 'no worker is in service',
    hint: () => 'the log says why the workers do not start',
  },
  APP_ABSENT: {
    blame: 'operator',
    status: 503,
    isPublic: true,
    text: () => "the application could not be loaded; the gateway's log says why",
  },
  APP_FAILED: {
    blame: 'app',
    status: 500,
    text: (f: { reason: string }) => `the application failed: ${f.reason}`,
  },
  WORKER_DIED: {
    blame: 'app',
    status: 502,
    text: (f: { worker: number; pid: number }) =>
      `worker ${f.worker} (pid ${f.pid}) died while it ran the request`,
    hint: () => 'the log has the cause of its death beside the request id',
  },
  HARAKIRI: {
    blame: 'app',
    status: 504,
    text: (f: { seconds: number }) => `the request ran longer than harakiri = ${f.seconds} s`,
    hint: () => 'the log has the Python stacks of the worker at that moment',
  },
  WORKER_PACKAGE_MISSING: {
    blame: 'postern',
    text: (f: { beside: string }) => `the Python package postern_worker is not beside ${f.beside}`,
    hint: () => 'copy the folder `python` of the build along with gateway.mjs',
  },
  INSTALLATION_CLOSED: {
    blame: 'operator',
    text: (f: { user: string; path: string; folder: string }) =>
      `${f.user} cannot read postern itself: ${f.path} is below ${f.folder}, which is closed to others`,
    hint: (f) =>
      `install postern where that user can read it (/opt, /srv, node_modules of the project), or open the folder: chmod o+x ${f.folder}`,
  },
  RUN_DIR_TOO_LONG: {
    blame: 'operator',
    text: (f: { dir: string; limit: number }) =>
      `run-dir ${f.dir} is too long for the sockets in it (limit ${f.limit} bytes)`,
    hint: () => 'choose a shorter directory, such as /run/postern',
  },
  RUN_DIR_UNUSABLE: {
    blame: 'operator',
    text: (f: { dir: string; reason: string }) => `run-dir ${f.dir} cannot be used: ${f.reason}`,
    hint: () => 'create it for the user that runs the gateway, or choose another with run-dir',
  },
  UNKNOWN_USER: {
    blame: 'operator',
    text: (f: { kind: 'user' | 'group'; name: string }) => `there is no ${f.kind} ${f.name}`,
    hint: (f: { kind: 'user' | 'group' }) =>
      `${f.kind === 'user' ? 'uid' : 'gid'} takes a name from /etc/${f.kind === 'user' ? 'passwd' : 'group'} or a number`,
  },
  CANNOT_DROP: {
    blame: 'operator',
    text: (f: { uid: number; gid: number }) =>
      `only root can become user ${f.uid}, group ${f.gid}, and this process is not root`,
    hint: () => 'start as root, or leave uid and gid out and start as that user',
  },
  OPTIONS_INVALID: {
    blame: 'operator',
    text: (f: { file: string; problems: string }) => `${f.file}: ${f.problems}`,
    hint: () => 'docs/options.md lists every option with its type and limits',
  },
  OPTIONS_UNREADABLE: {
    blame: 'operator',
    text: (f: { file: string; reason: string }) => `${f.file} cannot be read: ${f.reason}`,
    hint: () => '`postern build` writes gateway.json beside gateway.mjs',
  },
  NOTHING_TO_LISTEN_ON: {
    blame: 'operator',
    text: () => 'neither `socket` nor `http` names an address to listen on',
    hint: () => 'add http = [":8000"] for a browser, or socket = ["run/gateway.sock"] for nginx',
  },
  NO_APPLICATION: {
    blame: 'operator',
    text: () => 'no application: none of `module`, `wsgi-file` and `mount` is set',
    hint: () => 'module = "mysite.wsgi" for Django, wsgi-file = "app.py" for one file',
  },
  HOOK_FAILED: {
    blame: 'operator',
    text: (f: { moment: string; command: string; ending: string }) =>
      `${f.moment}: \`${f.command}\` ended with ${f.ending}`,
    hint: () => 'what it printed is in the log; the gateway starts only when all of these commands succeed',
  },
  CRON_BAD_LINE: {
    blame: 'operator',
    text: (f: { text: string; problem: string }) => `cron = ${f.text}: expected ${f.problem}`,
    hint: () => 'minute hour day month weekday command; -1 is every, -5 every fifth',
  },
  FIFO_UNUSABLE: {
    blame: 'operator',
    text: (f: { path: string; reason: string }) => `master-fifo ${f.path} cannot be opened: ${f.reason}`,
  },
  CONFIG_NOT_REREAD: {
    blame: 'operator',
    text: (f: { file: string; user: string }) => `${f.user} may not read ${f.file}`,
    hint: () => 'the options stay as they were; let the user of the workers read the file, or restart',
  },
  FILE_NOT_WRITABLE: {
    blame: 'operator',
    text: (f: { what: string; path: string; reason: string }) =>
      `${f.what}: ${f.path} cannot be written: ${f.reason}`,
    hint: () => 'make its folder, or let the user that starts the gateway write there',
  },
})

// Errors of cli/: code, blame, facts, text, hint.
import { table } from './table.ts'

export const cliErrors = table({
  CLI_UNKNOWN_COMMAND: {
    blame: 'operator',
    text: (f: { name: string; similar: string | undefined }) =>
      `there is no command or file named '${f.name}'`,
    hint: (f: { name: string; similar: string | undefined }) =>
      f.similar ? `did you mean 'postern ${f.similar}'?` : 'postern --help lists the commands',
  },
  CLI_BAD_USAGE: {
    blame: 'operator',
    text: (f: { problem: string; remedy: string }) => f.problem,
    hint: (f: { problem: string; remedy: string }) => f.remedy,
  },
  GATEWAY_NOT_RUNNING: {
    blame: 'operator',
    exit: 7,
    text: (f: { path: string; reason: string }) => `no gateway answers at ${f.path}: ${f.reason}`,
    hint: () =>
      'start it (postern up, or systemctl start postern-gateway), or name its control socket or run directory with --control',
  },
  GATEWAY_SAID_NO: {
    blame: 'operator',
    text: (f: { text: string }) => `the gateway refused: ${f.text}`,
  },
  GATEWAY_SEVERAL: {
    blame: 'operator',
    exit: 7,
    text: (f: { folder: string; paths: string[] }) =>
      `${f.paths.length} gateways were started in ${f.folder}: ${f.paths.join(', ')}`,
    hint: () => 'name one of these control sockets with --control',
  },
  GATEWAY_STILL_THERE: {
    blame: 'operator',
    exit: 7,
    text: (f: { pid: number; seconds: number }) =>
      `the gateway (pid ${f.pid}) is still there after ${f.seconds} s`,
    hint: () => 'it waits for running requests (`postern status` shows them), at most reload-mercy seconds',
  },
  RELOAD_FAILED: {
    blame: 'operator',
    exit: 4,
    text: (f: { text: string; hint: string | undefined }) =>
      `the new code is not in service, the old one goes on: ${f.text}`,
    hint: (f: { text: string; hint: string | undefined }) => f.hint ?? 'the log of the gateway has all of it',
  },
  SERVE_NO_PIDFILE: {
    blame: 'operator',
    text: (f: { name: string; pidfile: string }) => `--${f.name}: ${f.pidfile} holds no process id`,
    hint: () => 'the gateway removes its pid file when it stops; is it running?',
  },
  SERVE_NOT_RUNNING: {
    blame: 'operator',
    text: (f: { name: string; pid: number; reason: string }) =>
      `--${f.name}: process ${f.pid} cannot be told (${f.reason === 'ESRCH' ? 'there is no such process' : f.reason})`,
    hint: () => 'the pid file is stale, or the process belongs to another user',
  },
  MIGRATE_EXISTS: {
    blame: 'operator',
    text: (f: { path: string }) => `${f.path} is there already`,
    hint: () => '--force replaces it, --output and --report name other files, --print writes nothing',
  },
  SERVE_NO_ADDRESS: {
    blame: 'operator',
    text: () => 'there is no address to listen on',
    hint: () => '--http :8000 for browsers, --socket run/app.sock for nginx',
  },
  SERVE_NO_APPLICATION: {
    blame: 'operator',
    text: () => 'there is no application to serve',
    hint: () => '--wsgi-file app.py, --module package.module:callable, or --mount /prefix=module',
  },
  APPLY_LINT: {
    blame: 'operator',
    exit: 1,
    text: (f: { findings: readonly string[] }) =>
      `the linter is not content with what would be written:\n${f.findings.map((one) => `  ${one}`).join('\n')}`,
    hint: () => '`postern explain <rule>` says more; --no-lint applies it all the same',
  },
  APPLY_ROLLED_BACK: {
    blame: 'operator',
    exit: 1,
    text: (f: { reason: string }) => `rolled back, the old configuration is in service: ${f.reason}`,
  },
  APPLY_STUCK: {
    blame: 'operator',
    exit: 1,
    text: (f: { reason: string; back: string }) =>
      `the change does not work (${f.reason}), and going back failed too: ${f.back}`,
    hint: () =>
      'the old files are back in out/: look at the logs, mend what they name, and start what is not running',
  },
  INIT_EXISTS: {
    blame: 'operator',
    text: (f: { path: string }) => `${f.path} is there already`,
    hint: () => '--force replaces it, --print only shows what would be written',
  },
  INIT_NOTHING: {
    blame: 'operator',
    text: (f: { folder: string }) =>
      `no Django project, Flask or WSGI application, uwsgi.ini or nginx.conf was found in ${f.folder}`,
    hint: () => 'go to the project’s folder, or write postern.config.ts by hand (docs/site.md)',
  },
})

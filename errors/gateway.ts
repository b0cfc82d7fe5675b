// Errors of gateway/: code, blame, status, facts, text, hint.
import { table } from './table.ts'

export const gatewayErrors = table({
  GATEWAY_SOCKET_LIVE: {
    blame: 'operator',
    text: (f: { path: string }) => `another process is already listening on ${f.path}`,
    hint: (f: { path: string }) => `stop it first (postern stop), or choose another socket than ${f.path}`,
  },
  APP_NOT_LOADED: {
    blame: 'operator',
    exit: 4,
    text: (f: { target: string; reason: string }) =>
      `the application ${f.target} could not be loaded: ${f.reason}`,
    hint: () => 'the traceback above is the application’s own; check chdir, pythonpath and the virtualenv',
  },
  WORKER_NOT_BOOTED: {
    blame: 'operator',
    exit: 3,
    text: (f: { python: string; reason: string }) =>
      `a Python worker (${f.python}) failed to start: ${f.reason}`,
    hint: () => 'try the interpreter by hand; `python` or `home` in the options chooses another one',
  },
})

// systemd as the gateway sees it: sockets that are open already, NOTIFY_SOCKET, WATCHDOG_USEC, restarts. In Python, because
// Node.js has no Unix datagram sockets. It prints `SAID …` for each message, `PID n` for each start, and ends with the last code.

import { join } from 'node:path'
import type { SpawnExtras } from './gateway-process.ts'

const program = `
import os, signal, socket, sys
notify_at, times, watchdog, listens = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4].split(',')
command = sys.argv[5:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind('\\0' + notify_at[1:] if notify_at[0] == '@' else notify_at)
sockets = []
for path in [one for one in listens if one]:
    one = socket.socket(socket.AF_UNIX); one.bind(path); one.listen(4096); sockets.append(one)
def fds_of(ancillary):
    import array
    for level, kind, data in ancillary:
        if kind == socket.SCM_RIGHTS:
            for fd in array.array('i', data[:len(data) // 4 * 4]): os.close(fd)
def start():
    pid = os.fork()
    if pid: return pid
    for n, one in enumerate(sockets): os.dup2(one.fileno(), 100 + n)
    for n in range(len(sockets)):
        os.dup2(100 + n, 3 + n); os.set_inheritable(3 + n, True); os.close(100 + n)
    os.environ.update(NOTIFY_SOCKET=notify_at)
    if sockets: os.environ.update(LISTEN_FDS=str(len(sockets)), LISTEN_PID=str(os.getpid()))
    if watchdog != '0': os.environ.update(WATCHDOG_USEC=watchdog, WATCHDOG_PID=str(os.getpid()))
    os.execvp(command[0], command)
code = 0
notify.settimeout(0.05)
for turn in range(times):
    pid = start()
    print('PID %d' % pid, flush=True)
    while True:
        try:
            data, ancillary, _, _ = notify.recvmsg(4096, 1024)
            fds_of(ancillary)
            if data != b'BARRIER=1': print('SAID ' + data.decode(), flush=True)
        except (socket.timeout, TimeoutError):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 99
                print('ENDED %d' % code, flush=True)
                break
sys.exit(code)
`

export type SystemdPlan = {
  /** Where it listens for messages; `@name` is an abstract socket. */
  notify: string
  /** Unix sockets that it opens. */
  listen?: readonly string[]
  watchdogMicros?: number
  /** How often it starts the gateway in all: it is started again when it ends. */
  starts?: number
}

/** For `spawnGateway`. */
export const underSystemd = ({
  notify,
  listen = [],
  watchdogMicros = 0,
  starts = 1,
}: SystemdPlan): SpawnExtras => ({
  wrap: (command) => [
    '/usr/bin/python3',
    '-c',
    program,
    notify,
    String(starts),
    String(watchdogMicros),
    listen.join(','),
    ...command,
  ],
})

/** Paths in a folder. */
export const paths = (folder: string, ...names: string[]): string[] => names.map((name) => join(folder, name))

// uWSGI's stats JSON, for uwsgitop and the exporters that read it. Pure: status in, uWSGI's schema out (core/stats.c).

import type { Status, WorkerStatus } from './status.ts'

/** What a stats client takes for uWSGI's version; uwsgitop wants 1.4 or later. */
const spokenVersion = '2.0.30'

export function uwsgiStats(status: Status, cwd: string, uid: number, gid: number): Record<string, unknown> {
  return {
    version: spokenVersion,
    'postern-version': status.version,
    listen_queue: status.queue.length,
    listen_queue_errors: status.requests.refused.queueFull ?? 0,
    signal_queue: 0,
    load: status.workers.reduce((sum, worker) => sum + worker.busyLanes, 0),
    pid: status.pid,
    uid,
    gid,
    cwd,
    locks: [],
    sockets: status.addresses.map((name) => ({
      name,
      proto: 'uwsgi',
      queue: status.queue.length,
      max_queue: status.queue.limit,
      shared: 0,
      can_offload: 0,
    })),
    workers: status.workers.map(workerStats),
  }
}

function workerStats(worker: WorkerStatus): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  const [running] = worker.running
  return {
    id: worker.id,
    pid: worker.pid,
    accepting: worker.state === 'ready' ? 1 : 0,
    requests: worker.requests,
    delta_requests: worker.requests,
    exceptions: worker.exceptions,
    harakiri_count: worker.harakiris,
    signals: 0,
    signal_queue: 0,
    status: worker.state === 'booting' || worker.state === 'ready' ? (running ? 'busy' : 'idle') : 'cheap',
    rss: worker.rssBytes,
    vsz: worker.asBytes,
    running_time: worker.runningMs * 1000,
    last_spawn: now - worker.ageSeconds,
    respawn_count: 1,
    tx: worker.bytesOut,
    avg_rt: Math.round(worker.averageMs * 1000),
    apps: [
      {
        id: 0,
        modifier1: 0,
        mountpoint: '',
        startup_time: 0,
        requests: worker.requests,
        exceptions: worker.exceptions,
        chdir: '',
      },
    ],
    cores: Array.from({ length: worker.lanes }, (_, id) => ({
      id,
      requests: id === 0 ? worker.requests : 0,
      static_requests: 0,
      routed_requests: 0,
      offloaded_requests: 0,
      write_errors: 0,
      read_errors: 0,
      in_request: id < worker.busyLanes ? 1 : 0,
      vars: [],
      req_info: running
        ? {
            request_start: now - Math.round(running.ms / 1000),
            request_method: running.method,
            request_uri: running.uri,
          }
        : {},
    })),
  }
}

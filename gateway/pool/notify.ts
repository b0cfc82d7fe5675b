// What the service manager is told when no template is there to say it: a small Python program of its own.
// Knows how to start it; what is said is the callers' business.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { workerPackage } from './template.ts'

/** sd_notify without a template. Nobody waits for it, and nothing depends on its success. */
export function notifyAlone(python: string, text: string): void {
  if (process.env.NOTIFY_SOCKET === undefined) return
  const program = join(workerPackage(), 'postern_worker', 'notify.py')
  const child = spawn(python, [program, text], { stdio: ['ignore', 'ignore', 'inherit'] })
  child.on('error', () => {}) // without an interpreter there are worse problems
  child.unref()
}

// The `zstd` command as a compressor of buffers. Starting a process costs more than most files: whatever is asked for
// while one runs goes to the next together.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Asked = { bytes: Buffer; done: (packed: Buffer) => void; fail: (error: unknown) => void }

/** Files for one process. */
const batchLimit = 256

export class ZstdCommand {
  readonly #path: string
  readonly #level: number
  readonly #waiting: Asked[] = []
  #isRunning = false

  constructor(path: string, level: number) {
    this.#path = path
    this.#level = level
  }

  compress(bytes: Buffer): Promise<Buffer> {
    return new Promise((done, fail) => {
      this.#waiting.push({ bytes, done, fail })
      if (!this.#isRunning) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#isRunning = true
    // Whoever asks in this turn of the event loop belongs to the first batch.
    await new Promise((turned) => setImmediate(turned))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchLimit)
      try {
        const packed = await this.#pack(batch.map(({ bytes }) => bytes))
        for (const [index, { done }] of batch.entries()) done(packed[index] as Buffer)
      } catch (error) {
        for (const { fail } of batch) fail(error)
      }
    }
    this.#isRunning = false
  }

  async #pack(files: Buffer[]): Promise<Buffer[]> {
    const folder = await mkdtemp(join(tmpdir(), 'postern-zstd-'))
    try {
      const names = files.map((_, index) => String(index))
      await Promise.all(names.map((name, index) => writeFile(join(folder, name), files[index] as Buffer)))
      const child = spawn(this.#path, [`-${this.#level}`, '-q', '--', ...names], {
        cwd: folder,
        stdio: 'ignore',
      })
      const code = await new Promise((ended, fail) => child.once('close', ended).once('error', fail))
      if (code !== 0) throw new Error(`${this.#path} ended with ${code}`)
      return await Promise.all(names.map((name) => readFile(join(folder, `${name}.zst`))))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

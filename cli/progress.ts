// One line of a terminal that counts while something takes long, and is gone afterwards. Nothing for files and pipes.

type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>

export type Progress = {
  step: (step: { done: number; total: number }) => void
  /** Takes the line away. */
  end: () => void
}

/** What is done by then needs no line. */
const patienceMs = 300
/** More often than this nobody reads. */
const everyMs = 50

export function progressLine(
  what: string,
  screen: Screen = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  const started = now()
  let last = Number.NEGATIVE_INFINITY
  return {
    step: ({ done, total }) => {
      const at = now()
      if (!screen.isTTY || at - started < patienceMs || at - last < everyMs) return
      last = at
      screen.write(`\r\x1b[K${what} ${done}/${total}`)
    },
    end: () => {
      if (last > Number.NEGATIVE_INFINITY) screen.write('\r\x1b[K')
      last = Number.NEGATIVE_INFINITY
    },
  }
}

/** For builds: hands `work` what to call, and clears the line whatever comes of it. */
export async function whileCompressing<T>(work: (step: Progress['step']) => Promise<T>): Promise<T> {
  const line = progressLine('postern: compressing static files')
  try {
    return await work(line.step)
  } finally {
    line.end()
  }
}

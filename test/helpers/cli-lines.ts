// Many command lines in one process, for what only prints: starting Node.js for each would cost a second each.
// `[["--help"], ["check", "--help"]]` as the first argument; an array of { code, out, err } on standard output.
import { main } from '../../cli/main.ts'

const results: { code: number; out: string; err: string }[] = []
const write = process.stdout.write.bind(process.stdout)

for (const argv of JSON.parse(process.argv[2] as string) as string[][]) {
  const ran = { code: 0, out: '', err: '' }
  process.stdout.write = (text: string | Uint8Array) => {
    ran.out += text
    return true
  }
  process.stderr.write = (text: string | Uint8Array) => {
    ran.err += text
    return true
  }
  process.exitCode = 0
  ran.code = await main(argv)
  results.push(ran)
}
process.exitCode = 0
write(JSON.stringify(results))

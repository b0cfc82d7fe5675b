// The entry of the command line: the file that is bundled and that bin/postern.mjs imports.
import { run } from './main.ts'

await run()

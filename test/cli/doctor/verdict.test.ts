// The doctor's last line says what the marks above it say.
import { rmSync } from 'node:fs'
import test from 'ava'
import { runLines } from '../../helpers/cli.ts'
import { tempFolder } from '../../helpers/nginx.ts'
import { writeFiles } from '../../helpers/site.ts'

const conf = (lines: string): string =>
  `worker_processes auto;\nerror_log stderr;\nevents {}\nhttp { server_tokens off; server { listen 8080; ${lines} } }\n`

test('the verdict is about the worst mark there is', (t) => {
  const folder = tempFolder('doctor')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, {
    'well.conf': conf('return 204;'),
    'doubt.conf': conf('merge_slashes off; return 204;'),
    'wrong.conf': conf('root /nowhere/at/all;'),
  })
  const names = ['well', 'doubt', 'wrong']
  const [well, doubt, wrong] = runLines(
    names.map((name) => ['doctor', '--conf', `${name}.conf`]),
    folder,
  )
  t.regex(well?.out ?? '', /\nAll is well\.\n$/)
  t.regex(doubt?.out ?? '', / \?\? .*merge-slashes-off/)
  t.regex(doubt?.out ?? '', /\nNothing is wrong for certain; the lines marked \?\? may want a look\.\n$/)
  t.notRegex(doubt?.out ?? '', /^ {2}no /m)
  t.regex(wrong?.out ?? '', /^ {2}no [\s\S]*The lines marked no want your attention first\.\n$/m)
  t.deepEqual([well?.code, doubt?.code, wrong?.code], [0, 1, 1])
})

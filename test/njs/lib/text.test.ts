// Text that a client has made up, on the engines that keep it as bytes.

import { join } from 'node:path'
import test from 'ava'
import { compileNjs } from '../../../generate/njs/compile.ts'
import { cleanHeader } from '../../../njs/lib/headers.ts'
import { encodePath, encodeUrl, wellFormed } from '../../../njs/lib/text.ts'
import { njsOrSkip, runNjs } from '../../helpers/njs.ts'

test('what is UTF-8 stays, what is none becomes U+FFFD', (t) => {
  t.is(wellFormed('a/é€😀'), 'a/é€😀')
  t.is(wellFormed('a\ud800b'), 'a\ufffdb')
  t.is(encodeUrl('/ä b%20"\\?x=1#y'), '/%C3%A4%20b%20%22%5C?x=1#y')
  t.is(encodePath('/ä b%20?x'), '/%C3%A4%20b%2520%3Fx')
})

test('bytes of a client, and what was captured of them, go through without a throw in njs', async (t) => {
  if (!njsOrSkip(t)) return
  // What nginx hands to a script of njs 0.7; later engines have no such strings any more.
  const code = `
import { cleanHeader } from './lib/headers.ts'
import { encodePath, encodeUrl, wellFormed } from './lib/text.ts'
export default {
  run() {
    const make = (String as unknown as { bytesFrom?: (bytes: number[]) => string }).bytesFrom
    const said: string[] = []
    for (const bytes of [[0x42, 0x20, 0xff, 0xc3, 0xa9], [0x42, 0x20, 0xc3, 0x41], [0x42, 0x20, 0x41, 0xe2, 0x82]]) {
      const sent = make ? make(bytes) : Buffer.from(new Uint8Array(bytes)).toString()
      const clean = wellFormed(sent)
      const again = /^B ([^ ]+)$/.exec(clean)
      const raw = /^B ([^ ]+)$/.exec(sent)
      const captured = raw ? String(raw[1]) : ''
      said.push(String(/^[A-Z]+$/.test(again ? String(again[1]) : '')), encodePath(clean), encodeUrl(captured).slice(0, 1), cleanHeader(captured).slice(0, 0))
    }
    console.log('said ' + said.join(' '))
  },
}`
  const made = await compileNjs({
    entries: [{ name: 'cases', code, resolveDir: join(import.meta.dirname, '../../../njs') }],
    target: 'njs-0.8', // the command has a console
    engine: false,
  })
  t.deepEqual(made.problems, [])
  const out = runNjs(made.files.get('cases.js') as string)
  t.regex(out, /said false B%20%EF%BF%BD%C3%A9 % {2}false B%20%EF%BF%BDA % {2}false B%20A%EF%BF%BD A/)
})

test('a header value is one line of valid text', (t) => {
  t.is(cleanHeader('a\r\nb\x00\tc\ud800'), 'a b \tc\ufffd')
})

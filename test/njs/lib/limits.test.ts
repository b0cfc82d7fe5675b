// The limits of what a client sends, at the limit and one past it.

import { createHmac } from 'node:crypto'
import test from 'ava'
import { isCompressible, largestBytes, smallestBytes } from '../../../generate/assets/compress.ts'
import { checkJwt } from '../../../njs/lib/jwt.ts'
import { parseWeighted } from '../../../njs/lib/quality.ts'
import { acceptId } from '../../../njs/lib/trace.ts'

test('an Accept header counts to thirty-two', (t) => {
  const list = (length: number) => Array.from({ length }, (_, i) => `x${i}`).join(',')
  t.is(parseWeighted(list(32)).length, 32)
  t.is(parseWeighted(list(33)).length, 32)
})

test('a token has at most 8192 characters', (t) => {
  const secret = 'x'.repeat(32)
  const token = (length: number): string => {
    const header = Buffer.from('{"alg":"HS256"}').toString('base64url')
    // 43 characters of signature, two dots; the claims are padded to fit.
    const room = length - header.length - 45
    const claims = `{"exp":9999999999,"sub":"a"}`
    const padded = Buffer.from(claims.padEnd(Math.floor((room * 3) / 4))).toString('base64url')
    const signed = `${header}.${padded}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  }
  const judge = (text: string) => checkJwt(text, { secret, leeway: 0 }, 0)
  const [fits, long] = [token(8192), token(8194)]
  t.true(fits.length <= 8192 && fits.length > 8188 && long.length > 8192)
  t.true(judge(fits).ok)
  t.is(judge(long).why, 'malformed')
})

test('a request id has 8 to 64 harmless characters', (t) => {
  t.is(acceptId('a'.repeat(7)), '')
  t.is(acceptId('a'.repeat(8)), 'a'.repeat(8))
  t.is(acceptId('a'.repeat(64)), 'a'.repeat(64))
  t.is(acceptId('a'.repeat(65)), '')
  t.is(acceptId('-aaaaaaaa'), '')
})

test('files are compressed from 256 bytes to 64 MiB', (t) => {
  t.false(isCompressible('a.css', smallestBytes - 1))
  t.true(isCompressible('a.css', smallestBytes))
  t.true(isCompressible('a.css', largestBytes))
  t.false(isCompressible('a.css', largestBytes + 1))
  t.false(isCompressible('a.png', 1000))
  for (const name of [
    'a.js',
    'a.svg',
    'a.json',
    'a.wasm',
    'a.js.map',
    'a.ttf',
    'a.html',
    'a.ico',
    'a.xml',
    'a.webmanifest',
  ]) {
    t.true(isCompressible(name, 1000), name)
  }
})

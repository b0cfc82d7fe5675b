// What a variable can hold at one place of a configuration, and whether the client chooses it.
import test from 'ava'
import { holds } from '../../../lint/model/chars.ts'
import { Model } from '../../../lint/model/model.ts'
import { readTree } from '../../../lint/model/statement.ts'
import { parse } from '../../helpers/lint.ts'

const taints = new Model(
  readTree(
    parse(`
  map $arg_a $mapped { default none; ~^(.+)$ $1; x y; }
  geo $where { default in; 10.0.0.0/8 out; }
  server {
    server_name ~^(?<sub>[a-z]+)\\.example\\.com$;
    set $fixed one; set $both $arg_q;
    location ~ ^/(?<part>[^/]+)/(a|b)$ { set $two $2; return 200; }
    location = /exact { return 201; }
    location /guard { if ($arg_g !~ "^(?:x|y)$") { return 403; } return 202; }
  }`),
  ),
  [1, 22, 1],
)
const at = (code: string) => taints.named('return').find((one) => one.arg === code)!
for (const [variable, code, client, newline] of [
  ['uri', '200', true, true],
  ['request_uri', '200', true, false],
  ['arg_x', '200', true, false],
  ['scheme', '200', false, false],
  ['fixed', '200', false, false],
  ['both', '200', true, false],
  ['mapped', '200', true, false],
  ['where', '200', false, false],
  ['part', '200', true, true],
  ['1', '200', true, true],
  ['2', '200', false, false],
  ['two', '200', false, false],
  ['sub', '200', true, false],
  ['uri', '201', false, false],
  ['arg_g', '202', false, false],
  ['nosuch', '200', false, false],
] as const) {
  // biome-ignore format: a table
  test(`$${variable} at ${code} is ${client ? '' : 'not '}the client’s and can ${newline ? '' : 'not '}hold a line end`, (t) => {
    const taint = taints.taint(variable, at(code))
    t.deepEqual([taint.client, taint.client && holds(taint.chars, '\n')], [client, newline])
  })
}

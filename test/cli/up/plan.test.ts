// What `postern up` tells to type: an address that is answered.
import test from 'ava'
import { planUp } from '../../../cli/up/plan.ts'
import { buildTemp } from '../../helpers/site.ts'

const answered: [site: object, lines: string[]][] = [
  [{ listen: [8000] }, ['http://localhost:8000']],
  [{ listen: [80] }, ['http://localhost']],
  [{ listen: ['[::1]:8000', '192.0.2.1:80'] }, ['http://[::1]:8000  http://192.0.2.1']],
  [{ listen: [8000], serverNames: ['.localhost', '127.0.0.1'] }, ['http://localhost:8000']],
  [{ listen: [8000], serverNames: ['shop.example'], unknownHosts: 'serve' }, ['http://localhost:8000']],
  [
    { listen: [8000], serverNames: ['.shop.example', 'other.example'] },
    [
      'http://shop.example:8000',
      'only its names are answered; on this machine: curl --resolve shop.example:8000:127.0.0.1 http://shop.example:8000/',
    ],
  ],
  [{ listen: ['192.0.2.1:80'], serverNames: ['shop.example'] }, ['http://shop.example']],
  [
    { listen: [8000], serverNames: ['shop.example'], tls: { certificate: 'c', key: 'k', listen: ['8443'] } },
    [
      'https://shop.example:8443',
      'only its names are answered; on this machine: curl --resolve shop.example:8443:127.0.0.1 https://shop.example:8443/',
    ],
  ],
  [{ listen: ['unix:/run/x.sock'], serverNames: ['shop.example'] }, ['unix:/run/x.sock']],
]

for (const [site, lines] of answered)
  test(`the address to type for ${JSON.stringify(site)}`, async (t) => {
    const { built } = await buildTemp(t, {
      nginx: { version: '1.26.3' },
      routes: [{ path: '/', respond: { body: 'x' } }],
      ...site,
    })
    const said = planUp(built).greeting.map((line) => line.trim())
    t.deepEqual(said.slice(1, said.indexOf('', 1)), lines)
  })

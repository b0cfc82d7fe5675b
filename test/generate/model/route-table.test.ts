import test from 'ava'
import { site } from '../../../config/schema/site.ts'
import { unaskedRoutes } from '../../../generate/model/route-table.ts'

const config = (more: object) =>
  site.parse({
    routes: [
      { name: 'beta', path: '/static/beta.js', cookies: { beta: true }, respond: { body: 'x' } },
      { name: 'plain', path: '/static/plain.js', respond: { body: 'x' } },
      { name: 'any', query: { x: true }, respond: { body: 'x' } },
    ],
    ...more,
  })
const app = { kind: 'wsgi', module: 'a' }

test('a route that nothing asks for is named', (t) => {
  t.deepEqual(unaskedRoutes(config({ app }), []), [])
  t.deepEqual(unaskedRoutes(config({}), [{ at: '/' }]), [])
  t.deepEqual(unaskedRoutes(config({ app }), [{ at: '/static/' }]), [
    'route beta has no effect: /static/beta.js lies in the static folder /static/, which nginx serves without asking',
  ])
  t.deepEqual(
    unaskedRoutes(config({}), [{ at: '/static/' }]).map((note) => note.slice(0, 27)),
    ['route beta has no effect: i', 'route any has no effect: it'],
  )
})

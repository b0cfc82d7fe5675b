import test from 'ava'
import { gatewayOptions } from '../../gateway/options.ts'
import { unknownToUs } from '../../uwsgi/fates/rest.ts'
import { areas, fateOf } from '../../uwsgi/fates.ts'
import { optionNames } from '../../uwsgi/option-names.ts'

test('every option name of uWSGI has a fate with a sentence', (t) => {
  for (const name of optionNames.keys()) {
    const fate = fateOf(name)
    t.truthy(fate, name)
    t.true(fate?.doc !== '' || fate.option !== undefined, name)
  }
})

test('every row of the tables is an option name of uWSGI', (t) => {
  const strangers = Object.values(areas)
    .flatMap((rows) => Object.keys(rows))
    .filter((name) => !optionNames.has(name))
  t.deepEqual(strangers, [])
})

test('every option a fate names exists in the gateway', (t) => {
  for (const name of optionNames.keys()) {
    const option = fateOf(name)?.option
    if (option !== undefined) t.true(Object.hasOwn(gatewayOptions.shape, option), `${name} -> ${option}`)
  }
})

test('few names fall through to the general answer', (t) => {
  const fallen = [...optionNames.keys()].filter((name) => fateOf(name) === unknownToUs)
  t.true(fallen.length < 60, fallen.join(' '))
})

test('what is refused says what to do instead', (t) => {
  const silent = [...optionNames.keys()].filter((name) => {
    const fate = fateOf(name)
    return fate?.kind === 'refused' && fate.instead === undefined
  })
  t.true(silent.length < 12, silent.join(' '))
})

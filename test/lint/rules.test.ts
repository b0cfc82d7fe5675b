// Every rule's own examples, both ways; the fix of a bad one leaves nothing to say.
import test from 'ava'
import { applyEdits } from '../../lint/fix.ts'
import { rules } from '../../lint/rules.generated.ts'
import { lintExample, lintText } from '../helpers/lint.ts'

for (const rule of rules) {
  test(`${rule.name} finds its bad examples and nothing in its good ones`, (t) => {
    t.true(rule.bad.length > 0 && rule.good.length > 0)
    for (const example of rule.bad) {
      const findings = lintExample(example, [rule])
      t.true(findings.length > 0, `missed: ${JSON.stringify(example)}`)
      t.true(findings.every((one) => one.message !== '' && one.help !== '' && one.line > 0))
    }
    for (const example of rule.good)
      t.deepEqual(
        lintExample(example, [rule]).map((one) => one.message),
        [],
        JSON.stringify(example),
      )
  })

  if (rule.fixable) {
    test(`${rule.name}: a fixed example has nothing left to fix`, (t) => {
      let fixed = 0
      for (const example of rule.bad) {
        const text = typeof example === 'string' ? example : example.conf
        const nginx = typeof example === 'string' ? '1.22.1' : example.nginx
        const edits = lintText(text, [rule], nginx).flatMap((one) => one.fix ?? [])
        if (edits.length === 0) continue
        fixed++
        const after = applyEdits(text, edits)
        t.not(after, text)
        t.deepEqual(
          lintText(after, [rule], nginx).filter((one) => one.fix !== undefined),
          [],
          after,
        )
      }
      t.true(fixed > 0, 'no example shows the fix')
    })
  }
}

test('rule names are kebab case, unique and sorted', (t) => {
  const names = rules.map((rule) => rule.name)
  t.deepEqual(names, [...new Set(names)].sort())
  t.deepEqual(
    names.filter((name) => !/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/.test(name)),
    [],
  )
})

// The four forms of a report, over one set of findings.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'ava'
import { githubReport } from '../../../lint/report/github.ts'
import { jsonReport } from '../../../lint/report/json.ts'
import { sarifReport } from '../../../lint/report/sarif.ts'
import { textReport } from '../../../lint/report/text.ts'
import { rules } from '../../../lint/rules.generated.ts'
import { lintExample, lintText } from '../../helpers/lint.ts'

const conf = 'server {\n  location /static { alias /srv/static/; }\n  return 301 https://$host$uri;\n}\n'
const findings = lintText(
  conf,
  rules.filter((rule) => ['alias-traversal', 'http-splitting'].includes(rule.name)),
)

test('text shows place, message, the line with a mark under it, and what to do', (t) => {
  const text = textReport(findings, () => conf)
  t.true(text.includes('test.conf:2:28 error alias-traversal: /static../'))
  t.true(
    text.includes(
      '> 2 |   location /static { alias /srv/static/; }\n      |                            ^^^^^^^^^^^^',
    ),
  )
  t.true(text.includes('help: end the location with a slash'))
  t.true(text.endsWith('2 errors; --fix repairs 2; postern explain <rule> says more\n'))
})

test('text without findings says so', (t) =>
  t.is(
    textReport([], () => undefined, undefined, 2),
    'no findings, 2 silenced\n',
  ))

test('JSON is an array of findings with the promised fields', (t) => {
  const [one] = JSON.parse(jsonReport(findings))
  t.deepEqual(Object.keys(one), [
    'file',
    'line',
    'column',
    'endLine',
    'endColumn',
    'rule',
    'severity',
    'confidence',
    'message',
    'help',
    'fix',
  ])
  t.deepEqual(
    [one.file, one.line, one.column, one.endLine, one.endColumn, one.rule],
    ['test.conf', 2, 28, 2, 40, 'alias-traversal'],
  )
})

test('GitHub annotations escape what would end them', (t) => {
  const [one] = findings
  const line = githubReport([{ ...one!, file: 'a,b:c.conf', message: '100 %\nmore' }])
  t.is(
    line,
    `::error file=a%2Cb%3Ac.conf,line=2,endLine=2,col=28,endColumn=40,title=alias-traversal::100 %25%0Amore%0A${one?.help}\n`,
  )
})

test('SARIF holds to the schema, with every finding, its rule and its fix', (t) => {
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../fixtures/sarif-2.1.0-used.schema.json'), 'utf8'),
  )
  const log = JSON.parse(sarifReport(findings, rules, '0.1.0'))
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  const valid = ajv.validate(schema, log)
  t.true(valid, ajv.errorsText())
  const [run] = log.runs
  t.is(run.results.length, 2)
  for (const result of run.results) {
    t.is(run.tool.driver.rules[result.ruleIndex].id, result.ruleId)
    const [edit] = result.fixes[0].artifactChanges[0].replacements
    t.true(conf.slice(edit.deletedRegion.charOffset).length > 0 && edit.insertedContent.text !== '')
  }
})

test('SARIF holds to the official schema, whatever the report is about', (t) => {
  // The schema as Microsoft's SARIF SDK ships it: draft 4, and one pattern that only the older regexes allow.
  const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/package.json')
  const {
    $schema: _draft,
    id: _id,
    ...schema
  } = JSON.parse(readFileSync(join(path, '../lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'))
  const ajv = new Ajv2020({ strict: false, validateFormats: false, unicodeRegExp: false })
  const holds = ajv.compile(schema)
  const everything = rules.flatMap((rule) => rule.bad.flatMap((example) => lintExample(example, [rule])))
  for (const said of [findings, [], everything])
    t.true(holds(JSON.parse(sarifReport(said, rules, '0.1.0'))), ajv.errorsText(holds.errors))
  t.false(holds({ version: '2.1.0', runs: [{ results: [] }] }))
})

test('SARIF names files as URIs', (t) => {
  const log = JSON.parse(sarifReport([{ ...findings[0]!, file: '/etc/nginx/a b#c.conf' }], rules, '0'))
  t.is(log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri, '/etc/nginx/a%20b%23c.conf')
})

// Variables, placeholders, conditions, other files and XML: what is told when they do not hold.
import test from 'ava'
import { PosternError } from '../../../errors.ts'
import { readConfiguration } from '../../../uwsgi/read.ts'
import { translate } from '../../../uwsgi/translate.ts'
import { app, read, told, world } from '../../helpers/translate.ts'

test('an unset variable is told with its line', (t) => {
  const [first] = told(read([...app, 'chdir = $(NO_SUCH_VARIABLE)']))
  t.is(
    first,
    '4 error UWSGI_ENV_UNSET: chdir needs the environment variable NO_SUCH_VARIABLE, which is not set',
  )
})

test('a variable may have a default', (t) => {
  t.is(read([...app, 'processes = $(NO_SUCH_VARIABLE:-3)']).options?.processes, 3)
})

test('a shell’s own $(…) in a command stays', (t) => {
  t.deepEqual(read([...app, 'exec-asap = echo $(date) $(HOMEX)']).options?.['exec-asap'], [
    'echo $(date) $(HOMEX)',
  ])
})

test('commands while reading need permission', (t) => {
  t.regex(told(read([...app, 'procname = @(exec://echo hi)']))[0] ?? '', /UWSGI_AT_FORBIDDEN/)
  t.is(read(['allow-exec = true', ...app, 'procname = @(exec://echo hi)']).options?.procname, 'hi')
})

test('placeholders that contain each other are told', (t) => {
  t.regex(told(read([...app, 'a = %(b)', 'b = %(a)', 'chdir = %(a)']))[0] ?? '', /UWSGI_PLACEHOLDER_CYCLE/)
})

test('nested logic is told at its line', (t) => {
  t.throws(() => read(['if-env = A', 'if-env = B']), { message: /logic does not nest/ })
})

test('else turns a condition around', (t) => {
  const { options } = read([
    ...app,
    'if-env = NO_SUCH_VARIABLE',
    'processes = 2',
    'else',
    'processes = 3',
    'endif',
  ])
  t.is(options?.processes, 3)
})

test('XML that is none is told with its place', (t) => {
  const error = t.throws(() => readConfiguration(['a.xml'], world('<uwsgi>\n<a>1</b>\n</uwsgi>')), {
    instanceOf: PosternError,
  })
  t.is(error?.code, 'UWSGI_FILE_SYNTAX')
  t.is(error?.place?.line, 2)
  t.throws(() => readConfiguration(['a.xml:z'], world('<all><uwsgi id="y"/></all>')), {
    message: 'there is no [z] section, only [uwsgi] [y]',
  })
  const several =
    '<all><uwsgi id="x"><threads>1</threads></uwsgi><uwsgi id="y"><threads>2</threads></uwsgi></all>'
  const threads = (name: string) => readConfiguration([name], world(several)).entries.at(-1)?.value
  t.deepEqual([threads('a.xml'), threads('a.xml:y')], ['1', '2'])
  const bomb = '<!DOCTYPE a [<!ENTITY x SYSTEM "/etc/passwd">]><uwsgi><module>&x;</module></uwsgi>'
  t.throws(() => readConfiguration(['a.xml'], world(bomb)), { message: /not valid XML/ })
})

test('an XML element has its place, also behind blank lines', (t) => {
  const { problems } = translate(
    readConfiguration(['a.xml'], world('\n\n<uwsgi>\n  <vaccum/></uwsgi>')),
    '/srv',
  )
  t.like(problems[0]?.error.place, { line: 4, column: 3 })
})

test('a section that is not there is told with those that are', (t) => {
  const text = '[uwsgi-production]\nmodule = a\n'
  t.throws(() => readConfiguration(['--ini', 'a.ini'], world(text)), {
    message: 'there is no [uwsgi] section, only [uwsgi-production]',
  })
})

test('a file that includes itself is told', (t) => {
  t.throws(() => readConfiguration(['--ini', 'a.ini'], world('[uwsgi]\nini = a.ini\n')), {
    message: /more than 32 files deep/,
  })
})

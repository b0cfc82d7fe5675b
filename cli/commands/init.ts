// `postern init`: looks at a project, says what it found, writes postern.config.ts. Asks before writing unless told not to.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { PosternError } from '../../errors.ts'
import { examples, note, say } from '../print.ts'

type Fields = import('../init/from-nginx.ts').FromNginx['site']
type PasswordPlan = import('../password-files.ts').PasswordPlan
type Options = { yes?: boolean; force?: boolean; print?: boolean }

export function register(program: Command): void {
  program
    .command('init')
    .description('look at a project (Django, Flask, WSGI, uwsgi.ini, nginx.conf) and write its site file')
    .argument('[folder]', 'the project', '.')
    .option('-y, --yes', 'ask nothing')
    .option('--print', 'only show what would be written')
    .option('--force', 'replace a site file that is there')
    .addHelpText(
      'after',
      examples([
        ['postern init', 'says what it found and asks'],
        ['postern init --yes shop', 'another folder, no questions'],
      ]),
    )
    .action(async (given: string, options: Options) => {
      const folder = resolve(given)
      const path = join(folder, 'postern.config.ts')
      const { siteFileNames } = await import('../../config/load.ts')
      const there = siteFileNames.map((name) => join(folder, name)).find(existsSync)
      if (there && !options.force && !options.print) throw new PosternError('INIT_EXISTS', { path: there })
      const { text, said, passwords } = await draft(folder)
      for (const line of said) note(line)
      if (options.print) return say(text)
      if (!options.yes && !(await agreed(text, path))) return note('nothing written')
      for (const file of passwords?.paths ?? [])
        if (existsSync(file) && !options.force) throw new PosternError('MIGRATE_EXISTS', { path: file })
      passwords?.write()
      writeFileSync(path, text)
      for (const file of [path, ...(passwords?.paths ?? [])]) note(`wrote ${relative(process.cwd(), file)}`)
      for (const words of passwords?.notes ?? []) note(words)
      note('next: `postern up` serves the site here; `postern build` writes out/ for nginx')
    })
}

type Drafted = { text: string; said: string[]; passwords?: PasswordPlan }

async function draft(folder: string): Promise<Drafted> {
  const { lookAt } = await import('../init/look.ts')
  const look = lookAt(folder)
  const conf = look.nginx[0]
  const { server } = look
  const said = [
    ...(look.app ? [`found ${look.app.said}`] : []),
    ...(look.uwsgi ? [`found uWSGI’s configuration: ${look.uwsgi}`] : []),
    ...look.nginx.map((name) => `found nginx’s configuration: ${name}${name === conf ? '' : ' (not taken)'}`),
    ...(server ? [`found how it is started: ${server.file}`] : []),
    ...(look.home ? [`found a virtualenv: ${look.home}/`] : []),
    ...(look.env ? [`found variables that the settings ask for: ${look.env}`] : []),
    ...look.notes,
  ]
  const { readNginx } = await import('../init/from-nginx.ts')
  const nginx = conf === undefined ? undefined : readNginx(readFileSync(join(folder, conf), 'utf8'))
  if (nginx && nginx.left.length > 0) {
    said.push(`not taken over from ${conf}: ${nginx.left.length} lines, named in the site file`)
  }
  const { comments, writeSite } = await import('../init/site-file.ts')
  if (look.uwsgi !== undefined) {
    const notes = comments({ app: undefined, nginx, notes: look.notes })
    return { ...(await fromUwsgi(folder, look.uwsgi, nginx?.site ?? {}, notes)), said }
  }
  if (!look.app && !nginx?.site.static) throw new PosternError('INIT_NOTHING', { folder })
  if (nginx && !look.app && nginx.app)
    said.push(`the application of ${conf} was behind ${nginx.app}: name it with app`)
  return { text: writeSite({ ...look, nginx }), said }
}

/** The same as `postern migrate`, without its report; nginx's own words are added. */
async function fromUwsgi(folder: string, name: string, more: Fields, notes: string[]) {
  const { readConfiguration } = await import('../../uwsgi/read.ts')
  const { translate } = await import('../../uwsgi/translate.ts')
  const { realWorld } = await import('../../uwsgi/world.ts')
  const { writeSiteFile } = await import('../../uwsgi/site-file.ts')
  const { planPasswords } = await import('../password-files.ts')
  const disk = realWorld()
  const configuration = readConfiguration([join(folder, name), '--no-strict'], disk)
  configuration.entries = configuration.entries.filter(({ key }) => key !== 'no-strict')
  const translation = translate(configuration, folder, { lenient: true })
  const project = translation.draft.chdir ?? folder
  note(`\`postern migrate ${name}\` also writes a report of every line’s fate`)
  const django = existsSync(join(project, 'manage.py'))
  const text = writeSiteFile(translation, { folder, django, source: name, more, disk })
  return {
    text: text.replace('export default', () => [...notes, 'export default'].join('\n')),
    passwords: planPasswords(translation.draft.site, folder, name),
  }
}

async function agreed(text: string, path: string): Promise<boolean> {
  say(text)
  if (!process.stdin.isTTY) {
    throw new PosternError('CLI_BAD_USAGE', {
      problem: 'there is nobody to ask',
      remedy: '--yes writes it without asking',
    })
  }
  const asked = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await asked.question(`write ${path}? [Y/n] `)
  asked.close()
  return !/^n/i.test(answer.trim())
}

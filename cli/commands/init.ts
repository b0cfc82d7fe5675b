// `postern init`: looks at a project, says what it found, writes postern.config.ts. Asks before writing unless told not to.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { PosternError } from '../../errors.ts'
import { examples, note, say } from '../print.ts'

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
      const { text, said } = await draft(folder)
      for (const line of said) note(line)
      if (options.print) return say(text)
      if (!options.yes && !(await agreed(text, path))) return note('nothing written')
      writeFileSync(path, text)
      note(`wrote ${relative(process.cwd(), path) || path}`)
      note('next: `postern up` serves the site here; `postern build` writes out/ for nginx')
    })
}

async function draft(folder: string): Promise<{ text: string; said: string[] }> {
  const { lookAt } = await import('../init/look.ts')
  const look = lookAt(folder)
  const said = [
    ...(look.app ? [`found ${look.app.said}`] : []),
    ...(look.uwsgi ? [`found uWSGI’s configuration: ${look.uwsgi}`] : []),
    ...look.nginx.map((name) => `found nginx’s configuration: ${name}`),
    ...(look.home ? [`found a virtualenv: ${look.home}/`] : []),
  ]
  if (look.uwsgi !== undefined) return { text: await fromUwsgi(folder, look.uwsgi), said }
  const { readNginx } = await import('../init/from-nginx.ts')
  const conf = look.nginx[0]
  const nginx = conf === undefined ? undefined : readNginx(readFileSync(join(folder, conf), 'utf8'))
  if (!look.app && (!nginx || nginx.folders.length === 0)) throw new PosternError('INIT_NOTHING', { folder })
  if (nginx && !look.app && nginx.app)
    said.push(`the application of ${conf} was behind ${nginx.app}: name it with app`)
  const { writeSite } = await import('../init/site-file.ts')
  return { text: writeSite({ app: look.app, nginx, home: look.home }), said }
}

/** The same as `postern migrate`, without its report. */
async function fromUwsgi(folder: string, name: string): Promise<string> {
  const { readConfiguration } = await import('../../uwsgi/read.ts')
  const { translate } = await import('../../uwsgi/translate.ts')
  const { realWorld } = await import('../../uwsgi/world.ts')
  const { writeSiteFile } = await import('../../uwsgi/site-file.ts')
  const configuration = readConfiguration([join(folder, name), '--no-strict'], realWorld())
  configuration.entries = configuration.entries.filter(({ key }) => key !== 'no-strict')
  const translation = translate(configuration, folder, { lenient: true })
  const project = translation.draft.chdir ?? folder
  note(`\`postern migrate ${name}\` also writes a report of every line’s fate`)
  return writeSiteFile(translation, { folder, django: existsSync(join(project, 'manage.py')), source: name })
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

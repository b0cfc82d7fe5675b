// postern migrate: a configuration of uWSGI -> postern.config.ts and a report of every line's fate.

import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { PosternError } from '../../errors.ts'
import { examples, note, say } from '../print.ts'
import { printProblems } from '../problems.ts'

type Options = { output: string; report: string; print?: boolean; force?: boolean }

export function register(program: Command): void {
  program
    .command('migrate')
    .description('write a site file and a report from a configuration of uWSGI')
    .argument(
      '<configuration...>',
      'uwsgi.ini, uwsgi.ini:section, uwsgi.xml, a YAML or JSON file; more options after --',
    )
    .option('-o, --output <file>', 'the site file to write', 'postern.config.ts')
    .option('--report <file>', 'the report to write', 'uwsgi-migration.md')
    .option('--print', 'print the site file instead of writing anything')
    .option('--force', 'replace files that are there')
    .addHelpText(
      'after',
      examples([
        ['postern migrate uwsgi.ini', 'writes postern.config.ts and uwsgi-migration.md'],
        ['postern migrate uwsgi.ini:production --print', 'only shows the site file'],
        ['postern migrate deploy/uwsgi.yaml -o deploy/postern.config.ts', 'beside the old file'],
      ]),
    )
    .action(async (words: string[], options: Options) => {
      const { readConfiguration } = await import('../../uwsgi/read.ts')
      const { translate } = await import('../../uwsgi/translate.ts')
      const { realWorld } = await import('../../uwsgi/world.ts')
      const { writeSiteFile } = await import('../../uwsgi/site-file.ts')
      const { planPasswords } = await import('../password-files.ts')
      const { lostInSite, siteFolders } = await import('../../uwsgi/site-folders.ts')
      const { writeReport } = await import('../../uwsgi/report.ts')
      const world = realWorld()
      const configuration = readConfiguration([...words, '--no-strict'], world)
      configuration.entries = configuration.entries.filter(({ key }) => key !== 'no-strict')
      const translation = translate(configuration, world.cwd, { lenient: true })
      const output = resolve(options.output)
      const project = translation.draft.chdir ?? world.cwd
      const source = words.join(' ')
      const site = writeSiteFile(translation, {
        folder: dirname(output),
        django: existsSync(join(project, 'manage.py')),
        source,
        disk: world,
      })
      const keys = translation.outcomes.map(({ entry }) => entry.key)
      for (const text of [...lostInSite(keys), ...siteFolders(translation.draft, world).notes]) {
        const error = new PosternError('UWSGI_NOTE', { text })
        translation.problems.push({ severity: 'warning', error })
      }
      if (options.print) return say(site)
      const report = resolve(options.report)
      const passwords = planPasswords(translation.draft.site, dirname(output), source)
      const paths = [output, report, ...passwords.paths]
      for (const path of paths) {
        if (existsSync(path) && !options.force) throw new PosternError('MIGRATE_EXISTS', { path })
      }
      printProblems(translation.problems, { notes: false })
      writeFileSync(output, site)
      writeFileSync(report, writeReport(translation, source))
      passwords.write()
      const written = paths.map((path) => relative(world.cwd, path))
      note(`wrote ${written.slice(0, -1).join(', ')} and ${written.at(-1)}`)
      for (const text of passwords.notes) note(text)
      note('next: look both over, then `postern build` and `postern up`')
    })
}

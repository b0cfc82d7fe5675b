// One table of what postern does with every option name of uWSGI. A name without a row of its own takes its alias's row,
// then its family's.

import type { Fate } from './fate.ts'
import { application } from './fates/application.ts'
import { binding } from './fates/binding.ts'
import { control } from './fates/control.ts'
import { logging } from './fates/logging.ts'
import { processesAndLimits } from './fates/processes.ts'
import { families, unknownToUs } from './fates/rest.ts'
import { routes } from './fates/routes.ts'
import { staticFiles } from './fates/static.ts'
import { optionNames } from './option-names.ts'

/** The rows by area, in the order of the documentation. */
export const areas: Record<string, Record<string, Fate>> = {
  'Where it listens': binding,
  'The application': application,
  'Processes and limits': processesAndLimits,
  'Reloading, control and companions': control,
  Logging: logging,
  'Static files': staticFiles,
  Routing: routes,
}

const rows: Record<string, Fate> = Object.assign({}, ...Object.values(areas))

/** undefined: no option of uWSGI. */
export function fateOf(name: string): Fate | undefined {
  const known = optionNames.get(name)
  if (known === undefined) return undefined
  if (Object.hasOwn(rows, name)) return rows[name]
  if (known.same && Object.hasOwn(rows, known.same)) return rows[known.same]
  return families.find(([pattern]) => pattern.test(name))?.[1] ?? unknownToUs
}

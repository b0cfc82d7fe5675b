// The formats a configuration may have: which option, or which name of a file, means which, and who reads it.

import { readIni } from './read-ini.ts'
import { readJson, readYaml } from './read-structured.ts'
import { readXml } from './read-xml.ts'

export type Format = 'ini' | 'yaml' | 'json' | 'xml'

/** Options that load a file at once, and how they read it; undefined: by the file's name. */
export const loaders: Record<string, Format | undefined> = {
  ini: 'ini',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  js: 'json',
  xml: 'xml',
  xmlconfig: 'xml',
  'ini-paste': 'ini',
  'ini-paste-logged': 'ini',
  include: undefined,
  config: undefined,
}

export const readers = { ini: readIni, yaml: readYaml, json: readJson, xml: readXml }

/** The format of a file by its name; undefined: none that is read. */
export function formatOf(path: string): Format | undefined {
  const [, extension] = /\.(ini|ya?ml|json|js|xml)$/.exec(path) ?? []
  if (extension === undefined) return undefined
  if (extension === 'ini' || extension === 'xml') return extension
  return extension.startsWith('y') ? 'yaml' : 'json'
}

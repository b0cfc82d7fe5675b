// What `postern doctor` was told. Loaded with every help text: knows nothing of what is done.

export type Options = {
  conf?: string
  django?: string
  settings?: string
  uwsgi?: string
  gateway?: string
  nginx?: string
  json?: boolean
}

export const DEFAULT_CONF = '/etc/nginx/nginx.conf'

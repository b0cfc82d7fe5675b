// Debian's frameworks, each with its small application: what the gateway is told to serve it, and what it says.

import { join } from 'node:path'

export const apps = join(import.meta.dirname, '../fixtures/uwsgi/apps')

export const frameworks = {
  flask: { options: { module: 'flask_app:app' }, greeting: 'Hello from Flask' },
  bottle: { options: { 'wsgi-file': 'bottle_app.wsgi' }, greeting: 'Hello from Bottle' },
  django: {
    options: { module: 'mysite.wsgi', chdir: join(apps, 'mysite') },
    greeting: 'Hello from Django at /',
  },
}

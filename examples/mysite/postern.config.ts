import { defineSite, django } from 'postern'

// Names, static files, uploads and the WSGI application come from Django's settings.
export default defineSite({
  listen: [8000],
  app: django({ project: '.' }),
  gateway: { processes: 2, threads: 4 },
  limits: { body: '1g' },
  health: '/-/health',
})

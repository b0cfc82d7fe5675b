// What is measured: one row a case. Data only.

import { type App, djangoApp, noApp, plainApp } from './servers.ts'

export type Case = {
  id: string
  title: string
  app: App
  path: string
  processes: number
  connections: number
  /** Bytes POSTed with each request. */
  upload?: number
  /** The mixed case: one request in so many goes to a page that sleeps 200 ms. */
  slowOneIn?: number
  /** Part of the quick run. */
  quick: boolean
  /** Request header besides Host. */
  header?: string
  /** Files: the static servers, not the application servers. */
  files?: boolean
  /** Servers left out, because they cannot do it or it says nothing. */
  skip?: string[]
}

const floor = ['nginx return 200']

export const cases: Case[] = [
  {
    id: 'hello-32',
    title: 'hello world, 32 connections',
    app: plainApp,
    path: '/',
    processes: 1,
    connections: 32,
    quick: true,
  },
  {
    id: 'hello-1',
    title: 'hello world, 1 connection',
    app: plainApp,
    path: '/',
    processes: 1,
    connections: 1,
    quick: true,
  },
  {
    id: 'hello-256',
    title: 'hello world, 256 connections',
    app: plainApp,
    path: '/',
    processes: 1,
    connections: 256,
    quick: false,
  },
  {
    id: 'django',
    title: 'Django view, 32 connections',
    app: djangoApp,
    path: '/',
    processes: 1,
    connections: 32,
    quick: true,
    skip: floor,
  },
  {
    id: 'django-rows',
    title: 'Django template and query',
    app: djangoApp,
    path: '/rows',
    processes: 1,
    connections: 32,
    quick: false,
    skip: floor,
  },
  {
    id: '10k',
    title: '10 KiB response',
    app: plainApp,
    path: '/10k',
    processes: 1,
    connections: 32,
    quick: false,
    skip: floor,
  },
  {
    id: '1m',
    title: '1 MiB response',
    app: plainApp,
    path: '/1m',
    processes: 1,
    connections: 8,
    quick: true,
    skip: floor,
  },
  {
    id: 'upload-100k',
    title: '100 KiB upload',
    app: plainApp,
    path: '/upload',
    processes: 1,
    connections: 8,
    upload: 102_400,
    quick: false,
    skip: floor,
  },
  {
    id: 'upload-10m',
    title: '10 MiB upload',
    app: plainApp,
    path: '/upload',
    processes: 1,
    connections: 4,
    upload: 10_485_760,
    quick: true,
    skip: floor,
  },
  {
    id: 'mixed',
    title: '1000/s, 1 % sleep 200 ms, 4 workers',
    app: plainApp,
    path: '/',
    processes: 4,
    connections: 16,
    slowOneIn: 100,
    quick: true,
    skip: floor,
  },
  {
    id: 'memory',
    title: 'Django, 4 workers: see PSS',
    app: djangoApp,
    path: '/',
    processes: 4,
    connections: 16,
    quick: true,
    skip: floor,
  },
  {
    id: 'static',
    title: 'style sheet of 40 KiB, gzip',
    app: noApp,
    path: '/static/site.css',
    processes: 0,
    connections: 32,
    header: 'Accept-Encoding: gzip',
    files: true,
    quick: true,
  },
]

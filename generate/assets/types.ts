// What the asset builder takes and leaves behind. Types only.

export type AssetEncoding = 'br' | 'zstd' | 'gzip'

export type AssetOptions = {
  roots: {
    /** URL prefix with slashes on both sides, e.g. /static/. */
    url: string
    /** Folder on disk. A missing folder is an error. */
    dir: string
    /** A single-page application: this file (relative to dir) answers unknown paths without an extension. */
    spa?: string
  }[]
  /** Default: br, gzip, and zstd when node:zlib or a zstd command is there. */
  encodings?: AssetEncoding[]
  /** Where compressed files and copies go; laid out by URL: <cache>/static/css/base.css.br. */
  cache: string
  /** Called when something was done, for a line of progress. */
  progress?: (step: { done: number; total: number; file: string }) => void
}

export type Asset = {
  url: string
  /** Absolute path of the original. */
  source: string
  size: number
  /** sha256, first 16 hex digits. */
  hash: string
  /** What nginx will send as ETag for the identity form ("mtime-size" of the file that is served). */
  etag: string
  type: string
  /** Empty: not worth compressing; served from the original folder. */
  encodings: { encoding: AssetEncoding; size: number; etag: string }[]
  /** The name carries a fingerprint of the content. */
  immutable: boolean
}

export type AssetManifest = {
  version: 1
  /** Sorted by URL. */
  assets: Asset[]
  /** Zstd was asked for but this Node.js cannot write it, a name that nginx cannot map, … */
  notes: string[]
}

export type AssetResult = {
  manifest: AssetManifest
  /** How many files were compressed or copied in this run; 0 on a second run. */
  written: number
  /** Files of earlier runs that went away. */
  removed: number
}

/** One line of `map $uri $<prefix>asset_entry { … }`: a quoted key (may start with `~`) and its value. */
export type AssetMapEntry = { key: string; value: string }

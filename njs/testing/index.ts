// postern/testing: what an author needs to test edge.ts under Node, without nginx.

export { normalPath, type PlainRequest, plainRequest } from './plain-request.ts'

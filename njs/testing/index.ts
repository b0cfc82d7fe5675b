// postern/testing: what an author needs to test edge.ts under Node, without nginx (docs/edge.md).

export { type Decision, type Tried, tryHeaders, tryRespond, tryRoute } from './handlers.ts'
export { normalPath, type PlainRequest, plainRequest } from './plain-request.ts'
export {
  type Engine,
  engines,
  type FakeHeaders,
  type FakeOptions,
  type FakeRequest,
  fakeRequest,
  type Logged,
} from './request.ts'

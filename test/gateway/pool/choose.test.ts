import test from 'ava'
import {
  chooseLane,
  depthLimit,
  fullMicros,
  isStuck,
  type LaneView,
  packMicros,
} from '../../../gateway/pool/choose.ts'
import { slowMicros } from '../../../gateway/pool/cost.ts'

type Named = LaneView & { name: string }

const lane = (
  name: string,
  more: { depth?: number; load?: number; busy?: number } & Partial<LaneView> = {},
): Named => ({
  name,
  host: { busyLanes: more.busy ?? (more.depth ? 1 : 0) },
  jobs: { length: more.depth ?? 0 },
  load: more.load ?? 0,
  exclusive: more.exclusive ?? false,
  givingBack: more.givingBack ?? false,
  retired: more.retired ?? false,
  stalledSince: more.stalledSince ?? 0,
})

const chosen = (lanes: Named[], warm: Named | undefined, cost: number, alone = false) =>
  chooseLane(lanes, warm, cost, alone)?.name

test('a small request joins others on the warm lane although another is idle', (t) => {
  const warm = lane('warm', { depth: 2, load: 50 })
  t.is(chosen([warm, lane('idle')], warm, 20), 'warm')
})

test('packing ends at its budget of expected time', (t) => {
  const at = lane('warm', { depth: 2, load: packMicros - 20 })
  const past = lane('warm', { depth: 2, load: packMicros - 19 })
  t.is(chosen([at, lane('idle')], at, 20), 'warm')
  t.is(chosen([past, lane('idle')], past, 20), 'idle')
})

test('packing ends at the depth limit', (t) => {
  const at = lane('warm', { depth: depthLimit - 1 })
  const past = lane('warm', { depth: depthLimit })
  t.is(chosen([at, lane('idle')], at, 1), 'warm')
  t.is(chosen([past, lane('idle')], past, 1), 'idle')
})

test('nothing is put behind a request that is slow, streams or is being given back', (t) => {
  for (const state of [{ exclusive: true }, { givingBack: true }, { retired: true }, { stalledSince: 5 }]) {
    const busy = lane('busy', { depth: 1, ...state })
    t.is(chosen([busy], busy, 10), undefined)
  }
})

test('a slow request gets an idle lane or waits', (t) => {
  const warm = lane('warm', { depth: 1, load: 10 })
  t.is(chosen([warm], warm, slowMicros), undefined)
  t.is(chosen([warm, lane('idle')], warm, slowMicros), 'idle')
  t.is(chosen([warm], warm, slowMicros - 1), 'warm')
})

test('a request with a stream body gets an idle lane or waits', (t) => {
  const warm = lane('warm', { depth: 1, load: 10 })
  t.is(chosen([warm], warm, 10, true), undefined)
  t.is(chosen([warm, lane('idle')], warm, 10, true), 'idle')
})

test('among idle lanes the one of the least busy process is taken', (t) => {
  t.is(chosen([lane('crowded', { busy: 3 }), lane('quiet', { busy: 1 })], undefined, 10), 'quiet')
})

test('with all lanes busy the one with the least expected time is taken, up to its budget', (t) => {
  const long = lane('long', { depth: 1, load: 900 })
  const short = lane('short', { depth: 1, load: 700 })
  t.is(chosen([long, short], undefined, 400), 'short')
  const full = lane('full', { depth: 1, load: fullMicros - 399 })
  t.is(chosen([full], undefined, 400), undefined)
})

test('a head is stuck when others wait behind it for longer than its patience', (t) => {
  const head = { ...lane('a', { depth: 2 }), headSince: 10, patienceMs: 1 }
  t.false(isStuck(head, 11))
  t.true(isStuck(head, 11.1))
  t.false(isStuck({ ...head, jobs: { length: 1 } }, 99))
  t.false(isStuck({ ...head, givingBack: true }, 99))
})

import test from 'ava'
import { OomWatch, oomKills } from '../../../gateway/pool/oom.ts'

const files = (entries: Record<string, string>) => (path: string) => entries[path]

test('the count of control groups of version 2', (t) => {
  const read = files({
    '/proc/self/cgroup': '0::/system.slice/site.service\n',
    '/sys/fs/cgroup/system.slice/site.service/memory.events': 'low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\n',
    '/proc/vmstat': 'oom_kill 70\n',
  })
  t.is(oomKills(read), 2)
})

test('the count of version 1, also where the path is the container’s own', (t) => {
  const membership = '9:name=systemd:/\n4:cpu,memory:/docker/abc\n'
  const text = 'oom_kill_disable 0\nunder_oom 0\noom_kill 4\n'
  const inside = { '/proc/self/cgroup': membership, '/sys/fs/cgroup/memory//memory.oom_control': text }
  t.is(oomKills(files(inside)), 4)
})

test('without control groups the machine’s count, without that none', (t) => {
  t.is(oomKills(files({ '/proc/vmstat': 'nr_free 1\noom_kill 7\n' })), 7)
  t.is(oomKills(files({})), 0)
})

test('it has struck when the count has grown since the last question', (t) => {
  const entries = { '/proc/vmstat': 'oom_kill 1\n' }
  const watch = new OomWatch(files(entries))
  t.false(watch.struck())
  entries['/proc/vmstat'] = 'oom_kill 2\n'
  t.true(watch.struck())
  t.false(watch.struck())
})
